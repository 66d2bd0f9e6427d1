"""The parameters and the optimizer's state of a stage, and the programs that change them (runtime/train/learner.ts)."""

import os
from types import SimpleNamespace

import numpy as np
from feed import counted, feed, sizes_of
from memory import Later, copy_in, copy_out


class AsTheyAre:
    """Programs that are not compiled."""

    programs = {}

    def program(self, number, name):
        return lambda part: part

    def ran(self, number):
        pass


def is_told(output):
    return output.startswith("loss.") or output == "gradient_norm"


class Told:
    """The losses of a step and the gradient norm, where the stage clips: a GPU may still be computing them."""

    def __init__(self):
        self.parts = []

    def add(self, results, worker):
        """Requests those among the results: the next run overwrites them."""
        asked = {name: worker.tensors[where] for name, where in results.items() if is_told(name)}
        self.parts += [(name, copy_out(worker.torch, tensor)) for name, tensor in asked.items()]

    def is_there(self):
        return all(elements.is_there() for _, elements in self.parts if isinstance(elements, Later))

    def read(self):
        """Waits for them; the values of several micro-batches are summed."""
        numbers = {}
        for name, elements in self.parts:
            elements = elements.wait() if isinstance(elements, Later) else elements
            numbers[name] = numbers.get(name, 0) + np.frombuffer(elements, np.float32)[0].item()
        return numbers


