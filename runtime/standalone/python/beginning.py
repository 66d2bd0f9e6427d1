"""The initial values of a stage: its own checkpoint, or the parameters of the previous stage and those in the folder
(runtime/train/beginning.ts)."""

import os

import checkpoints
import numpy as np
from mistakes import Mistake
from tensors import read_tensors


def begin(folder, run, stage, notice):
    """Parameters, the optimizer's state, and the manifest that the stage resumes from, None for a new one."""
    saved = checkpoints.latest(run.checkpoints, stage["name"], notice)
    if saved is not None:
        where, manifest = saved
        return *checkpoints.read(where), manifest
    given = read_tensors(os.path.join(folder, stage["initial"]))
    if stage["from"] is None:
        return given, None, None
    before, _ = checkpoints.read(predecessor(run, stage, notice)[0])
    return handed(stage, given, before), None, None


def predecessor(run, stage, notice):
    """The last checkpoint of the previous stage, which must be complete."""
    name = stage["from"]["stage"]
    saved = checkpoints.latest(run.checkpoints, name, notice)
    remedy = f"train `{name}` first, into the same --out"
    if saved is None:
        raise Mistake(f"stage `{stage['name']}` begins from `{name}`, which has no checkpoint in {run.path}", remedy)
    _, manifest = saved
    if manifest["spec"]["hash"] != stage["from"]["hash"]:
        raise Mistake(f"stage `{stage['name']}` begins from `{name}`, which was trained as another stage", remedy)
    if not manifest["finished"] and manifest["step"] < manifest["course"]["total"]:
        steps = f"{manifest['step']} of {manifest['course']['total']} steps"
        raise Mistake(f"stage `{stage['name']}` begins from `{name}`, which has done {steps}", remedy)
    return saved


def handed(stage, given, before):
    """Parameters of the previous stage, resized by the rules of the specification; copies; newly initialised ones from the
    folder."""
    parameters = {}
    for name, shape in stage["parameters"].items():
        matrix = given.get(f"fit.{name}")
        if matrix is not None:
            rows = before[name].reshape(matrix.shape[1], -1).astype(np.float64)
            parameters[name] = (matrix @ rows).astype(np.float32).reshape(shape)
        else:
            parameters[name] = np.array(before[name] if name in stage["from"]["kept"] else given[name])
    for copy in stage["copies"]:
        target, source = parameters.get(copy["to"]), before.get(copy["from"], parameters.get(copy["from"]))
        if target is None or source is None:
            continue
        if "row" in copy:
            target[copy["row"]["to"]] = source[copy["row"]["from"]]
        elif copy["to"] in given:
            target[:] = source.reshape(target.shape)
    return parameters


def provenance(run, stage, resumed, notice):
    """The provenance of the parameters before this stage."""
    if resumed is not None:
        known = resumed["provenance"]
        return {**known, "stages": known["stages"][:-1]}
    if stage["from"] is None:
        return stage["earlier"]
    return checkpoints.latest(run.checkpoints, stage["from"]["stage"], notice)[1]["provenance"]
