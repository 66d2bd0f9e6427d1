"""One stage: made ready, its steps run, its checkpoints saved (runtime/train/stage-run.ts and loop.ts)."""

import math
import os
import time

import checkpoints
import numpy as np
from batches import Batches
from beginning import begin, provenance
from items import Items
from learner import Learner
from mistakes import Mistake
from schedule import learning_rate

# Steps that the rate is measured over.
WINDOW = 20


class StageRun:
    def __init__(self, folder, plan, stage, run, worker, ranks, options, stop, notice):
        self.folder, self.plan, self.stage, self.run = folder, plan, stage, run
        self.worker, self.ranks, self.options, self.stop, self.notice = worker, ranks, options, stop, notice
        self.name, self.total = stage["name"], stage["facts"]["course"]["total"]

    def train(self):
        """Whether it came to its end; False where it was asked to stop."""
        parameters, state, self.resumed = begin(self.folder, self.run, self.stage, self.notice)
        done = 0
        if self.resumed is not None:
            checkpoints.expect_same(self.stage, self.resumed, self.stage["facts"]["course"], self.plan["precision"])
            done = self.resumed["step"]
        self.run.rewind(self.name, None if self.resumed is None else done)
        if done >= self.total:
            self.notice(f"stage {self.name} has done its {self.total} steps")
            return True
        self.earlier = provenance(self.run, self.stage, self.resumed, self.notice)
        self.learner = self.ready(parameters, state)
        self.position = {"epoch": 0, "offset": 0} if self.resumed is None else self.resumed["position"]
        self.same_start(done, parameters)
        items = Items(self.folder, self.stage["data"], self.options.data, self.stage["seed"])
        self.batches = Batches(self.folder, items, self.stage, self.own(), self.position, self.options.workers)
        self.saved = done, time.monotonic()
        try:
            return self.steps(done)
        finally:
            self.batches.close()
            self.learner.dispose()

    def ready(self, parameters, state):
        # Torch was imported by whoever made the worker.
        learner = Learner(self.worker, self.worker.torch, self.folder, self.stage, self.ranks)
        learner.place(parameters)
        for name, of in self.stage["state"].items():
            shape = self.stage["parameters"][of]
            learner.place({name: np.zeros(shape, np.float32) if state is None else state[name]})
        return learner

    def same_start(self, done, parameters):
        """All processes must see one run folder."""
        if self.ranks is None:
            return
        total = sum(float(np.abs(array).sum(dtype=np.float64)) for array in parameters.values())
        if any(each != [done, total] for each in self.ranks.exchange([done, total], True)):
            raise Mistake(
                f"the processes begin the stage `{self.name}` with different parameters or steps",
                "give all machines the same run folder, on a disk that they share, and the same copy of this folder",
            )

    def own(self):
        """Numbers of the samples of a batch that this process reads: an equal share of each micro-batch."""
        rank, ranks = (0, 1) if self.ranks is None else (self.ranks.rank, self.ranks.ranks)
        batch, micro = self.stage["batch"], self.stage["micro"]
        numbers = []
        for start in range(0, batch, micro):
            share = (min(batch, start + micro) - start) // ranks
            numbers += range(start + rank * share, start + (rank + 1) * share)
        return numbers

    def steps(self, done):
        counts = self.stage["counts"]
        self.run.log(kind="stage_start", stage=self.name, step=done, steps=self.total, **counts)
        self.notice(f"stage {self.name}: steps {done + 1} to {self.total}")
        began, times = time.monotonic(), []
        course = self.stage["facts"]["course"]
        for step in range(done, self.total):
            started = time.monotonic()
            batch, cut = self.agreed(step)
            if batch is None:
                return self.end(step, began)
            waited = time.monotonic() - started
            rate = learning_rate(course, step)
            results = self.learner.step(batch, step, rate)
            losses = {name[len("loss.") :]: value for name, value in results.items() if name.startswith("loss.")}
            self.expect_finite(losses, step)
            times.append(time.monotonic() - started)
            # The first step loads its program, which is left out of the rate.
            if len(times) > WINDOW or step == done + 1:
                times.pop(0)
            self.told(step + 1, losses, rate, results.get("gradient_norm"), began, times, waited, cut)
            self.position = batch["next"]
            if time.monotonic() - self.saved[1] > self.options.save_seconds and step + 1 < self.total:
                self.save(step + 1, False)
        return self.end(self.total, began)

    def agreed(self, step):
        """The batch of a step, None where the stage stops before it; what all processes agree on. Texts cut, of all."""
        batch, failure = None, None
        try:
            batch = self.batches.next()
        except Exception as error:
            failure = error
        asked, cut = self.stop.signal is not None, 0 if batch is None else batch["cut"]
        if self.ranks is not None:
            everyone = self.ranks.exchange([int(asked), int(failure is not None), cut], False)
            asked, cut = any(each[0] for each in everyone), int(sum(each[2] for each in everyone))
            if failure is None and any(each[1] for each in everyone):
                failure = Mistake("another process could not read its data", "what that process says is the cause")
            if asked and self.stop.signal is None:
                self.stop.signal = 15
        if failure is not None:
            self.save_new(step)
            raise failure
        return (None, 0) if asked else (batch, cut)

    def expect_finite(self, losses, step):
        bad = [name for name, loss in losses.items() if not math.isfinite(loss)]
        if bad:
            raise Mistake(
                f"the loss `{bad[-1]}` of stage `{self.name}` is {losses[bad[-1]]} at step {step + 1}",
                "lower the learning rate, lengthen the warm-up or clip gradients; checkpoints before it are as they were",
            )

    def told(self, step, losses, rate, norm, began, times, waited, cut):
        speed = self.stage["batch"] * len(times) / sum(times)
        self.run.log(
            kind="step",
            stage=self.name,
            step=step,
            loss=losses,
            lr=rate,
            seconds=time.monotonic() - began,
            items_per_second=speed,
            data_seconds=waited,
            gradient_norm=norm,
            **({"texts_cut": cut} if cut else {}),
        )
        if step % WINDOW == 0 or step == self.total:
            loss = f"loss {losses['total']:.4f}, {speed:.1f} items/s"
            self.notice(f"stage {self.name}: step {step} of {self.total}, {loss}")

    def end(self, step, began):
        if self.batches.images is not None and self.batches.images.resized:
            self.notice("images were resized by Pillow, which differs from vlmo by a fraction of a level: see README.md")
        over = step >= self.total
        where = self.save(step, over and not self.stage["evaluated"])
        line = {"step": step, "seconds": time.monotonic() - began, "checkpoint": where, "skipped": 0}
        self.run.log(kind="stage_end", stage=self.name, **line, finished=over and not self.stage["evaluated"])
        if self.ranks is not None:
            self.ranks.exchange([0], True)
        return over

    def save_new(self, step):
        if step > self.saved[0]:
            self.save(step, False)

    def save(self, step, finished):
        """Of several processes the first saves."""
        self.saved = step, time.monotonic()
        if not self.run.writes:
            return None
        before, data = self.earlier or {"data": [], "stages": [], "imported": None}, self.stage["facts"]["data"]
        measured = self.resumed or {"metrics": {}, "best": None}
        facts = {
            **self.stage["facts"],
            "step": step,
            "finished": finished,
            "counters": {},
            "position": self.position,
            "engine": {
                "name": "torch",
                "version": self.worker.facts["engine"],
                "threads": self.worker.facts["threads"],
                "precision": self.plan["precision"],
            },
            "provenance": {
                "data": list(dict.fromkeys([*before["data"], *(each["name"] for each in data)])),
                "stages": [*before["stages"], {"stage": self.name, "steps": step}],
                "imported": before["imported"],
            },
            "metrics": measured["metrics"],
            "score": None,
            "best": measured["best"],
        }
        texts = {}
        for name, file in self.stage["texts"].items():
            with open(os.path.join(self.folder, file), "rb") as source:
                texts[name] = source.read()
        parameters = self.learner.read(self.stage["parameters"])
        state = self.learner.read(self.stage["state"])
        return checkpoints.save(self.run.checkpoints, facts, parameters, state, texts, 1 if finished else 2)
