"""The order of an epoch (runtime/data/batches/order.ts), determined by seed and epoch alone."""

import math

import numpy as np
from noise import shuffled, stream

LEFT_OUT = -1


class Order:
    """`parts`: sets of records that are shuffled separately, with `weight`, `starts` and `buffer` where they have them."""

    def __init__(self, seed, records, places, groups, parts):
        self.seed, self.records, self.groups, self.parts = seed, records, groups, parts
        self.items = np.arange(records)
        if places is not None:
            self.items = np.full(records, LEFT_OUT)
            self.items[places] = np.arange(len(places))
        self.kept = None

    def of(self, epoch):
        """Items, and how often each has been drawn before: two lists."""
        if self.kept is None or self.kept[0] != epoch:
            weighted = self.parts is not None and any("weight" in part for part in self.parts)
            self.kept = epoch, (self.weighted if weighted else self.whole)(epoch)
        return self.kept[1]

    def whole(self, epoch):
        if self.parts is None:
            places = shuffled(np.arange(self.records), self.seed, "order", epoch)
        else:
            orders = [
                [start + place for place in self.streamed(part, "order", epoch, i)]
                for i, (part, start) in enumerate(zip(self.parts, self.starts()))
            ]
            places = in_turn(self.turns([part["records"] for part in self.parts], epoch), orders)
        return self.gathered(self.items[places].tolist(), [epoch] * len(places))

    def weighted(self, epoch):
        counts = quotas([part.get("weight", 0) for part in self.parts], self.records)
        orders = [self.drawn(i, epoch, count) for i, count in enumerate(counts)]
        turns = self.turns(counts, epoch)
        return self.gathered(in_turn(turns, [items for items, _ in orders]), in_turn(turns, [each for _, each in orders]))

    def drawn(self, i, epoch, count):
        """The items of a part; each epoch continues where the previous one stopped."""
        items, rounds, records = [], [], self.parts[i]["records"]
        while len(items) < count:
            at, place = divmod(epoch * count + len(items), records)
            found = self.items[[self.starts()[i] + each for each in self.streamed(self.parts[i], "order", at, i)]]
            rest = self.gathered(found.tolist(), [at] * records)[0][place:][: count - len(items)]
            items += rest
            rounds += [at] * len(rest)
        return items, rounds

    def starts(self):
        return [sum(part["records"] for part in self.parts[:i]) for i in range(len(self.parts))]

    def turns(self, counts, epoch):
        turns = np.repeat(np.arange(len(counts)), counts)
        return shuffled(turns, self.seed, "order", epoch, "mixed") if len(counts) > 1 else turns.tolist()

    def streamed(self, part, *labels):
        """The records of a part: shuffled, or its sections shuffled and drawn through a shuffle buffer."""
        if "starts" not in part:
            return shuffled(np.arange(part["records"]), self.seed, *labels)
        random, starts, buffer = stream(self.seed, *labels), part["starts"], part["buffer"]
        out, held = [], []
        for stretch in random.shuffle(list(range(len(starts)))):
            end = starts[stretch + 1] if stretch + 1 < len(starts) else part["records"]
            for place in range(starts[stretch], end):
                if len(held) < buffer:
                    held.append(place)
                else:
                    drawn = random.integer(buffer)
                    out.append(held[drawn])
                    held[drawn] = place
        return out + random.shuffle(held)

    def gathered(self, items, rounds):
        """Makes the items of a group consecutive; another round of a group counts as another group."""
        if self.groups is None:
            return items, rounds
        found = {}
        for place, (item, again) in enumerate(zip(items, rounds)):
            found.setdefault((again, self.groups[item] if item >= 0 else item), []).append(place)
        places = [place for group in found.values() for place in group]
        return [items[place] for place in places], [rounds[place] for place in places]


def in_turn(turns, lists):
    entries = [iter(each) for each in lists]
    return [next(entries[turn]) for turn in turns]


def quotas(weights, total):
    """Integers in proportion to the weights that sum to `total`, at least one each (runtime/data/batches/quotas.ts)."""
    exact = [weight / sum(weights) * total for weight in weights]
    counts = [max(1, math.floor(count)) for count in exact]
    by_remainder = sorted(range(len(counts)), key=lambda i: (-(exact[i] - counts[i]), i))
    left = total - sum(counts)
    for part in by_remainder[: max(0, left)]:
        counts[part] += 1
    if left < 0:
        counts[counts.index(max(counts))] += left
    return counts
