#!/usr/bin/env python3
"""One side by side with the other: steps that vlmo wrote for PyTorch and the rival's, in turns, in one process.

    python3 torch_steps.py '{"programs": {"float32": "step.py", …}, "rival": ["--width", "192", …], "rounds": 8, …}'

Prints one JSON line: for each precision and way the seconds of every step, by the clock and of the processor.
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

    return step


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
    start, before = time.perf_counter(), used()
    mine = ours(o["programs"][precision + (" parts" if compiled else "")], compiled)
    mine()
    first = {"clock": time.perf_counter() - start, "processor": used() - before}
    theirs = rival((["--bf16"] if precision == "bfloat16" else []) + (["--compile"] if compiled else []))
    for step in (mine, theirs):
        step()
    pairs = [(timed(mine), timed(theirs)) for _ in range(o["rounds"])]
    print(json.dumps({"precision": precision, "compiled": compiled, "first": first, "pairs": pairs}), flush=True)
