"""Trains the stages of a specification that `vlmo build --emit torch --out` has written into this folder. README.md says how."""

import argparse
import contextlib
import json
import os
import shlex
import signal
import sys

from mistakes import Mistake
from places import file_of

FOLDER = os.path.dirname(os.path.abspath(__file__))


def arguments():
    parser = argparse.ArgumentParser(description="Trains the stages of this folder on packed shards.")
    parser.add_argument("--data", required=True, help="the folder of shards, or of one folder for each data block")
    parser.add_argument("--out", required=True, help="the run folder")
    parser.add_argument("--resume", action="store_true", help="go on with the run that is there")
    parser.add_argument("--stage", help="only this stage")
    parser.add_argument("--device", choices=["auto", "cuda", "cpu"], default="auto", help="default: CUDA if there is any")
    parser.add_argument("--threads", type=int, default=None, help="threads of PyTorch on the CPU")
    parser.add_argument("--workers", type=int, default=4, help="threads that decode images (default: 4)")
    parser.add_argument("--compile", action="store_true", help="let PyTorch compile the programs, which takes minutes once")
    parser.add_argument("--save-seconds", type=float, default=300, help="between checkpoints (default: 300)")
    return parser.parse_args()


def main():
    options = arguments()
    try:
        sys.exit(train(options))
    except Mistake as mistake:
        print(f"error: {mistake}\n  help: {mistake.remedy}", file=sys.stderr)
    except ModuleNotFoundError as error:
        name = {"PIL": "pillow"}.get(error.name, error.name)
        print(f"error: this Python has no {error.name}\n  help: {sys.executable} -m pip install {name}", file=sys.stderr)
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        help = "make room where it is written, or name another place; --resume goes on from the last checkpoint"
        print(f"error: {where}{error.strerror}\n  help: {help}", file=sys.stderr)
    sys.exit(1)


def train(options):
    if sys.version_info < (3, 11):
        raise Mistake(f"this is Python {sys.version.split()[0]}", "run it with Python 3.11 or a later one")
    plan = read_plan()
    stages = chosen(plan, options.stage)
    # What is missing for the last stage must not show after days of the first.
    for stage in stages:
        for entry in stage["data"]["files"]:
            file_of(options.data, entry)
    worker, ranks = open_worker(plan, options)
    from run_folder import RunFolder, now
    from stage import StageRun

    first = ranks is None or ranks.rank == 0
    notice = Notices(first)
    if first:
        os.makedirs(options.out, exist_ok=True)
        run = RunFolder(options.out, options.resume, True)
    together(ranks)
    if not first:
        run = RunFolder(options.out, options.resume, False)
    stop = Stop()
    again = shlex.join(["python", *(word for word in sys.argv if word != "--resume"), "--resume"])
    facts = {**plan["run"], **worker.facts, "resume": again, "started": now()}
    run.note({**facts, "ended": None})
    status = "finished"
    try:
        for stage in stages:
            if not StageRun(FOLDER, plan, stage, run, worker, ranks, options, stop, notice).train():
                status = "interrupted"
                break
        run.note({**facts, "ended": {"status": status, "at": now()}})
    except BaseException as error:
        with contextlib.suppress(OSError):
            message = {"code": None, "message": str(error)}
            run.note({**facts, "ended": {"status": "failed", "error": message, "at": now()}})
        raise
    finally:
        run.close()
    notice("finished" if status == "finished" else "stopped and saved; --resume goes on")
    return 0 if status == "finished" else 128 + stop.signal


def read_plan():
    path = os.path.join(FOLDER, "plan.json")
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise Mistake(f"{path} cannot be read: {error}", "copy the whole folder that `vlmo build` wrote") from error


def chosen(plan, name):
    if name is None:
        return plan["stages"]
    found = [stage for stage in plan["stages"] if stage["name"] == name]
    if not found:
        names = ", ".join(stage["name"] for stage in plan["stages"])
        raise Mistake(f"this folder has no stage `{name}`", f"it has {names}")
    return found


class Notices:
    """Says what happens: of several processes the first."""

    def __init__(self, speaks):
        self.speaks = speaks

    def __call__(self, text):
        if self.speaks:
            print(text, flush=True)


class Stop:
    """Whether the run was asked to stop: it finishes its step and saves. The second time it ends at once."""

    def __init__(self):
        self.signal = None
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, self.asked)

    def asked(self, number, frame):
        if self.signal is not None:
            os._exit(128 + number)
        self.signal = number


def together(ranks):
    """Waits until all processes have come so far."""
    if ranks is not None:
        ranks.exchange([0], True)


def open_worker(plan, options):
    """What runs the programs: as behind vlmo, here without pipes."""
    started = int(os.environ.get("WORLD_SIZE", "1"))
    built = plan["devices"]
    if started not in built:
        counts = " or ".join("one process" if each == 1 else f"{each} processes" for each in built)
        raise Mistake(
            f"this folder was built for {counts}, and torchrun started {started}",
            f"build it with `--devices {started}`, or start as many",
        )
    import torch
    from compiles import Compiles, Lacking
    from learner import AsTheyAre
    from ranks import Ranks, device_of
    from worker import Worker

    if not hasattr(torch, "_fused_adamw_"):
        raise Mistake(f"PyTorch {torch.__version__} is too old for these programs", "install PyTorch 2.4 or a later one")
    torch.set_grad_enabled(False)
    device = options.device
    if device == "cuda" and not torch.cuda.is_available():
        raise Mistake(f"PyTorch {torch.__version__} finds no CUDA device", "leave out --device, or write --device cpu")
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if plan["precision"] == "tf32" and device == "cpu":
        raise Mistake("TF32 is of CUDA devices", "build the folder with `--precision float32`")
    try:
        compiles = Compiles(torch, device, lambda news: None) if options.compile else AsTheyAre()
    except Lacking as error:
        raise Mistake(str(error), "leave out --compile") from error
    ranks = None
    if started > 1:
        device = device_of(device)
        ranks = Ranks(torch, torch.device(device))
    threads = options.threads or max(1, (os.cpu_count() or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
    worker = Worker(torch, device, threads, plan["precision"], ranks, compiles)
    said = worker.greeting(threads)
    about = [said["device"], said["detail"], *([] if plan["precision"] == "float32" else [plan["precision"]])]
    about += ["compiled"] * options.compile + ([] if ranks is None else [f"{started} processes"])
    worker.facts = {
        "engine": f"torch {said['version']} ({', '.join(about)})",
        "precision": plan["precision"],
        "threads": threads,
        **({} if ranks is None else {"processes": started}),
    }
    return worker, ranks


if __name__ == "__main__":
    main()
