"""Checkpoints in vlmo's format: a folder renamed into place when complete, with a manifest of its files."""

import hashlib
import json
import os
import re
import shutil
import uuid
from datetime import datetime, timezone

from javascript import javascript
from mistakes import Mistake
from schedule import learning_rate
from tensors import hash_file, read_tensors, write_file, write_tensors

VERSION = 4
MANIFEST = "manifest.json"
PARAMETERS, OPTIMIZER = "parameters.safetensors", "optimizer.safetensors"


def save(root, facts, parameters, state, texts, keep):
    """Saves a checkpoint, and removes the stage's older ones except the last `keep` and the best; returns its folder."""
    before = listed(root)
    name = f"{facts['stage']}-{facts['step']:07d}"
    place = os.path.join(root, name)
    unfinished = f"{place}.{mark('tmp')}"
    os.mkdir(unfinished)
    try:
        files = {
            PARAMETERS: write_tensors(os.path.join(unfinished, PARAMETERS), parameters),
            OPTIMIZER: write_tensors(os.path.join(unfinished, OPTIMIZER), state),
        }
        for file, text in texts.items():
            files[file] = write_file(os.path.join(unfinished, file), [text])
        sequence = 1 + max((manifest["sequence"] for _, manifest in before), default=0)
        saved = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        head = {"format": "vlmo-checkpoint", "version": VERSION}
        manifest = {**head, **facts, "sequence": sequence, "saved": saved, "files": files}
        whole = {**manifest, "checksum": checksum(manifest)}
        write_file(os.path.join(unfinished, MANIFEST), [javascript(whole).encode()])
        sync(unfinished)
        put_in_place(unfinished, place)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    remove_older([each for each in before if each[0] != place] + [(place, manifest)], facts["stage"], keep)
    return place


def remove_older(saved, stage, keep):
    own = [each for each in saved if each[1]["stage"] == stage]
    best = max((each for each in own if each[1]["score"] is not None), key=lambda each: each[1]["score"], default=None)
    for each in own[:-keep]:
        if each is not best:
            remove(each[0])


def remove(folder):
    """Removes a folder atomically."""
    trash = f"{folder}.{mark('tmp')}"
    os.rename(folder, trash)
    shutil.rmtree(trash, ignore_errors=True)


def mark(kind):
    """A name with the process id, so that leftovers of dead processes are recognised."""
    return f"{kind}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def put_in_place(unfinished, place):
    aside = f"{place}.{mark('old')}"
    stood = os.path.exists(place)
    if stood:
        os.rename(place, aside)
    os.rename(unfinished, place)
    sync(os.path.dirname(place))
    if stood:
        shutil.rmtree(aside, ignore_errors=True)


def clean(root):
    """Removes incomplete folders of dead processes, and restores those they had moved aside."""
    for entry in os.listdir(root):
        left = re.fullmatch(r"(.+)\.(tmp|old)-(\d+)-[0-9a-f]{8}", entry)
        if left is None or os.path.exists(f"/proc/{left[3]}"):
            continue
        path, place = os.path.join(root, entry), os.path.join(root, left[1])
        if left[2] == "old" and not os.path.exists(place):
            os.rename(path, place)
        else:
            shutil.rmtree(path, ignore_errors=True)


def sync(folder):
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def listed(root):
    """Checkpoints with a complete manifest and files of the right sizes, in the order in which they were saved."""
    found = []
    for name in sorted(os.listdir(root)) if os.path.isdir(root) else []:
        folder = os.path.join(root, name)
        manifest = None if ".tmp-" in name or ".old-" in name else manifest_in(folder)
        if manifest is not None:
            found.append((folder, manifest))
    return sorted(found, key=lambda each: each[1]["sequence"])


def manifest_in(folder):
    """The manifest of a folder; None where there is none that this program supports."""
    try:
        with open(os.path.join(folder, MANIFEST), encoding="utf-8") as file:
            manifest = json.load(file)
        known = manifest.pop("checksum")
        sizes = {name: os.path.getsize(os.path.join(folder, name)) for name in manifest["files"]}
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    same = all(each["bytes"] == sizes[name] for name, each in manifest["files"].items())
    return manifest if same and manifest["version"] == VERSION and known == checksum(manifest) else None


def checksum(manifest):
    return hashlib.sha256(javascript(manifest).encode()).hexdigest()


def latest(root, stage, notice):
    """The stage's last checkpoint with valid checksums; None where there is none."""
    for folder, manifest in reversed(listed(root)):
        if manifest["stage"] != stage:
            continue
        if all(hash_file(os.path.join(folder, name)) == each for name, each in manifest["files"].items()):
            return folder, manifest
        notice(f"passed over {folder}: its files are not those that its manifest names")
    return None


def last_good(run, stage, step, notice):
    """The stage's last checkpoint, except one of `step` steps whose parameters gave no finite loss: that is removed."""
    saved = latest(run.checkpoints, stage, notice)
    if saved is None or saved[1]["step"] != step:
        return None if saved is None else saved[0]
    if run.writes:
        remove(saved[0])
    before = [folder for folder, manifest in listed(run.checkpoints) if manifest["stage"] == stage and folder != saved[0]]
    return before[-1] if before else None


def read(folder):
    return [read_tensors(os.path.join(folder, name)) for name in (PARAMETERS, OPTIMIZER)]


def expect_same(stage, manifest, course, precision):
    """Raises unless a checkpoint is of the same stage, so that the stage may resume from it."""
    where = f"the checkpoint of stage `{stage['name']}` in the run folder"
    remedy = "build this folder again from the specification as the run has it, or name another --out"
    if manifest["spec"]["hash"] != stage["facts"]["spec"]["hash"]:
        raise Mistake(f"{where} is of another stage of that name: {changes(stage, manifest)}", remedy)
    known = {each["name"]: each["records"] for each in manifest["data"]}
    other = [each["name"] for each in stage["facts"]["data"] if known.get(each["name"]) != each["records"]]
    if other:
        raise Mistake(f"{where} was trained on other records of the data `{'`, `'.join(other)}`", remedy)
    step, then = manifest["step"], manifest["course"]
    if course["total"] < step or any(learning_rate(then, i) != learning_rate(course, i) for i in range(step)):
        raise Mistake(f"{where} has other learning rates in the {step} steps that are done, of {then['total']}", remedy)
    if manifest["engine"]["precision"] != precision:
        raise Mistake(f"{where} was trained in {manifest['engine']['precision']}, not in {precision}", remedy)


def changes(stage, manifest):
    then, now = manifest["spec"]["meaning"], stage["facts"]["spec"]["meaning"]
    keys = [key for key in {**then, **now} if then.get(key) != now.get(key)]
    told = [f"{key} was {then.get(key)} and is {now.get(key)}" for key in keys[:4]]
    return ", ".join(told) or "something in it has changed"
