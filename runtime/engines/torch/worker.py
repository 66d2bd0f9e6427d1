"""Runs programs that vlmo writes for PyTorch.

A request is a frame on standard input, its answer a frame with the same number on standard output: the lengths of a
JSON head and of a body (two unsigned 64-bit numbers, little-endian), the head, the body. Bodies are the elements of
tensors or the source of a module; large ones are passed in shared memory (memory.py), at an offset that the head gives.
Requests are handled in their order, but a result that a GPU has yet to compute is answered later. Tensors stay here,
under the ids that requests give them.
"""

import json
import os
import select
import signal
import struct
import sys
import threading
import time

from compiles import Compiles, Lacking
from memory import Later, Memory, copy_in, copy_out, keep_pages
from ranks import Apart, Ranks, device_of

LENGTHS = struct.Struct("<QQ")
# After this many runs on the same tensors, the next is recorded as a CUDA graph, which is replayed from then on.
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
            keep_pages()
        # Convolutions would use TF32 by default. bfloat16 is a matter of the programs.
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        torch.backends.cudnn.allow_tf32 = precision == "tf32"

    def greeting(self, threads):
        kind = self.device.type
        cores = "1 thread" if threads == 1 else f"{threads} threads"
        detail = self.torch.cuda.get_device_name(self.device) if kind == "cuda" else cores
        own = {} if self.ranks is None else {"rank": self.ranks.rank, "ranks": self.ranks.ranks}
        return {"version": self.torch.__version__, "device": kind, "detail": detail, "attention": self.attention(), **own}

    def attention(self):
        """The attention kernel that programs may use; None: they spell attention out."""
        if self.device.type == "cpu":
            return "flash"
        # ROCm has other kernels; before compute capability 8.0 they do not multiply bfloat16.
        fits = self.torch.version.hip is None and self.torch.cuda.get_device_capability(self.device) >= (8, 0)
        return "efficient" if fits else None

    def exchange(self, head, body):
        return {"numbers": self.ranks.exchange(head["numbers"], head["patient"])}, b""

    def create(self, head, body):
        self.tensors[head["id"]] = self._host(head, body).to(self.device, copy=True)
        return {}, b""

    def write(self, head, body):
        copy_in(self.tensors[head["id"]], self._host(head, body))
        return {}, b""

    def read(self, head, body):
        return {}, copy_out(self.torch, self.tensors[head["id"]])

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
        """Outputs are new tensors, or replace existing ones: in place, or copied once all outputs are computed."""
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
        """A step is thousands of small operations: a CUDA graph launches them all at once."""
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
        """None if an operation cannot be captured: the program is then run normally."""
        graph = self.torch.cuda.CUDAGraph()
        self.torch.cuda.synchronize()
        try:
            with self.torch.cuda.graph(graph):
                outputs = self._compute(program, given, into)
        except RuntimeError as error:
            print(f"not recorded: {error}", file=sys.stderr)
            return None
        # Keep the tensors alive: the graph uses their memory.
        return graph, outputs, (given, into)

    def _host(self, head, body):
        dtype = getattr(self.torch, head["dtype"])
        if not body:
            return self.torch.empty(head["shape"], dtype=dtype)
        return self.torch.frombuffer(body, dtype=dtype).reshape(head["shape"])


ROOMS = {}


def room(length):
    """Allocating costs more than reading: large bodies of one size share a buffer, since each is handled before the next."""
    if length < 1 << 16:
        return bytearray(length)
    if length not in ROOMS:
        ROOMS[length] = bytearray(length)
    return ROOMS[length]


def receive(stream):
    lengths = bytearray(LENGTHS.size)
    if not fill(stream, lengths):
        return None
    head, body = (room(length) for length in LENGTHS.unpack(lengths))
    if not (fill(stream, head) and fill(stream, body)):
        return None
    return json.loads(head), body


def fill(stream, part):
    view = memoryview(part)
    while view:
        count = stream.readinto(view)
        if not count:
            return False
        view = view[count:]
    return True


def send(stream, head, body=b""):
    text = json.dumps(head).encode()
    stream.write(LENGTHS.pack(len(text), len(body)))
    stream.write(text)
    stream.write(body)
    stream.flush()


def end_with_parent():
    """Ends this process when its parent is gone, even in the middle of a run."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def main():
    end_with_parent()
    # Ctrl-C reaches this process too, but the parent decides when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    device, threads, precision, ways = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]
    if "ranks" in ways:
        # torchrun signals whole process groups.
        for name in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(name, signal.SIG_IGN)
    # Unbuffered, so that select() sees every pending request.
    requests = open(0, "rb", buffering=0, closefd=False)
    answers = os.fdopen(os.dup(1), "wb")
    # Libraries that print to stdout must not corrupt the answers.
    os.dup2(2, 1)
    try:
        import torch

        torch.set_grad_enabled(False)
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cuda" and not torch.cuda.is_available():
            raise Lacking("cuda", without_cuda(torch))
        compiles = None
        if "compile" in ways:
            compiles = Compiles(torch, device, lambda news: send(answers, {"compiling": news}))
        ranks = None
        if "ranks" in ways:
            device = device_of(device)
            ranks = Ranks(torch, torch.device(device))
        worker = Worker(torch, device, threads, precision, ranks, compiles)
        send(answers, {"number": 0, **worker.greeting(threads)})
    except (Lacking, Apart) as error:
        send(answers, {"number": 0, "missing": str(error), "lacks": error.what})
        return
    except Exception as error:
        send(answers, {"number": 0, "missing": str(error)})
        return
    serve(worker, requests, answers, Memory() if "memory" in ways else None)


def without_cuda(torch):
    """Why there is no CUDA device."""
    built = torch.version.cuda is not None or torch.version.hip is not None
    return f"PyTorch {torch.__version__} {'finds no CUDA device' if built else 'was built without CUDA'}"


def serve(worker, requests, answers, memory):
    failures = 0
    owed = []

    def give(asked, head, body):
        if memory is not None and "answer" in asked and len(body) == asked["answer"][1] and memory.put(asked["answer"], body):
            head, body = {**head, "placed": True}, b""
        send(answers, {"number": asked["number"], **head}, body)

    while True:
        for each in [each for each in owed if each[2].is_there()]:
            owed.remove(each)
            give(*each[:2], each[2].elements())
        if owed and not select.select([requests], [], [], 0.0005)[0]:
            continue
        request = receive(requests)
        if request is None:
            return
        asked, body = request
        try:
            # This run was requested before the failure of an earlier request was known.
            if asked["do"] == "run" and asked["failures"] < failures:
                raise RuntimeError("not run after what failed before")
            if memory is not None and "body" in asked:
                body = memory.at(asked["body"])
            head, body = getattr(worker, asked["do"])(asked, body)
        except Exception as error:
            failures += 1
            lost = {} if worker.ranks is None else worker.ranks.lost(error)
            head, body = {"error": f"{type(error).__name__}: {error}", **lost}, b""
        if isinstance(body, Later):
            owed.append((asked, head, body))
        else:
            give(asked, head, body)


if __name__ == "__main__":
    main()
