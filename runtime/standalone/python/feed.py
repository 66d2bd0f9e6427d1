"""The inputs of a program that are neither parameters nor state: batch tensors, derived ones, counts, noise
(runtime/program/feed.ts)."""

import math

import numpy as np
from noise import keys_of, uniforms

TYPES = {"float32": np.float32, "int32": np.int32, "uint8": np.uint8}
BELOW_ONE = 1 - 2.0**-24


def feed(program, batch, whole, scalars, naming):
    """Arrays by name; `naming` is the seed and labels of the noise, and the indices of the samples."""
    return {name: supplied(name, entry, batch, whole, scalars, naming) for name, entry in program["feeds"].items()}


def supplied(name, entry, batch, whole, scalars, naming):
    dtype, shape = TYPES[entry["dtype"]], entry["shape"]
    if name in batch:
        return cut(batch[name], shape).astype(dtype, copy=False)
    if name in scalars:
        return np.array(scalars[name], dtype)
    if "gathering" in entry:
        rows = whole[entry["gathering"]["from"]][batch[entry["gathering"]["rows"]]]
        return cut(rows, shape).astype(dtype, copy=False)
    if "derivation" in entry and entry["derivation"]["from"] in batch:
        return derived(entry["derivation"], batch, dtype, shape)
    if "noise" in entry:
        return drawn(name, entry["noise"], batch, *naming)
    if entry["fallback"] is None:
        raise RuntimeError(f"nothing supplies {name}")
    return np.full(shape, entry["fallback"], dtype)


def cut(array, shape):
    """The start of every row, where a program leaves out common padding."""
    if array.ndim == 2 and len(shape) == 2 and array.shape[0] == shape[0] and shape[1] < array.shape[1]:
        return array[:, : shape[1]]
    return array


def derived(derivation, batch, dtype, shape):
    source = cut(batch[derivation["from"]], derivation["shape"]).reshape(-1)
    positions = np.flatnonzero(source != derivation["ignore"])
    out = np.zeros(shape, dtype)
    kinds = {"positions": lambda: positions, "values": lambda: source[positions], "valid": lambda: 1}
    out[: len(positions)] = kinds[derivation["kind"]]()
    return out


def drawn(name, noise, batch, labels, numbers):
    """Each sample draws from streams of its own, so that a step draws the same numbers wherever the sample is."""
    shape, axis, of = noise["shape"], noise["items"], noise.get("of")
    rows, items = shape[axis], len(numbers)
    numbered = np.resize(numbers, rows) if of is None else np.asarray(batch[of["rows"]])
    own = shape[:axis] + shape[axis + 1 :]
    blocks = np.arange(rows) // items
    keys = keys_of(*labels, name if of is None else of["name"], blocks, numbered)
    draws = uniforms(keys, math.prod(own))
    if noise["kind"] == "gumbel":
        values = -np.log(-np.log(draws + 2.0**-54))
    else:
        kept = np.repeat(noise["keep"], draws.shape[1] // len(noise["keep"]))
        low = np.minimum(draws, BELOW_ONE).astype(np.float32).astype(np.float64)
        values = np.where(low < kept, 1 / kept, 0)
    return np.moveaxis(values.astype(np.float32).reshape([rows, *own]), 0, axis)


def counted(count, batch, items, ranks):
    """The contribution of a batch to the denominator of a mean."""
    kind = count["kind"]
    if kind == "items":
        return items
    if kind == "flags":
        return items + sum(int(np.count_nonzero(batch[name])) for name in count["of"] if name in batch)
    if kind == "pairs":
        matches = None if count["matches"] is None else batch.get(count["matches"])
        return items + negatives(matches, items * ranks) / ranks
    return int(np.count_nonzero(batch[count["from"]] != count["ignore"])) if count["from"] in batch else 0


def negatives(matches, items):
    """Rows and columns with a negative: a 0 off the diagonal."""
    if matches is None:
        return 2 * items if items > 1 else 0
    wrong = (matches == 0) & ~np.eye(items, dtype=bool)
    return int(wrong.any(axis=0).sum() + wrong.any(axis=1).sum())


def sizes_of(stage, batch, texts):
    """The program sizes that a batch needs: the longest text among all it may read, 0 without texts, and the number of masked
    positions."""
    sizes, words = [0], 0
    for name, array in texts.items():
        ignore = 0 if name == "text_masks" else -100 if name.startswith("text_labels_mlm") else None
        if ignore is not None:
            columns = np.flatnonzero((array != ignore).any(axis=0))
            words = max(words, 1, 1 + int(columns[-1]) if len(columns) else 1)
            sizes[0] = words
    for mask in stage["masks"]:
        source = batch.get(mask["from"])
        sizes.append(0 if source is None else int(np.count_nonzero(source != mask["ignore"])))
    return sizes