class Learner:
    """`worker` runs programs as in vlmo's engine; tensors are on its device, by name."""

    def __init__(self, worker, torch, folder, stage, ranks):
        self.worker, self.torch, self.folder, self.stage = worker, torch, folder, stage
        self.ranks = SimpleNamespace(rank=0, ranks=1) if ranks is None else ranks
        self.programs = stage["programs"][str(self.ranks.ranks)]
        self.micro = stage["micro"] // self.ranks.ranks
        self.keys = {}
        # By shapes of the sharded optimizer tensors: the index of the program that gathers them.
        self.wholes = {
            tuple(program["outputs"]["whole"]["shape"]): number
            for number, program in enumerate(self.programs)
            if program["name"] == "whole"
        }

    def place(self, parameters, state):
        """Uploads parameters and state; without `state` the optimizer's tensors are zeros."""
        for name, array in parameters.items():
            self.write(name, array)
        for name, of in self.stage["state"].items():
            shape = self.stage["parameters"][of]
            self.write(name, self.own(np.zeros(shape, np.float32) if state is None else state[name]))

    def own(self, array):
        """This process's shard of a tensor of the optimizer's state (compiler/spec/shards.ts), padded with zeros."""
        if array.shape not in self.wholes:
            return array
        size = -(-array.size // self.ranks.ranks)
        start = self.ranks.rank * size
        part = array.reshape(-1)[start : start + size]
        return np.pad(part, (0, size - part.size))[None]

    def write(self, name, array):
        """Writes into the tensor of that name, which is created at its first use."""
        host = self.torch.from_numpy(np.array(array))
        if name in self.worker.tensors:
            copy_in(self.worker.tensors[name], host)
        else:
            self.worker.tensors[name] = host.to(self.worker.device)

    def parameters(self):
        return {name: self.array(name) for name in self.stage["parameters"]}

    def state(self):
        """The optimizer's full state. Where it is sharded, all processes read it at the same time, one tensor after the other.
        """
        return {name: self.array(self.whole(name, of)) for name, of in self.stage["state"].items()}

    def whole(self, name, of):
        """The name of the full tensor of the optimizer's state for the parameter `of`."""
        number = self.wholes.get(tuple(self.stage["parameters"][of]))
        if number is None:
            return name
        return self.execute(number, [("shard", name)])["whole"]

    def array(self, name):
        return self.worker.tensors[name].cpu().numpy().copy()

    def submit(self, batch, step, rate):
        """Submits one optimizer step to the device; its losses can be read later."""
        scalars = {"lr": rate}
        for name, beta in self.stage["corrections"].items():
            scalars[name] = 1 - beta ** (step + 1)
        self.labels = [self.stage["seed"], "noise", self.stage["name"], step]
        micros, whole, told = self.micro_batches(batch), None, Told()
        if len(micros) == 1:
            told.add(self.run("step", scalars, micros[0], micros), self.worker)
            return told
        if self.stage["pooled"]:
            micros, whole = self.pooled(batch, scalars, told)
        for i, micro in enumerate(micros):
            # With several processes, the exchange of gradients overlaps the backward pass of the last micro-batch.
            name = "final" if self.ranks.ranks > 1 and i == len(micros) - 1 else "gradient"
            told.add(self.run(name, scalars, micro, micros, whole, "grad." if i == 0 else "more."), self.worker)
            if i > 0 and name == "gradient":
                self.run("accumulate", scalars)
        if self.ranks.ranks == 1:
            told.add(self.run("update", scalars), self.worker)
        return told

    def pooled(self, batch, scalars, told):
        """Computes contrastive losses over the whole batch, from whose results each micro-batch continues."""
        parts = {}
        for micro in self.micro_batches(batch):
            for name, array in self.arrays(self.run("vectors", scalars, micro, [micro], batch["tensors"])).items():
                parts.setdefault(name, []).append(array)
        vectors = {name: np.concatenate(arrays) for name, arrays in parts.items()}
        contrasted = {**batch, "tensors": {**batch["tensors"], **vectors}}
        results = self.run("pool", scalars, contrasted, [contrasted])
        told.add(results, self.worker)
        of_parameters, whole = {}, dict(batch["tensors"])
        others = {name: where for name, where in results.items() if not is_told(name)}
        for name, array in self.arrays(others).items():
            once = name.startswith("cotangent.") and not name.startswith("cotangent.pool.")
            (of_parameters if once else whole)[name] = array
        if any(program["name"] == "fetch" for program in self.programs):
            fetching = {**batch, "tensors": dict(whole)}
            whole.update(self.arrays(self.run("fetch", scalars, fetching, [fetching])))
        micros = self.micro_batches({**batch, "tensors": whole})
        for i, micro in enumerate(micros):
            micro["tensors"].update({name: array * (i == 0) for name, array in of_parameters.items()})
        return micros, whole

    def arrays(self, results):
        return {name: self.array(where) for name, where in results.items()}

    def micro_batches(self, batch):
        items = len(batch["numbers"])
        if self.micro >= items:
            return [batch]
        return [part(batch, start, min(items, start + self.micro), items) for start in range(0, items, self.micro)]

    def run(self, name, scalars, micro=None, micros=(), whole=None, prefix=None):
        """Runs a program on a micro-batch, which may read rows of the `whole` batch. Returns the places of its results, by
        name."""
        batch = {} if micro is None else micro["tensors"]
        items = self.micro if micro is None else len(micro["numbers"])
        number = self.number(name, items, sizes_of(self.stage, batch, batch if whole is None else whole))
        program = self.programs[number]
        if micro is not None:
            scalars = {**scalars, **self.counts(program, micro, micros)}
        if self.ranks.ranks > 1:
            batch = {**batch, "rank": np.array([self.ranks.rank], np.int32)}
            if micro is not None:
                own = np.array(micro["numbers"], np.int32)
                batch["own_items"] = own - own[0] + own[0] % self.stage["micro"]
        numbers = [] if micro is None else micro["numbers"]
        given = feed(program, batch, whole, scalars, (self.labels, numbers))
        inputs = [(each, each) for each in program["reads"]]
        for each, array in given.items():
            self.write(f"feed {each} {array.shape}", array)
            inputs.append((each, f"feed {each} {array.shape}"))
        return self.execute(number, inputs, prefix)

    def execute(self, number, inputs, prefix=None):
        """Runs a program on tensors by name. Returns the places of its results, by name."""
        outputs = self.programs[number]["outputs"].items()
        into = {output: self.target(output, kind, prefix) for output, kind in outputs}
        head = {"program": self.loaded(number), "inputs": inputs, "into": list(into.items()), "outputs": []}
        self.worker.run(head, b"")
        return into

    def target(self, output, kind, prefix):
        """The place of a result: the tensor that it replaces, or one of its own."""
        if output.startswith("next."):
            return output[len("next.") :]
        name = f"out {output}"
        if output.startswith("grad."):
            name = (prefix or "grad.") + output[len("grad.") :]
        held = self.worker.tensors.get(name)
        # Programs for micro-batches of different sizes share names of results.
        if held is None or list(held.shape) != kind["shape"]:
            self.worker.tensors[name] = self.torch.zeros(
                kind["shape"], dtype=getattr(self.torch, kind["dtype"]), device=self.worker.device
            )
        return name

    def counts(self, program, micro, micros):
        """The denominators over the whole optimizer batch, divided among the processes."""
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

    def number(self, name, items, asked):
        """The smallest program of that name that the batch fits into, the same for all processes."""
        if self.ranks.ranks > 1:
            asked = [max(each) for each in zip(*self.ranks.exchange(asked, False))]
        _, number = min(
            (program["sizes"], number)
            for number, program in enumerate(self.programs)
            if program["name"] == name
            and program["items"] == items
            and all(has >= needs for has, needs in zip(program["sizes"], asked))
        )
        return number

    def loaded(self, number):
        """The worker's key of a program, loaded at its first use in the version for the device."""
        if number not in self.keys:
            files = self.programs[number]["files"]
            name = files.get(self.worker.attention(), files["any"])
            self.keys[number] = f"{self.stage['name']} {number}"
            with open(os.path.join(self.folder, name), "rb") as file:
                self.worker.load({"program": self.keys[number], "name": name}, file.read())
        return self.keys[number]

    def dispose(self):
        for key in self.keys.values():
            self.worker.unload({"program": key}, b"")
        self.worker.tensors.clear()


def part(batch, start, end, items):
    """Some samples of a batch; `matches` is [samples, samples], over those of all processes."""

    def of(name, array):
        if name != "matches":
            return array[start:end]
        ranks = array.shape[1] // items
        return array[start * ranks : end * ranks, start * ranks : end * ranks]

    tensors = {name: of(name, array) for name, array in batch["tensors"].items()}
    return {"tensors": tensors, "numbers": batch["numbers"][start:end]}
