#!/usr/bin/env python3
"""A step of several processes over a link of limited bandwidth, with asynchronous and with immediately awaited collectives, alternating.

    RANK=0 WORLD_SIZE=2 MASTER_ADDR=… MASTER_PORT=… python3 exchange_steps.py '{"program": "step.py", "rounds": 8, "rate": 1e8}'

The first process prints the seconds of every step as JSON.
"""
import json
import os
import re
import sys
import time

import torch
import torch.distributed

o = json.loads(sys.argv[1])
torch.set_num_threads(1)
torch.manual_seed(int(os.environ["RANK"]))
torch.distributed.init_process_group("gloo")
real = torch.ops._c10d_functional
others = (torch.distributed.get_world_size() - 1) / torch.distributed.get_world_size()
# The bytes that a process sends in a collective, relative to its argument.
sends = {"all_reduce": 2 * others, "all_reduce_coalesced": 2 * others, "reduce_scatter_tensor": others, "all_gather_into_tensor": 2 * others}


class Link:
    """Gloo's collectives, delayed one after the other by the time that their bytes take on the link."""

    def __init__(self, at_once):
        self.at_once, self.free, self.ready = at_once, 0, {}

    def __getattr__(self, name):
        def begin(given, *more):
            tensors = given if isinstance(given, list) else [given]
            size = sum(tensor.numel() * tensor.element_size() for tensor in tensors)
            self.free = max(self.free, time.perf_counter()) + sends[name] * size / o["rate"]
            results = getattr(real, name)(given, *more)
            for result in results if isinstance(results, list) else [results]:
                self.ready[result.data_ptr()] = self.free
            if self.at_once:
                time.sleep(max(0, self.free - time.perf_counter()))
            return results

        return begin

    def wait_tensor(self, tensor):
        result = real.wait_tensor(tensor)
        time.sleep(max(0, self.ready.pop(tensor.data_ptr(), 0) - time.perf_counter()))
        return result


def tensor(kind, shape, name):
    if kind == "i32":
        return torch.randint(0, 2, shape, dtype=torch.int32)
    if not shape:
        return torch.tensor(1e-4 if name == "lr" else 0.5)
    numbers = torch.rand(shape) if name.startswith("adam.v.") else torch.randn(shape)
    return numbers * 0.05


text = open(o["program"]).read()
found = re.findall(r'= inputs\["([^"]+)"\]  # (\w+)\[([^\]]*)\]', text)
given = {name: tensor(kind, [int(n) for n in shape.split(",") if n], name) for name, kind, shape in found}
into = {f"next.{name}": given[name] for name in re.findall(r'^ +"next\.([^"]+)": v', text, re.M)}


def step(at_once):
    link = Link(at_once)
    module = {"Link": link}
    exec(compile(text.replace("collective = torch.ops._c10d_functional", "collective = Link"), o["program"], "exec"), module)
    run = module["load"](torch.device("cpu"))

    def timed():
        torch.distributed.barrier()
        start = time.perf_counter()
        with torch.no_grad():
            run(given, into)
        return time.perf_counter() - start

    return timed


early, late = step(False), step(True)
early(), late()
times = [(early(), late()) for _ in range(o["rounds"])]
if os.environ["RANK"] == "0":
    print(json.dumps({"early": [each for each, _ in times], "late": [each for _, each in times]}))
