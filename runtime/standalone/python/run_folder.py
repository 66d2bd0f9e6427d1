"""A run folder in vlmo's format: one process at a time writes into it; events are in `metrics.jsonl`."""

import contextlib
import hashlib
import json
import os
import socket
import uuid
from datetime import datetime, timezone

import checkpoints
from mistakes import Mistake
from tensors import naming


class RunFolder:
    """`writes`: whether this process writes; with several, the first one does."""

    def __init__(self, path, resume, writes):
        self.path, self.writes = path, writes
        self.checkpoints = os.path.join(path, "checkpoints")
        self.log_file, self.lock = os.path.join(path, "metrics.jsonl"), os.path.join(path, "run.lock")
        self.id = str(uuid.uuid4())
        if not writes:
            return
        os.makedirs(self.checkpoints, exist_ok=True)
        self.take()
        checkpoints.clean(self.checkpoints)
        saved = checkpoints.listed(self.checkpoints)
        if saved and not resume:
            self.close()
            _, manifest = saved[-1]
            raise Mistake(
                f"{path} holds a run already: stage `{manifest['stage']}`, step {manifest['step']}",
                "resume it with --resume, or name another folder with --out",
            )
        if not os.path.exists(self.log_file) or not saved:
            open(self.log_file, "w").close()

    def take(self):
        holder = read_json(self.lock)
        if holder is not None and runs(holder) is not False:
            raise Mistake(
                f"process {holder['process']} on {holder['host']} trains into {self.path}",
                f"wait until it has ended, or name another --out; if it no longer runs, remove {self.lock}",
            )
        mine = {**own_mark(), "id": self.id, "since": now(), "doing": "trains"}
        if holder is not None:
            os.remove(self.lock)
        try:
            with open(self.lock, "x", encoding="utf-8") as file:
                json.dump(mine, file)
        except FileExistsError as error:
            raise Mistake(f"another process has just begun to train into {self.path}", "name another --out") from error

    def close(self):
        held = read_json(self.lock) if self.writes else None
        if held is not None and held.get("id") == self.id:
            os.remove(self.lock)

    def log(self, **line):
        if self.writes:
            with naming(self.log_file), open(self.log_file, "a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")

    def rewind(self, stage, step):
        """Drops log lines of a stage after `step`, or all of its lines (None), which a killed run has left and this one
        repeats."""
        if not self.writes:
            return
        with open(self.log_file, encoding="utf-8") as file:
            entries = [(line, parsed(line)) for line in file]
        kept = [
            line
            for line, entry in entries
            if entry is not None and (entry["stage"] != stage or (step is not None and entry.get("step", 0) <= step))
        ]
        self.write("metrics.jsonl", "".join(kept))

    def note(self, facts):
        if self.writes:
            self.write("run.json", json.dumps(facts, indent=2, ensure_ascii=False) + "\n")

    def write(self, name, text):
        unfinished = os.path.join(self.path, f".{name}.{checkpoints.mark('tmp')}")
        try:
            with naming(unfinished), open(unfinished, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, os.path.join(self.path, name))
        except BaseException:
            with contextlib.suppress(OSError):
                os.remove(unfinished)
            raise


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parsed(line):
    """None for an incomplete line."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def own_mark():
    """Identifies this process, so that another one can find out whether it still runs (runtime/train/process-mark.ts)."""
    machine = text_of("/etc/machine-id")
    return {
        "process": os.getpid(),
        "began": began(os.getpid()),
        "host": socket.gethostname(),
        "machine": None if machine is None else hashlib.sha256(f"vlmo {machine}".encode()).hexdigest()[:16],
        "boot": text_of("/proc/sys/kernel/random/boot_id"),
        "container": os.readlink("/proc/self/ns/pid") if os.path.exists("/proc/self/ns/pid") else None,
    }


def runs(mark):
    """Whether a process still runs; None where that cannot be determined from this machine."""
    here = own_mark()
    if any(mark.get(key) != here[key] for key in ("host", "machine")):
        return None
    if mark.get("boot") != here["boot"]:
        return False
    if mark.get("container") != here["container"]:
        return None
    return began(mark["process"]) is not None and mark["began"] in (None, began(mark["process"]))


def began(process):
    """The start time of a process in ticks since boot; None where it does not run, or the system does not report it."""
    stat = text_of(f"/proc/{process}/stat")
    fields = [] if stat is None else stat[stat.rindex(")") + 1 :].split()
    return None if not fields or fields[0] == "Z" else fields[19]


def text_of(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return None
