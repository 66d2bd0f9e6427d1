"""One stage: its preparation, steps and checkpoints (runtime/train/stage-run.ts and loop.ts)."""

import math
import os
import time
from types import SimpleNamespace

import checkpoints
import numpy as np
from batches import Batches
from beginning import begin, provenance
from items import Items
from learner import Learner
from mistakes import Mistake, lost_others
from schedule import learning_rate

# The rate is measured over this many steps.
WINDOW = 20


class StageRun:
    def __init__(self, folder, plan, stage, run, worker, ranks, options, stop, notice):
        self.folder, self.plan, self.stage, self.run = folder, plan, stage, run
        self.worker, self.ranks, self.options, self.stop, self.notice = worker, ranks, options, stop, notice
        self.name, self.total = stage["name"], stage["facts"]["course"]["total"]

    def train(self):
        """Trains the stage; returns False if it was asked to stop before its end."""
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
        self.learner = Learner(self.worker, self.worker.torch, self.folder, self.stage, self.ranks)
        self.learner.place(parameters, state)
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

    def same_start(self, done, parameters):
        """Raises unless all processes see the same run folder."""
        if self.ranks is None:
            return
        total = sum(float(np.abs(array).sum(dtype=np.float64)) for array in parameters.values())
        if any(each != [done, total] for each in self.ranks.exchange([done, total], True)):
            raise Mistake(
                f"the processes begin the stage `{self.name}` with different parameters or steps",
                "give all machines the same run folder, on a disk that they share, and the same copy of this folder",
            )

    def own(self):
        """Indices of the samples of a batch that this process reads: an equal share of each micro-batch."""
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
        self.first, self.done = done, done
        self.began = self.before = time.monotonic()
        self.times, self.under = [], []
        course = self.stage["facts"]["course"]
        for step in range(done, self.total):
            asked = time.monotonic()
            read = self.agreed()
            if read is None:
                break
            got, rate = time.monotonic(), learning_rate(course, step)
            told = self.sharing(self.learner.submit, read.batch, step, rate)
            self.under.append(SimpleNamespace(read=read, rate=rate, told=told, asked=asked, got=got))
            # The first step loads its program; later steps are not timed with it.
            self.settle(0 if read.rests or step == done else self.plan["ahead"])
            if read.rests and self.done < self.total:
                self.save(False)
        self.settle(0)
        return self.end()

    def settle(self, left):
        """Waits until at most `left` steps are in flight."""
        while self.under and (len(self.under) > left or self.under[0].told.is_there()):
            self.finish(self.under.pop(0))

    def finish(self, under):
        """Waits for a step and reports its results."""
        results, at = under.told.read(), time.monotonic()
        losses = {name[len("loss.") :]: value for name, value in results.items() if name.startswith("loss.")}
        self.expect_finite(losses)
        # While the previous step was running nothing waited for this one's batch.
        free, self.before = max(under.asked, self.before), at
        waited = max(0, under.got - free)
        self.done += 1
        self.times.append(at - free)
        # The first step loads its program, which is left out of the rate.
        if len(self.times) > WINDOW or self.done == self.first + 2:
            self.times.pop(0)
        self.position = under.read.batch["next"]
        self.told(losses, under.rate, results.get("gradient_norm"), at - self.began, waited, under.read.cut)

    def sharing(self, work, *given):
        """Runs a collective operation. If other processes are lost, saves a checkpoint first, provided this process has the
        full state."""
        try:
            return work(*given)
        except Exception as error:
            lost = lost_others(self.ranks, error)
            if lost is None:
                raise
            self.settle(0)
            if not self.learner.wholes:
                self.save_new()
            raise lost from error

    def agreed(self):
        """The next batch (None where the stage stops before it), and values agreed on by all processes: truncated texts in
        total, and whether to save afterwards."""
        # Steps that finish meanwhile are timed now.
        while not self.batches.is_ready(0.001 if self.under else None):
            self.settle(len(self.under))
        batch, failure = None, None
        try:
            batch = self.batches.next()
        except Exception as error:
            failure = error
        asked, cut = self.stop.signal is not None, 0 if batch is None else batch["cut"]
        rests = time.monotonic() - self.saved[1] > self.options.save_seconds
        if self.ranks is not None:
            brought = [int(asked), int(failure is not None), int(rests), cut]
            everyone = self.sharing(self.ranks.exchange, brought, False)
            asked, failed, rests = (any(each[place] for each in everyone) for place in range(3))
            cut = int(sum(each[3] for each in everyone))
            if failure is None and failed:
                failure = Mistake("another process could not read its data", "what that process says is the cause")
            if asked and self.stop.signal is None:
                self.stop.signal = 15
        if failure is not None:
            self.settle(0)
            self.save_new()
            raise failure
        return None if asked else SimpleNamespace(batch=batch, cut=cut, rests=rests)

    def expect_finite(self, losses):
        bad = [name for name, loss in losses.items() if not math.isfinite(loss)]
        if not bad:
            return
        good = checkpoints.last_good(self.run, self.name, self.done, self.notice)
        where = "" if good is None else f"; the last finite parameters are in {good}"
        raise Mistake(
            f"the loss `{bad[-1]}` of stage `{self.name}` is {losses[bad[-1]]} at step {self.done + 1}",
            f"lower the learning rate, use a longer warm-up or clip gradients{where}",
        )

    def told(self, losses, rate, norm, seconds, waited, cut):
        speed = self.stage["batch"] * len(self.times) / sum(self.times)
        self.run.log(
            kind="step",
            stage=self.name,
            step=self.done,
            loss=losses,
            lr=rate,
            seconds=seconds,
            items_per_second=speed,
            data_seconds=waited,
            gradient_norm=norm,
            **({"texts_cut": cut} if cut else {}),
        )
        if self.done % WINDOW == 0 or self.done == self.total:
            loss = f"loss {losses['total']:.4f}, {speed:.1f} items/s"
            self.notice(f"stage {self.name}: step {self.done} of {self.total}, {loss}")

    def end(self):
        if self.batches.images is not None and self.batches.images.resized:
            self.notice("images were resized by Pillow, which differs from vlmo by a fraction of a level: see README.md")
        over = self.done >= self.total
        finished = over and not self.stage["evaluated"]
        where = self.save(finished)
        line = {"step": self.done, "seconds": time.monotonic() - self.began, "checkpoint": where, "skipped": 0}
        self.run.log(kind="stage_end", stage=self.name, **line, finished=finished)
        if self.ranks is not None:
            self.ranks.exchange([0], True)
        return over

    def save_new(self):
        if self.done > self.saved[0]:
            self.save(False)

    def save(self, finished):
        """The first process saves; where the optimizer's state is sharded, all processes read it."""
        self.saved = self.done, time.monotonic()
        if not self.run.writes:
            if self.learner.wholes:
                self.learner.state()
            return None
        before, data = self.earlier or {"data": [], "stages": [], "imported": None}, self.stage["facts"]["data"]
        measured = self.resumed or {"metrics": {}, "best": None}
        facts = {
            **self.stage["facts"],
            "step": self.done,
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
                "stages": [*before["stages"], {"stage": self.name, "steps": self.done}],
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
        parameters, state = self.learner.parameters(), self.learner.state()
        return checkpoints.save(self.run.checkpoints, facts, parameters, state, texts, 1 if finished else 2)
