"""Trains the stages of a specification that `vlmo build --emit torch --out` has written into this folder. README.md says how."""

import argparse
import contextlib
import errno
import json
import os
import shlex
import signal
import sys
import time

from mistakes import Mistake, lost_others
from places import expect_whole, file_of

FOLDER = os.path.dirname(os.path.abspath(__file__))
# The oldest supported version of PyTorch.
OLDEST = (2, 4)
# The number of torchrun's processes, and the local rank of this one.
PROCESSES, LOCAL = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("LOCAL_RANK", "0"))


def arguments():
    parser = argparse.ArgumentParser(description="Trains the stages of this folder on packed shards.")
    parser.add_argument("--data", required=True, help="the folder of shards, or of one folder for each data block")
    parser.add_argument("--out", required=True, help="the run folder")
    parser.add_argument("--resume", action="store_true", help="go on with the run that is there")
    parser.add_argument("--stage", help="only this stage")
    parser.add_argument("--device", choices=["auto", "cuda", "cpu"], default="auto", help="default: CUDA if there is any")
    parser.add_argument("--threads", type=above_zero, help="threads of PyTorch on the CPU (default: a share of the cores)")
    parser.add_argument("--workers", type=above_zero, default=4, help="threads that decode images (default: 4)")
    parser.add_argument("--compile", action="store_true", help="let PyTorch compile the programs, which takes minutes once")
    parser.add_argument("--save-seconds", type=seconds, default=300, help="between checkpoints (default: 300)")
    return parser.parse_args()


def above_zero(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no whole number above 0")
    return int(text)


def seconds(text):
    with contextlib.suppress(ValueError):
        if 0 <= float(text) < float("inf"):
            return float(text)
    raise argparse.ArgumentTypeError(f"{text} is no number of seconds")


def main():
    options = arguments()
    try:
        sys.exit(train(options))
    except Mistake as mistake:
        tell(mistake, mistake.remedy)
    except ModuleNotFoundError as error:
        name = {"PIL": "pillow"}.get(error.name, error.name)
        tell(f"this Python has no {error.name}", f"{sys.executable} -m pip install {name}")
    except OSError as error:
        help = REMEDIES.get(error.errno, "name another place, or see what is wrong with this one")
        tell(f"{error.filename or 'a file'}: {error.strerror}", help)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(1)


REMEDIES = {
    **dict.fromkeys([errno.ENOSPC, errno.EDQUOT, errno.EFBIG], "make room there; --resume continues from the last checkpoint"),
    **dict.fromkeys([errno.EACCES, errno.EPERM, errno.EROFS], "give this user the right to it, or name another place"),
    **dict.fromkeys([errno.ENOTDIR, errno.EEXIST], "a file stands where a folder is to be: name another --out"),
}


def tell(what, help):
    which = f"process {LOCAL}: " if PROCESSES > 1 else ""
    words = f"{which}error: {what}\n  help: {help}"
    print(words, file=sys.stderr)
    # torchrun prints the error in this file at the end of its long output.
    place = os.environ.get("TORCHELASTIC_ERROR_FILE")
    if place is not None:
        with contextlib.suppress(OSError), open(place, "w", encoding="utf-8") as file:
            message = {"message": words, "extraInfo": {"timestamp": str(int(time.time()))}}
            json.dump({"message": message}, file)


def train(options):
    if sys.version_info < (3, 11):
        raise Mistake(f"this is Python {sys.version.split()[0]}", "run it with Python 3.11 or a later one")
    plan = read_plan()
    stages = chosen(plan, options.stage)
    expect_whole(FOLDER, plan)
    # Missing data of the last stage must not show after days of the first.
    for stage in stages:
        for entry in stage["data"]["files"]:
            file_of(options.data, entry)
    worker, ranks = open_worker(plan, options)
    try:
        return run_stages(plan, stages, worker, ranks, options)
    except worker.torch.cuda.OutOfMemoryError as error:
        help = "build the folder with a smaller `micro` (`--set STAGE.micro=N`), in bfloat16, or for more processes"
        raise Mistake(f"the device has no memory for a step: {str(error).splitlines()[0]}", help) from error
    except Exception as error:
        raise lost_others(ranks, error) or error


def run_stages(plan, stages, worker, ranks, options):
    from run_folder import RunFolder, now
    from stage import StageRun

    first = ranks is None or ranks.rank == 0
    notice = Notices(first)
    if first:
        # Processes restarted by torchrun resume.
        again = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0
        os.makedirs(options.out, exist_ok=True)
        run = RunFolder(options.out, options.resume or again, True)
    together(ranks)
    if not first:
        run = RunFolder(options.out, True, False)
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
    notice("finished" if status == "finished" else "stopped and saved; --resume continues")
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
    """Prints progress; with several processes only the first does."""

    def __init__(self, speaks):
        self.speaks = speaks

    def __call__(self, text):
        try:
            if self.speaks:
                print(text, flush=True)
        except OSError:
            # The output is closed or its disk is full: the log has the steps.
            self.speaks = False
            sys.stdout = open(os.devnull, "w")


class Stop:
    """Whether the run was asked to stop: it finishes its step and saves. A second request ends it immediately."""

    def __init__(self):
        self.signal = None
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, self.asked)

    def asked(self, number, frame):
        if self.signal is not None:
            os._exit(128 + number)
        self.signal = number


