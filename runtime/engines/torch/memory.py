"""How the elements of tensors come and go: through memory that who started us shares, and through pinned memory to a GPU.

The memory is descriptor 3. Requests name places in it, and who asks keeps them until they are answered.
"""

import ctypes
import mmap
import os
import sys

DESCRIPTOR = 3
# Of mallopt (malloc.h of the GNU C library): what is free at the end of the heap before some goes back, and allocations that are mappings of their own.
TRIM_THRESHOLD, MMAP_MAX = -1, -4
# Results below this size are copied from a GPU without waiting for it.
SMALL = 1 << 16
# Answers that are not there yet are looked for while nothing is asked, which takes a pipe that can be waited for.
CAN_WAIT = os.name != "nt"


class Memory:
    def __init__(self):
        self.view = memoryview(mmap.mmap(DESCRIPTOR, os.fstat(DESCRIPTOR).st_size))

    def at(self, place):
        start, length = place
        return self.view[start : start + length]

    def put(self, place, body):
        """Whether there was memory for it: a write to the mapping would end us where there is none."""
        start, view = place[0], memoryview(body)
        try:
            while view:
                written = os.pwrite(DESCRIPTOR, view, start)
                start, view = start + written, view[written:]
            return True
        except OSError:
            return False


def keep_pages():
    """Memory that a step has given back is the next one's: the C library would unmap each large tensor, and the system hand out zeroed pages again."""
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None)
    # Not of every C library.
    if hasattr(library, "mallopt"):
        library.mallopt(MMAP_MAX, 0)
        library.mallopt(TRIM_THRESHOLD, -1)


def copy_in(target, host):
    """To a GPU in the order of what it computes, without waiting for it: through pinned memory, which PyTorch keeps until it is copied."""
    if target.device.type == "cuda":
        target.copy_(host.pin_memory(), non_blocking=True)
    else:
        target.copy_(host)


def copy_out(torch, tensor):
    """The elements; of a few on a GPU something that has them later."""
    small = tensor.numel() * tensor.element_size() <= SMALL
    if tensor.device.type == "cuda" and small and CAN_WAIT:
        return Later(torch, tensor)
    return elements_of(torch, tensor)


def elements_of(torch, tensor):
    elements = bytearray(tensor.numel() * tensor.element_size())
    if elements:
        torch.frombuffer(elements, dtype=tensor.dtype).copy_(tensor.reshape(-1))
    return elements


class Later:
    """Elements that a GPU is still to compute."""

    def __init__(self, torch, tensor):
        self.torch = torch
        self.host = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
        self.host.copy_(tensor, non_blocking=True)
        self.event = torch.cuda.Event()
        self.event.record()

    def is_there(self):
        return self.event.query()

    def wait(self):
        self.event.synchronize()
        return self.elements()

    def elements(self):
        return elements_of(self.torch, self.host)
