#!/usr/bin/env python3
"""One side by side with the other: steps that vlmo wrote for PyTorch and the rival's, in turns, in one process.

    python3 torch_steps.py '{"programs": {"float32": "step.py", …}, "rival": ["--width", "192", …], "rounds": 8, …}'

Prints one JSON line for each precision and way: the seconds of every step, by the clock and of the processor. With "recorded"
ours is a CUDA graph, as the engine runs it; the bytes of a GPU that each side took at most are told too.
"""
import json
import re
import resource
import sys
import time

import torch

o = json.loads(sys.argv[1])
device = torch.device(o["device"])
if device.type == "cpu":
    torch.set_num_threads(o["threads"])


def tensor(kind, shape, name):
    """Small numbers; squares and scalars above 0, as they are."""
    if kind == "i32":
        return torch.randint(0, 2, shape, dtype=torch.int32, device=device)
    if not shape:
        return torch.tensor(1e-4 if name == "lr" else 0.5, device=device)
    numbers = torch.rand(shape, device=device) if name.startswith("adam.v.") else torch.randn(shape, device=device)
    return numbers * 0.05


def ours(path, compiled):
    """A step: a call without arguments."""
    text = open(path).read()
    module, parts = {}, []
    exec(compile(text, path, "exec"), module)
    ways = (lambda part: torch.compile(part, fullgraph=True, dynamic=False),) if compiled else ()
    run = module["load"](device, *ways)
    found = re.findall(r'= inputs\["([^"]+)"\]  # (\w+)\[([^\]]*)\]', text)
    given = {name: tensor(kind, [int(n) for n in shape.split(",") if n], name) for name, kind, shape in found}
    outputs = re.findall(r'^ +"next\.([^"]+)": v', text, re.M)
    into = {f"next.{name}": given[name] for name in outputs}

    def step():
        # As worker.py does.
        with torch.no_grad():
            results = run(given, into)
            moved = [name for name in into if results[name] is not into[name]]
            torch._foreach_copy_([into[name] for name in moved], [results[name] for name in moved])
        return results["loss.total"]

    return recorded(step) if o.get("recorded") else step


def recorded(step):
    """As worker.py does on CUDA devices."""
    for _ in range(3):
        step()
    graph = torch.cuda.CUDAGraph()
    torch.cuda.synchronize()
    with torch.cuda.graph(graph):
        loss = step()

    def replay():
        graph.replay()
        return loss

    return replay


def rival(flags):
    sys.argv = ["peer_vlmo_step.py", *o["rival"], *flags, "--device", o["device"], "--steps", "1", "--warmup", "1"]
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
    """Bytes since it was asked last; 0 on a processor."""
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


for precision, compiled in o["ways"]:
    most_memory()
    start, before = time.perf_counter(), used()
    mine = ours(o["programs"][precision + (" parts" if compiled else "")], compiled)
    mine()
    wait()
    first = {"clock": time.perf_counter() - start, "processor": used() - before}
    memory = [most_memory()]
    own = torch.cuda.memory_allocated() if device.type == "cuda" else 0
    theirs = rival((["--bf16"] if precision == "bfloat16" else []) + (["--compile"] if compiled else []))
    for step in (mine, theirs):
        step()
    wait()
    # Ours is still there beside the rival.
    memory.append(most_memory() - own)
    pairs = [(timed(mine), timed(theirs)) for _ in range(o["rounds"])]
    told = {"precision": precision, "compiled": compiled, "first": first, "pairs": pairs, "memory": memory}
    print(json.dumps(told), flush=True)
