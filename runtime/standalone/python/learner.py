"""The parameters and the optimizer's state of a stage, and the programs that change them (runtime/train/learner.ts)."""

import os
from types import SimpleNamespace

import numpy as np
from feed import counted, feed, sizes_of
from memory import copy_in


class AsTheyAre:
    """Programs whose parts are not compiled."""

    programs = {}

    def program(self, number, name):
        return lambda part: part

    def ran(self, number):
        pass


class Learner:
    """`worker` runs programs as it does behind vlmo; tensors are on its device, by name."""

    def __init__(self, worker, torch, folder, stage, ranks):
        self.worker, self.torch, self.folder, self.stage = worker, torch, folder, stage
        self.ranks = SimpleNamespace(rank=0, ranks=1) if ranks is None else ranks
        self.programs = stage["programs"][str(self.ranks.ranks)]
        self.micro = stage["micro"] // self.ranks.ranks
        self.loaded = set()

    def place(self, tensors):
        for name, array in tensors.items():
            self.write(name, array)

    def write(self, name, array):
        """Into the tensor of that name, which is made at its first use."""
        host = self.torch.from_numpy(np.array(array))
        if name in self.worker.tensors:
            copy_in(self.worker.tensors[name], host)
        else:
            self.worker.tensors[name] = host.to(self.worker.device)

    def read(self, names):
        return {name: self.worker.tensors[name].cpu().numpy() for name in names}

    def step(self, batch, step, rate):
        """One optimizer step; the losses and the norm of the gradients, null where the stage does not clip."""
        scalars = {"lr": rate}
        for name, beta in self.stage["corrections"].items():
            scalars[name] = 1 - beta ** (step + 1)
        self.labels = [self.stage["seed"], "noise", self.stage["name"], step]
        micros = self.micro_batches(batch)
        if len(micros) == 1:
            return self.numbers(self.run("step", scalars, micros[0], micros))
        whole, losses = None, {}
        if self.stage["pooled"]:
            micros, whole, losses = self.pooled(batch, scalars)
        for i, micro in enumerate(micros):
            # The last of several processes' micro-batches hides the exchange of gradients.
            name = "final" if self.ranks.ranks > 1 and i == len(micros) - 1 else "gradient"
            said = self.run(name, scalars, micro, micros, whole, "grad." if i == 0 else "more.")
            for each, number in self.numbers(said).items():
                losses[each] = losses.get(each, 0) + number
            if i > 0 and name == "gradient":
                self.run("accumulate", scalars)
        return losses if self.ranks.ranks > 1 else {**losses, **self.numbers(self.run("update", scalars))}

    def pooled(self, batch, scalars):
        """Contrasts the whole batch: its losses, and what each micro-batch then goes on from."""
        parts = {}
        for micro in self.micro_batches(batch):
            for name, array in self.read_all(self.run("vectors", scalars, micro, [micro], batch["tensors"])).items():
                parts.setdefault(name, []).append(array)
        vectors = {name: np.concatenate(arrays) for name, arrays in parts.items()}
        contrasted = {**batch, "tensors": {**batch["tensors"], **vectors}}
        results = self.run("pool", scalars, contrasted, [contrasted])
        losses = self.numbers(results)
        of_parameters, whole = {}, dict(batch["tensors"])
        for name, array in self.read_all(name for name in results if name not in losses).items():
            once = name.startswith("cotangent.") and not name.startswith("cotangent.pool.")
            (of_parameters if once else whole)[name] = array
        if any(program["name"] == "fetch" for program in self.programs):
            fetching = {**batch, "tensors": dict(whole)}
            whole.update(self.read_all(self.run("fetch", scalars, fetching, [fetching])))
        micros = self.micro_batches({**batch, "tensors": whole})
        for i, micro in enumerate(micros):
            micro["tensors"].update({name: array * (i == 0) for name, array in of_parameters.items()})
        return micros, whole, losses

    def numbers(self, outputs):
        """The losses among results, and the norm of the gradients."""
        said = [name for name in outputs if name.startswith("loss.") or name == "gradient_norm"]
        return {name: self.worker.tensors[f"out {name}"].item() for name in said}

    def read_all(self, outputs):
        return {name: self.worker.tensors[f"out {name}"].cpu().numpy().copy() for name in outputs}

    def micro_batches(self, batch):
        items = len(batch["numbers"])
        if self.micro >= items:
            return [batch]
        return [part(batch, start, min(items, start + self.micro), items) for start in range(0, items, self.micro)]

    def run(self, name, scalars, micro=None, micros=(), whole=None, prefix=None):
        """Runs a program on a micro-batch, which may read rows of the `whole` batch; the names of its results."""
        batch = {} if micro is None else micro["tensors"]
        items = self.micro if micro is None else len(micro["numbers"])
        program, number = self.program(name, items, sizes_of(self.stage, batch, batch if whole is None else whole))
        if micro is not None:
            scalars = {**scalars, **self.counts(program, micro, micros)}
            if self.ranks.ranks > 1:
                own = np.array(micro["numbers"], np.int32)
                batch = {**batch, "own_items": own - own[0] + own[0] % self.stage["micro"]}
        numbers = [] if micro is None else micro["numbers"]
        given = feed(program, batch, whole, scalars, (self.labels, numbers))
        inputs = [(each, each) for each in program["reads"]]
        for each, array in given.items():
            self.write(f"feed {each} {array.shape}", array)
            inputs.append((each, f"feed {each} {array.shape}"))
        into = [(output, self.target(output, kind, prefix)) for output, kind in program["outputs"].items()]
        self.worker.run({"program": number, "inputs": inputs, "into": into, "outputs": []}, b"")
        return list(program["outputs"])

    def target(self, output, kind, prefix):
        """Where a result goes: over what it comes from, or to a place of its own."""
        if output.startswith("next."):
            return output[len("next.") :]
        name = f"out {output}"
        if output.startswith("grad."):
            name = (prefix or "grad.") + output[len("grad.") :]
        held = self.worker.tensors.get(name)
        # Programs of micro-batches of different sizes have results of one name.
        if held is None or list(held.shape) != kind["shape"]:
            self.worker.tensors[name] = self.torch.zeros(
                kind["shape"], dtype=getattr(self.torch, kind["dtype"]), device=self.worker.device
            )
        return name

    def counts(self, program, micro, micros):
        """Over the whole optimizer batch, of which each process has its share."""
        counts = {}
        for name, entry in program["feeds"].items():
            if "count" not in entry:
                continue
            ranks = self.ranks.ranks
            of = [counted(entry["count"], each["tensors"], len(each["numbers"]), ranks) for each in micros]
            if self.stage["mean"] == "micro_batch":
                own = counted(entry["count"], micro["tensors"], len(micro["numbers"]), ranks)
                counts[name] = max(1, own) * len(micros) * ranks
            else:
                counts[name] = max(1, sum(of)) if ranks == 1 else sum(of)
        return counts

    def program(self, name, items, asked):
        """The smallest of that name that the batch fits into, for all processes the same."""
        if self.ranks.ranks > 1:
            asked = [max(each) for each in zip(*self.ranks.exchange(asked, False))]
        fitting = [
            (program["sizes"], number)
            for number, program in enumerate(self.programs)
            if program["name"] == name
            and program["items"] == items
            and all(has >= needs for has, needs in zip(program["sizes"], asked))
        ]
        _, number = min(fitting)
        program = self.programs[number]
        key = f"{self.stage['name']} {number}"
        if key not in self.loaded:
            with open(os.path.join(self.folder, program["file"]), "rb") as file:
                self.worker.load({"program": key, "name": program["file"]}, file.read())
            self.loaded.add(key)
        return program, key

    def dispose(self):
        for key in self.loaded:
            self.worker.unload({"program": key}, b"")
        self.worker.tensors.clear()


def part(batch, start, end, items):
    """Some samples of a batch; `matches` is of samples by samples, those of all processes."""

    def of(name, array):
        if name != "matches":
            return array[start:end]
        ranks = array.shape[1] // items
        return array[start * ranks : end * ranks, start * ranks : end * ranks]

    tensors = {name: of(name, array) for name, array in batch["tensors"].items()}
    return {"tensors": tensors, "numbers": batch["numbers"][start:end]}
