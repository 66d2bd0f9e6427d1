#!/usr/bin/env python3
"""Steps that vlmo wrote for PyTorch, run as by its engine, alternating with those of the PyTorch program, in one process.

    python3 torch_steps.py '{"programs": {"float32": "step.py", …}, "rival": ["--width", "192", …], "rounds": 8, …}'

Prints a JSON line for each precision and way: wall and processor seconds of every step, and the peak GPU memory of each side in bytes.
With "alone" there are intermediate lines with the results so far: first of our steps alone, then a pair at a time. Without "rival" ours are
timed alone; without "programs" the other side runs one step, to fill its compile cache. On a GPU ours are recorded as a CUDA graph, as by
the engine, unless "recorded" is false.
"""
import json
import re
import resource
import sys
import time

import torch

o = json.loads(sys.argv[1])
sys.path.insert(0, o["worker"])
import worker as engine
from compiles import Compiles

if not o.get("recorded", True):
    engine.RECORD_AFTER = float("inf")
device = torch.device(o["device"])


def tensor(kind, shape, name):
    """Small random numbers, positive for Adam's second moments (`adam.v.`); scalars are constants above 0."""
    if kind == "i32":
        return torch.randint(0, 2, shape, dtype=torch.int32, device=device)
    if kind == "u8":
        return torch.randint(0, 256, shape, dtype=torch.uint8, device=device)
    if not shape:
        return torch.tensor(1e-4 if name == "lr" else 0.5, device=device)
    numbers = torch.rand(shape, device=device) if name.startswith("adam.v.") else torch.randn(shape, device=device)
    return numbers * 0.05


def ours(path, precision, compiled):
    """Our step as a function without arguments."""
    compiles = Compiles(torch, device.type, lambda news: None) if compiled else None
    worker = engine.Worker(torch, o["device"], o["threads"], precision, None, compiles)
    with open(path) as file:
        text = file.read()
    worker.load({"program": 0, "name": path}, text)
    given = re.findall(r'= inputs\["([^"]+)"\]  # (\w+)\[([^\]]*)\]', text)
    for name, kind, shape in given:
        worker.tensors[name] = tensor(kind, [int(n) for n in shape.split(",") if n], name)
    outputs = re.findall(r'^ +"next\.([^"]+)": v', text, re.M)
    head = {
        "program": 0,
        "inputs": [(name, name) for name, _, _ in given],
        "into": [(f"next.{name}", name) for name in outputs],
        "outputs": [("loss.total", "loss")],
    }

    def step():
        with torch.no_grad():
            worker.run(head, b"")
        return worker.tensors["loss"]

    return step


def rival(ways):
    sys.argv = ["peer_vlmo_step.py", *o["rival"], *ways, "--device", o["device"], "--steps", "1", "--warmup", "1"]
    module = {}
    with open(o["peer"]) as file, open("/dev/null", "w") as nowhere:
        shown, sys.stdout = sys.stdout, nowhere
        exec(compile(file.read(), "peer_vlmo_step.py", "exec"), module)
        sys.stdout = shown
    return module["step"]


def used():
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def most_memory():
    """Peak memory in bytes since the last call; 0 on a CPU."""
    if device.type != "cuda":
        return 0
    most = torch.cuda.max_memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    return most


def wait():
    if device.type == "cuda":
        torch.cuda.synchronize()


def timed(step):
    wait()
    start, before = time.perf_counter(), used()
    loss = step()
    wait()
    return {"clock": time.perf_counter() - start, "processor": used() - before, "loss": loss.item()}


def flags(precision, compiled):
    return (["--bf16"] if precision == "bfloat16" else []) + (["--compile"] if compiled else [])


def measured(precision, compiled):
    told = {"precision": precision, "compiled": compiled, "alone": [], "pairs": []}
    most_memory()
    start, before = time.perf_counter(), used()
    mine = ours(o["programs"][precision + (" parts" if compiled else "")], precision, compiled)
    mine()
    wait()
    told["first"] = {"clock": time.perf_counter() - start, "processor": used() - before}
    if device.type == "cuda":
        # Until the CUDA graph is recorded, and once more.
        for _ in range(4):
            mine()
    if o.get("alone"):
        told["alone"] = [timed(mine) for _ in range(o["rounds"])]
    told["memory"] = [most_memory()]
    tell(told, o.get("alone"))
    if o.get("rival") is None:
        return
    own = torch.cuda.memory_allocated() if device.type == "cuda" else 0
    theirs = rival(flags(precision, compiled))
    for step in (mine, theirs):
        step()
    wait()
    # Our program is still in memory beside the other.
    told["memory"].append(most_memory() - own)
    for i in range(o["rounds"]):
        told["pairs"].append((timed(mine), timed(theirs)))
        tell(told, o.get("alone") or i == o["rounds"] - 1)


def tell(told, wanted):
    if wanted:
        print(json.dumps(told), flush=True)


for precision, compiled in o["ways"]:
    if o.get("programs") is None:
        rival(flags(precision, compiled))
    else:
        measured(precision, compiled)
