"""Runs programs that vlmo writes for PyTorch.

A request is a frame on standard input, an answer a frame on standard output, in the same order: the lengths of a JSON
head and of a body (two unsigned 64-bit numbers, little-endian), the head, the body. Bodies are the elements of tensors
or the source of a module. Tensors stay here, under the numbers that requests give them.
"""

import json
import os
import signal
import struct
import sys
import threading
import time

from compiles import Compiles, Lacking
from ranks import Ranks, device_of

LENGTHS = struct.Struct("<QQ")
# A run on the same tensors is recorded when it comes again after this many, and replayed from then on.
RECORD_AFTER = 3


class Worker:
    def __init__(self, torch, device, threads, precision, ranks=None, compiles=None):
        self.torch = torch
        self.device = torch.device(device)
        self.ranks = ranks
        self.compiles = compiles
        self.tensors = {}
        self.programs = {}
        self.recorded = {}
        if device == "cpu":
            torch.set_num_threads(threads)
        # Convolutions would round to TF32 unasked. bfloat16 is in the programs themselves.
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        torch.backends.cudnn.allow_tf32 = precision == "tf32"

    def greeting(self, threads):
        kind = self.device.type
        cores = "1 thread" if threads == 1 else f"{threads} threads"
        detail = self.torch.cuda.get_device_name(self.device) if kind == "cuda" else cores
        own = {} if self.ranks is None else {"rank": self.ranks.rank, "ranks": self.ranks.ranks}
        return {"version": self.torch.__version__, "device": kind, "detail": detail, "attention": self._attention(), **own}

    def _attention(self):
        """Which kernel there is for attention; None: none that programs are written for."""
        if self.device.type == "cpu":
            return "flash"
        # Of AMD's devices the kernels are others; before 8.0 they do not multiply bfloat16.
        fits = self.torch.version.hip is None and self.torch.cuda.get_device_capability(self.device) >= (8, 0)
        return "efficient" if fits else None

    def exchange(self, head, body):
        return {"numbers": self.ranks.exchange(head["numbers"], head["patient"])}, b""

    def create(self, head, body):
        self.tensors[head["id"]] = self._host(head, body).to(self.device, copy=True)
        return {}, b""

    def write(self, head, body):
        self.tensors[head["id"]].copy_(self._host(head, body))
        return {}, b""

    def read(self, head, body):
        tensor = self.tensors[head["id"]]
        elements = bytearray(tensor.numel() * tensor.element_size())
        if elements:
            self.torch.frombuffer(elements, dtype=tensor.dtype).copy_(tensor.reshape(-1))
        return {}, elements

    def release(self, head, body):
        self.tensors.pop(head["id"], None)
        return {}, b""

    def load(self, head, body):
        module = {}
        exec(compile(body, head["name"], "exec"), module)
        ways = () if self.compiles is None else (self.compiles.program(head["program"], head["name"]),)
        self.programs[head["program"]] = module["load"](self.device, *ways)
        return {}, b""

    def unload(self, head, body):
        self.programs.pop(head["program"], None)
        if self.compiles is not None:
            self.compiles.programs.pop(head["program"], None)
        self.recorded = {key: value for key, value in self.recorded.items() if key[0] != head["program"]}
        return {}, b""

    def run(self, head, body):
        """Outputs are new tensors, or go into those that are there: in place, or copied after all of them are computed."""
        program, inputs = head["program"], head["inputs"]
        given = {name: self.tensors[number] for name, number in inputs}
        into = {name: self.tensors[number] for name, number in head["into"]}
        if self.device.type == "cuda" and self.ranks is None:
            outputs = self._replay((program, *map(tuple, inputs), *map(tuple, head["into"])), given, into)
        else:
            outputs = self._compute(program, given, into)
        if self.compiles is not None:
            self.compiles.ran(program)
        for name, number in head["outputs"]:
            self.tensors[number] = outputs[name].clone(memory_format=self.torch.contiguous_format)
        return {}, b""

    def _compute(self, program, given, into):
        outputs = self.programs[program](given, into)
        moved = {name: outputs[name] for name, target in into.items() if outputs[name] is not target}
        if moved:
            written = {into[name].untyped_storage().data_ptr() for name in moved}
            for name, output in outputs.items():
                if output is not into.get(name) and output.untyped_storage().data_ptr() in written:
                    outputs[name] = output.clone()
            self.torch._foreach_copy_([into[name] for name in moved], [outputs[name] for name in moved])
        return {name: output for name, output in outputs.items() if name not in into}

    def _replay(self, key, given, into):
        """On GPUs a step is thousands of small operations: a recorded graph starts them all at once."""
        runs, recording = self.recorded.get(key, (0, None))
        if recording is None and runs == RECORD_AFTER:
            recording = self._record(key[0], given, into)
        self.recorded[key] = (runs + 1, recording)
        if recording is None:
            return self._compute(key[0], given, into)
        graph, outputs, _ = recording
        graph.replay()
        return outputs

    def _record(self, program, given, into):
        """None where an operation cannot be recorded: it is then run as it is."""
        graph = self.torch.cuda.CUDAGraph()
        self.torch.cuda.synchronize()
        try:
            with self.torch.cuda.graph(graph):
                outputs = self._compute(program, given, into)
        except RuntimeError as error:
            print(f"not recorded: {error}", file=sys.stderr)
            return None
        # The tensors are held with it: their memory must stay theirs as long as the graph uses it.
        return graph, outputs, (given, into)

    def _host(self, head, body):
        dtype = getattr(self.torch, head["dtype"])
        if not body:
            return self.torch.empty(head["shape"], dtype=dtype)
        return self.torch.frombuffer(body, dtype=dtype).reshape(head["shape"])


