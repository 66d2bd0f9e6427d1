#!/usr/bin/env python3
"""Benchmarks of the pair stage on this machine, from the folder that `npm run bench:gpu -- --out DIR` wrote: needs PyTorch and NumPy.

    python3 gpu.py [--seconds 460] [--out gpu.json] [--only "Base, recorded"]

The parts run one after the other, the most important first, each in a process of its own with a time limit. After each part the file of
results is written, with the partial results of a part that did not finish; at the end it lists the parts left out and why.
"""
import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "parts.json")) as file:
    PLAN = json.load(file)
DEVICE = PLAN["device"]
BEGAN = time.monotonic()

parser = argparse.ArgumentParser()
parser.add_argument("--seconds", type=float, default=460)
parser.add_argument("--out", default="gpu.json")
parser.add_argument("--only", default="", help="parts whose names begin so")
o = parser.parse_args()
results = {"device": DEVICE, "small": PLAN["small"], "parts": {}, "left_out": {}}


class Failed(Exception):
    """A part's process that failed; its output up to then is in `lines`."""

    def __init__(self, why, lines, errors=""):
        super().__init__(why)
        self.lines, self.errors = lines, errors


def part(name, limit, work):
    """Runs a part if there is time for it; prints and stores its result."""
    if not name.startswith(o.only):
        return
    end = min(time.monotonic() + limit * (3 if PLAN["small"] else 1), BEGAN + o.seconds - 5)
    if end - time.monotonic() < 10:
        results["left_out"][name] = "no time was left"
    else:
        start = time.monotonic()
        try:
            numbers, text = work(end)
            results["parts"][name] = {**numbers, "seconds": time.monotonic() - start}
            print(f"{name} ({time.monotonic() - start:.0f} s): {text}", flush=True)
        except Failed as failed:
            results["left_out"][name] = str(failed)
            print(f"{name} ({time.monotonic() - start:.0f} s): left out: {failed}\n{failed.errors[-3000:]}", flush=True)
        except Exception as error:
            results["left_out"][name] = f"{type(error).__name__}: {error}"
            print(f"{name}: left out: {type(error).__name__}: {error}", flush=True)
    keep()


def keep():
    with open(o.out, "w") as file:
        json.dump(results, file, indent=2)


def python(words, end, folder=HERE):
    """The output lines of a program. At the time limit it is killed with its children: compilers would run on for minutes."""
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen([sys.executable, *words], cwd=folder, stdout=said, stderr=errors, start_new_session=True)
        try:
            child.wait(max(1, end - time.monotonic()))
            why = None if child.returncode == 0 else f"its process ended with {child.returncode}"
        except subprocess.TimeoutExpired:
            why = "it was not done in its time"
        finally:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
        said.seek(0), errors.seek(0)
        lines, wrong = said.read().strip().splitlines(), errors.read().strip()
        if why is not None:
            last = wrong.splitlines()[-1] if wrong else ""
            raise Failed(f"{why}{': ' if last else ''}{last}", lines, wrong)
        return lines


def tera(operations):
    return f"{operations / 1e12:.3g} TFLOP/s"


PEAK = """
import json, os, sys, time, torch
device, size = torch.device(sys.argv[1]), int(sys.argv[2])
cuda = device.type == "cuda"
wait = torch.cuda.synchronize if cuda else (lambda: None)
a, b = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
for _ in range(3): a @ b
best = 1e9
for _ in range(10):
    wait(); start = time.perf_counter(); a @ b; wait(); best = min(best, time.perf_counter() - start)
name = torch.cuda.get_device_name(device) if cuda else "processor"
memory = torch.cuda.get_device_properties(device).total_memory if cuda else 0
print(json.dumps(dict(name=name, torch=torch.__version__, cuda=torch.version.cuda, memory=memory, cores=os.cpu_count(), measured=2 * size**3 / best)))
"""


def peak(end):
    """The rate of a large PyTorch product in bfloat16, the best of ten, and the data sheet's where the device is known."""
    found = json.loads(python(["-c", PEAK, DEVICE, "512" if PLAN["small"] else "8192"], end)[-1])
    sheet = next((value for name, value in PLAN["peaks"].items() if name in found["name"].lower()), None)
    results["peak"] = sheet or found["measured"]
    known = f", {tera(sheet)} by its data sheet" if sheet else ""
    return {**found, "sheet": sheet}, f"{found['name']}, PyTorch {found['torch']}: {tera(found['measured'])} measured in bfloat16{known}"


def agreement(end):
    """Losses and gradients of a tiny stage, compared with the reference's."""
    told = json.loads(python(["gpu_agreement.py", DEVICE], end)[-1])
    words = [
        f"{name}: {each['error'] if 'error' in each else '{first:.1e}, recorded {recorded:.1e}'.format(**each)}"
        for name, each in told.items()
    ]
    return told, "losses and gradients, apart from the reference's by so much of them: " + "; ".join(words)


