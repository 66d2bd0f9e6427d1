"""Starts the processes of a training with torchrun and reports on file descriptor 3, as JSON, how they ended.

Arguments are those of torchrun.
"""

import contextlib
import json
import logging
import os
import signal
import sys
import threading
import time


def tell(outcome):
    # The parent may be gone.
    with contextlib.suppress(BrokenPipeError):
        os.write(3, json.dumps(outcome).encode())


def end_with_parent():
    """If the parent is killed, torchrun is asked to end all processes."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def main():
    end_with_parent()
    try:
        from torch.distributed.elastic.multiprocessing.api import SignalException
        from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
        from torch.distributed.elastic.rendezvous import RendezvousError
        from torch.distributed.run import parse_args, run

        # The parent reports how they ended, in its own words.
        logging.disable(logging.CRITICAL)
    except ImportError as error:
        return tell({"missing": str(error)})
    try:
        run(parse_args(sys.argv[1:]))
        tell({"failures": []})
    except ChildFailedError as error:
        failures = sorted(error.failures.values(), key=lambda failure: failure.timestamp)
        tell({"failures": [{"rank": rank_of(error, each), "exit": each.exitcode} for each in failures]})
    except SignalException as error:
        tell({"signal": error.sigval.name})
    except RendezvousError as error:
        tell({"apart": str(error).splitlines()[0]})
    except Exception as error:
        tell({"missing": f"{type(error).__name__}: {error}"})


def rank_of(error, failure):
    return next(rank for rank, each in error.failures.items() if each is failure)


main()