ROOMS = {}


def room(length):
    """Fresh memory costs more than what is read into it: large bodies of a size share one, each answered before the next."""
    if length < 1 << 16:
        return bytearray(length)
    if length not in ROOMS:
        ROOMS[length] = bytearray(length)
    return ROOMS[length]


def receive(stream):
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    head, body = (room(length) for length in LENGTHS.unpack(lengths))
    for part in (head, body):
        view = memoryview(part)
        while view:
            count = stream.readinto(view)
            if not count:
                return None
            view = view[count:]
    return json.loads(head), body


def send(stream, head, body=b""):
    text = json.dumps(head).encode()
    stream.write(LENGTHS.pack(len(text), len(body)))
    stream.write(text)
    stream.write(body)
    stream.flush()


def end_with_parent():
    """Ends this process when the one that started it is gone, also in the middle of a run."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def main():
    end_with_parent()
    # The terminal interrupts us too; who started us decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    device, threads, precision, ways = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]
    if "ranks" in ways:
        # torchrun asks whole groups of processes to end.
        for name in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(name, signal.SIG_IGN)
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    # What libraries print must not come between answers.
    os.dup2(2, 1)
    try:
        import torch

        torch.set_grad_enabled(False)
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cuda" and not torch.cuda.is_available():
            raise Lacking("cuda", f"PyTorch {torch.__version__} finds no CUDA device")
        compiles = None
        if "compile" in ways:
            compiles = Compiles(torch, device, lambda news: send(answers, {"compiling": news}))
        ranks = None
        if "ranks" in ways:
            device = device_of(device)
            ranks = Ranks(torch, torch.device(device))
        worker = Worker(torch, device, threads, precision, ranks, compiles)
        send(answers, worker.greeting(threads))
    except Lacking as error:
        send(answers, {"missing": str(error), "lacks": error.what})
        return
    except Exception as error:
        send(answers, {"missing": str(error)})
        return
    while (request := receive(requests)) is not None:
        head, body = request
        try:
            answer = getattr(worker, head["do"])(head, body)
        except Exception as error:
            lost = {} if ranks is None else ranks.lost(error)
            answer = {"error": f"{type(error).__name__}: {error}", **lost}, b""
        send(answers, *answer)


if __name__ == "__main__":
    main()
