#!/usr/bin/env python3
"""Compares programs on this device, run as by vlmo's engine, with the reference: the norm of the difference over all tensors, relative
to the norm of the reference's.

    python3 gpu_agreement.py DEVICE

Prints one JSON line: the error of each program, in the first run and in the recorded one, or why it does not run.
"""
import json
import os
import sys

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "folder"))
from tensors import read_tensors
from worker import RECORD_AFTER, Worker


def tensors_of(name):
    return {key: np.array(array) for key, array in read_tensors(os.path.join(HERE, "agreement", f"{name}.safetensors")).items()}


def apart(device, precision, kind, inputs):
    name = f"{precision}.{kind}"
    worker = Worker(torch, device, 1, precision)
    with open(os.path.join(HERE, "agreement", f"{name}.py")) as file:
        worker.load({"program": 0, "name": name}, file.read())
    for key, array in inputs.items():
        worker.tensors[key] = torch.from_numpy(array).to(worker.device)
    wanted = tensors_of(name)
    head = {
        "program": 0,
        "inputs": [(key, key) for key in inputs],
        "into": [],
        "outputs": [(key, f"out {key}") for key in wanted],
    }
    found = []
    for _ in range(RECORD_AFTER + 2):
        worker.run(head, b"")
        found.append(distance({key: worker.tensors[f"out {key}"].float().cpu().numpy() for key in wanted}, wanted))
    return {"first": found[0], "recorded": found[-1]}


def distance(actual, wanted):
    off = sum(float(((actual[key].astype(np.float64) - wanted[key]) ** 2).sum()) for key in wanted)
    return (off / sum(float((array.astype(np.float64) ** 2).sum()) for array in wanted.values())) ** 0.5


torch.set_grad_enabled(False)
given, told = tensors_of("inputs"), {}
for precision in ("float32", "bfloat16"):
    for kind in ("kernel", "operations"):
        try:
            told[f"{precision}, attention by {kind}"] = apart(sys.argv[1], precision, kind, given)
        except Exception as error:
            told[f"{precision}, attention by {kind}"] = {"error": f"{type(error).__name__}: {error}"}
print(json.dumps(told))
