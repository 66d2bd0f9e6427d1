"""Transfers of tensor elements: through memory shared with the parent, and through pinned memory to a GPU.

The memory is file descriptor 3. Requests name regions in it, which the parent keeps until they are answered.
"""

import ctypes
import mmap
import os
import sys

DESCRIPTOR = 3
# Parameters of mallopt (malloc.h of glibc): when free memory at the top of the heap is returned, and how many mmaps are used.
TRIM_THRESHOLD, MMAP_MAX = -1, -4
# Results up to this size are copied from a GPU asynchronously.
SMALL = 1 << 16
# Pending results are polled while waiting for requests, which needs select() on a pipe.
CAN_WAIT = os.name != "nt"


class Memory:
    def __init__(self):
        self.view = memoryview(mmap.mmap(DESCRIPTOR, os.fstat(DESCRIPTOR).st_size))

    def at(self, place):
        start, length = place
        return self.view[start : start + length]

    def put(self, place, body):
        """False if there is no memory left: writing to the mapping itself would kill the process."""
        start, view = place[0], memoryview(body)
        try:
            while view:
                written = os.pwrite(DESCRIPTOR, view, start)
                start, view = start + written, view[written:]
            return True
        except OSError:
            return False


def keep_pages():
    """Keeps freed memory for the next step: glibc would unmap every large tensor, and the kernel zero the pages again."""
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None)
    # Not every C library has it.
    if hasattr(library, "mallopt"):
        library.mallopt(MMAP_MAX, 0)
        library.mallopt(TRIM_THRESHOLD, -1)


def copy_in(target, host):
    """Asynchronous on a GPU, in stream order, through pinned memory, which PyTorch keeps until it is copied."""
    if target.device.type == "cuda":
        target.copy_(host.pin_memory(), non_blocking=True)
    else:
        target.copy_(host)


def copy_out(torch, tensor):
    """The elements; `Later` for small tensors on a GPU."""
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
    """Elements that a GPU has yet to compute."""

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