def steps(model, kind="kernel", compiled=False, recorded=True, rival=True):
    """Alternating steps of ours and of the PyTorch program, in bfloat16; with half the batch where the device has too little
    memory."""

    def work(end):
        for size in PLAN["models"][model]:
            try:
                return of(size, end)
            except Failed as failed:
                if "out of memory" not in failed.errors.lower():
                    raise
        raise Failed("there is no memory for the smallest batch", [])

    def of(size, end):
        options = {
            "ways": [["bfloat16", compiled]],
            "programs": {
                f"bfloat16{parts}": os.path.join(size[kind], f"bfloat16{parts}.py") for parts in ("", " parts")
            },
            "rival": [word for key, value in size["rival"].items() for word in (f"--{key}", str(value))] if rival else None,
            "rounds": PLAN["rounds"],
            "threads": 2,
            "device": DEVICE,
            "worker": "folder",
            "peer": "peer_vlmo_step.py",
            "recorded": recorded,
            "alone": True,
        }
        why = ""
        try:
            if compiled and rival:
                beside([{**options, "rival": None, "rounds": 1}, {**options, "programs": None}], end - 60)
            lines = python(["torch_steps.py", json.dumps(options)], end)
        except Failed as failed:
            # Our result alone is still reported if the other program did not finish.
            if not failed.lines or "out of memory" in failed.errors.lower():
                raise
            lines, why = failed.lines, f"; the rival's: {failed}"
        said = json.loads(lines[-1])
        return told(size, said, why)

    return work


def beside(options, end):
    """Fills PyTorch's compile cache for both sides concurrently; the timed run afterwards compiles what was not finished."""

    def compile_for(each):
        with contextlib.suppress(Failed):
            python(["torch_steps.py", json.dumps(each)], end)

    with ThreadPoolExecutor() as threads:
        list(threads.map(compile_for, options))


def told(size, said, why):
    ours = [each["clock"] for each in said["alone"]]
    pairs = said["pairs"]
    sides = {"ours": [mine["clock"] for mine, _ in pairs], "rival": [theirs["clock"] for _, theirs in pairs]} if pairs else {"ours": ours}
    numbers = {"batch": size["batch"], "flops": size["flops"], "first": said["first"], "steps": sides, "ours_alone": ours}
    words = []
    for (name, clocks), memory in zip(sides.items(), said["memory"]):
        seconds = statistics.median(clocks)
        rate, share = size["batch"] / seconds, size["flops"] / seconds / results.get("peak", float("nan"))
        numbers[name] = {"seconds": seconds, "pairs_per_second": rate, "share_of_peak": share, "bytes": memory}
        words.append(f"{name} {rate:.1f} pairs/s ({100 * share:.1f}% of peak, {memory / 1e9:.1f} GB)")
    if pairs:
        ratios = sorted(theirs["clock"] / mine["clock"] for mine, theirs in pairs)
        numbers["ratio"] = statistics.median(ratios)
        words.append(f"ratio {numbers['ratio']:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    return numbers, f"batch {size['batch']}: {', '.join(words)}; first step {said['first']['clock']:.0f} s{why}"


DRAWN = """
import json, os, sys
import numpy as np
sys.path.insert(0, "folder")
from tensors import write_tensors
with open("folder/plan.json") as file:
    stage = json.load(file)["stages"][0]
draw = np.random.default_rng(1)
one = lambda shape: draw.standard_normal(shape, np.float32) * np.float32(0.02) if len(shape) > 1 else np.full(shape, 0.1, np.float32)
path = os.path.join("folder", stage["initial"])
if not os.path.exists(path):
    write_tensors(path, {name: one(shape) for name, shape in stage["parameters"].items()})
"""


def training(end):
    """`train.py` on image files: the rate, and the share of time spent waiting for data."""
    python(["-c", DRAWN], end)
    run = tempfile.mkdtemp()
    try:
        words = ["folder/train.py", "--data", "shards", "--out", run, "--device", DEVICE, "--workers", str(min(16, os.cpu_count() or 1))]
        python(words, end)
        with open(os.path.join(run, "metrics.jsonl")) as file:
            lines = [line for line in map(json.loads, file) if line["kind"] == "step"]
    finally:
        shutil.rmtree(run)
    # The first steps load and record the program, and decode images that were not prefetched.
    later = [line for line in lines if line["step"] > PLAN["training"]["steps"] / 4]
    seconds = later[-1]["seconds"] - later[0]["seconds"]
    rate = PLAN["training"]["batch"] * (len(later) - 1) / seconds
    waited = sum(line["data_seconds"] for line in later[1:]) / seconds
    numbers = {**PLAN["training"], "pairs_per_second": rate, "data_wait": waited}
    return numbers, f"batch {numbers['batch']}: {rate:.1f} pairs/s, {100 * waited:.1f}% of the time waiting for data"


part("peak", 60, peak)
part("agreement", 60, agreement)
part("Base, recorded", 90, steps("Base"))
part("training on JPEG files", 100, training)
part("Base, compiled and recorded", 220, steps("Base", compiled=True))
part("Base, recorded, attention by operations", 45, steps("Base", kind="operations", rival=False))
part("Large, recorded", 90, steps("Large"))
part("Base, operation by operation", 45, steps("Base", recorded=False, rival=False))
part("Large, compiled and recorded", 240, steps("Large", compiled=True))
for name, why in results["left_out"].items():
    print(f"left out: {name}: {why}")
print(f"{time.monotonic() - BEGAN:.0f} s; {o.out}")
