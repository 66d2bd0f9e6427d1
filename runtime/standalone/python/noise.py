"""The seeded generator of vlmo (runtime/random.ts): Threefry-2x32 with 20 rounds (Salmon et al., SC 2011), for many streams at once.

A stream is named by a seed and labels. Uniform numbers equal those of vlmo bit for bit; their logarithms may differ in the last
place.
"""

import math

import numpy as np

PARITY = np.uint32(0x1BD11BDA)
TURNS = ((13, 15, 26, 6), (17, 29, 16, 24))


def threefry(keys, first, second):
    """Hashes counters under keys: pairs of uint32 arrays that broadcast."""
    key0, key1 = keys
    all_keys = (key0, key1, PARITY ^ key0 ^ key1)
    x0, x1 = first + key0, second + key1
    for group in range(5):
        for turn in TURNS[group % 2]:
            x0 = x0 + x1
            x1 = ((x1 << np.uint32(turn)) | (x1 >> np.uint32(32 - turn))) ^ x0
        x0 = x0 + all_keys[(group + 1) % 3]
        x1 = x1 + all_keys[(group + 2) % 3] + np.uint32(group + 1)
    return x0, x1


def keys_of(*labels):
    """The keys of streams. A label is a number, a text, or an array of numbers, one for each stream."""
    keys = words(0x766C6D6F), words(len(labels))
    for label in labels:
        if isinstance(label, str):
            keys = threefry(keys, words(0x737472), words(len(label)))
            units = [ord(letter) for letter in label] + [0x10000]
            for i in range(0, len(label), 2):
                keys = threefry(keys, words(units[i]), words(units[i + 1]))
        else:
            bits = np.atleast_1d(np.asarray(label, np.float64) + 0.0).view(np.uint32).reshape(-1, 2)
            keys = threefry(keys, words(0x6E756D), words(0))
            keys = threefry(keys, bits[:, 0], bits[:, 1])
    return keys


def words(number):
    return np.array([number], np.uint32)


def uniforms(keys, count, start=0):
    """The numbers of each stream from index `start`, float64 [streams, count]."""
    counters = np.arange(start, start + count, dtype=np.uint32)
    high, low = threefry((keys[0][:, None], keys[1][:, None]), counters, words(0))
    whole = (high >> np.uint32(5)).astype(np.float64) * 0x4000000 + (low >> np.uint32(6))
    return whole / 2.0**53


class Stream:
    """One stream, read number by number. Its first numbers may have been generated for many streams together."""

    def __init__(self, keys, ready=()):
        self.keys, self.ready, self.at, self.start = keys, ready, 0, 0

    def uniform(self):
        if self.at == len(self.ready):
            self.start += self.at
            self.ready = uniforms(self.keys, max(64, 2 * self.at), self.start)[0].tolist()
            self.at = 0
        self.at += 1
        return self.ready[self.at - 1]

    def integer(self, count):
        return math.floor(self.uniform() * count)

    def chance(self, probability):
        return self.uniform() < probability

    def pick(self, entries):
        return entries[self.integer(len(entries))]

    def shuffle(self, entries):
        """In place (Fisher-Yates)."""
        for i in range(len(entries) - 1, 0, -1):
            j = self.integer(i + 1)
            entries[i], entries[j] = entries[j], entries[i]
        return entries


def stream(*labels):
    return Stream(keys_of(*labels))


def streams(count, *labels):
    """A stream for each entry of the labels that are arrays, with the first `count` numbers of each."""
    high, low = keys_of(*labels)
    return [
        Stream((high[i : i + 1], low[i : i + 1]), row) for i, row in enumerate(uniforms((high, low), count).tolist())
    ]


def shuffled(numbers, *labels):
    """A long list of numbers, shuffled as by `Stream.shuffle`."""
    numbers = np.asarray(numbers).tolist()
    sizes = np.arange(len(numbers), 1, -1)
    picks = np.floor(uniforms(keys_of(*labels), len(sizes))[0] * sizes).astype(np.int64).tolist()
    for i, j in zip(range(len(numbers) - 1, 0, -1), picks):
        numbers[i], numbers[j] = numbers[j], numbers[i]
    return numbers


def rounded(number):
    """Rounds to the nearest integer, halves up, as JavaScript does."""
    return math.floor(number + 0.5)