def together(ranks):
    """A barrier over all processes."""
    if ranks is not None:
        ranks.exchange([0], True)


def open_worker(plan, options):
    """Opens the worker that runs the programs: the same as in vlmo's engine, without pipes."""
    built = plan["devices"]
    if PROCESSES not in built:
        counts = " or ".join("one process" if each == 1 else f"{each} processes" for each in built)
        start = " or ".join("python train.py" if each == 1 else f"torchrun --nproc-per-node {each} train.py" for each in built)
        is_one = "this is one alone" if PROCESSES == 1 else f"torchrun started {PROCESSES}"
        raise Mistake(f"this folder was built for {counts}, and {is_one}", f"{start}; or build it with `--devices {PROCESSES}`")
    torch = import_torch()
    from compiles import Compiles, Lacking
    from learner import AsTheyAre
    from ranks import Apart, Ranks, device_of
    from worker import Worker

    torch.set_grad_enabled(False)
    device = chosen_device(torch, options.device)
    if plan["precision"] == "tf32" and device == "cpu":
        raise Mistake("TF32 is of CUDA devices", "build the folder with `--precision float32`")
    try:
        compiles = Compiles(torch, device, lambda news: None) if options.compile else AsTheyAre()
    except Lacking as error:
        raise Mistake(str(error), "leave out --compile") from error
    ranks = None
    if PROCESSES > 1:
        device = device_of(device)
        try:
            ranks = Ranks(torch, torch.device(device))
        except Apart as error:
            help = "start all by torchrun, on several machines with one --rdzv-endpoint that each reaches; see README.md"
            raise Mistake(f"the {PROCESSES} processes do not find each other: {error}", help) from error
    threads = options.threads or max(1, (os.cpu_count() or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
    worker = Worker(torch, device, threads, plan["precision"], ranks, compiles)
    said = worker.greeting(threads)
    about = [said["device"], said["detail"], *([] if plan["precision"] == "float32" else [plan["precision"]])]
    about += ["compiled"] * options.compile + ([] if ranks is None else [f"{PROCESSES} processes"])
    worker.facts = {
        "engine": f"torch {said['version']} ({', '.join(about)})",
        "precision": plan["precision"],
        "threads": threads,
        **({} if ranks is None else {"processes": PROCESSES}),
    }
    return worker, ranks


def import_torch():
    try:
        import torch
    except ModuleNotFoundError:
        raise
    except (ImportError, OSError) as error:
        help = "install PyTorch again, for this system and its drivers"
        raise Mistake(f"PyTorch is there and cannot be loaded: {error}", help) from error
    if tuple(map(int, torch.__version__.split(".")[:2])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        help = f"{sys.executable} -m pip install --upgrade torch"
        raise Mistake(f"PyTorch {torch.__version__} is too old for these programs, which need {oldest}", help)
    return torch


def chosen_device(torch, asked):
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if asked == "cpu" or (asked == "auto" and count == 0):
        return "cpu"
    if count == 0:
        from worker import without_cuda

        help = "leave out --device, write --device cpu, or install a PyTorch for this machine's driver"
        raise Mistake(without_cuda(torch), help)
    if LOCAL >= count:
        devices = "one CUDA device" if count == 1 else f"{count} CUDA devices"
        help = f"start {count} on each machine (--nproc-per-node), or write --device cpu"
        raise Mistake(f"this machine has {devices}, and each process takes one", help)
    return "cuda"


if __name__ == "__main__":
    main()
