"""The process group of a training: joining it in the environment that torchrun sets, and exchanging numbers."""

import datetime
import os

# While one rank evaluates or saves, the others wait as long as it takes.
PATIENCE = datetime.timedelta(days=30)


class Apart(Exception):
    """This process does not find the others."""

    what = "ranks"


def device_of(kind):
    """Each process on a machine has its own GPU."""
    return f"cuda:{os.environ['LOCAL_RANK']}" if kind == "cuda" else kind


class Ranks:
    def __init__(self, torch, device):
        self.torch, self.distributed = torch, torch.distributed
        self.seconds = float(os.environ.get("VLMO_RANK_SECONDS", "600"))
        seconds = datetime.timedelta(seconds=self.seconds)
        if device.type == "cuda":
            torch.cuda.set_device(device)
        try:
            self._join("nccl" if device.type == "cuda" else "gloo", seconds)
        except (self.distributed.DistError, RuntimeError, ValueError) as error:
            raise Apart(str(error).splitlines()[0]) from error

    def _join(self, backend, seconds):
        self.distributed.init_process_group(backend, timeout=seconds)
        self.rank, self.ranks = self.distributed.get_rank(), self.distributed.get_world_size()
        # `exchange` sends a few numbers from the host.
        self.prompt = self.distributed.new_group(backend="gloo", timeout=seconds)
        self.patient = self.distributed.new_group(backend="gloo", timeout=PATIENCE)

    def exchange(self, numbers, patient):
        own = self.torch.tensor(numbers, dtype=self.torch.float64)
        every = [self.torch.empty_like(own) for _ in range(self.ranks)]
        self.distributed.all_gather(every, own, group=self.patient if patient else self.prompt)
        return [each.tolist() for each in every]

    def lost(self, error):
        """What an error says about another rank, if anything: it is gone, or does not answer."""
        text = str(error).lower()
        if not isinstance(error, self.distributed.DistError) and "gloo" not in text and "nccl" not in text:
            return {}
        silent = "timed out" in text or "timeout" in text
        return {"silent": self.seconds} if silent else {"gone": True}
