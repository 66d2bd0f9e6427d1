"""Masks: which patches or tokens are to be predicted (runtime/data/batches/mask-patches.ts and mask-tokens.ts)."""

import math

import numpy as np
from noise import rounded

IGNORED = -100
TRIES = 10
LOG_ASPECT = math.log(1 / 0.3)


def masked_patch_count(masking):
    rows, columns = masking["grid"]
    return max(1, rounded(masking["ratio"] * rows * columns))


def mask_patches(masking, random):
    """1 for masked patches: float32 [rows · columns]."""
    rows, columns = masking["grid"]
    hidden = [0] * (rows * columns)
    if masking["shape"] == "blockwise":
        hide_blocks(hidden, masking, random)
    if masking["shape"] == "random" or masking.get("variant") != "original":
        visible = [patch for patch, flag in enumerate(hidden) if flag == 0]
        missing = masked_patch_count(masking) - (len(hidden) - len(visible))
        for patch in random.shuffle(visible)[: max(0, missing)]:
            hidden[patch] = 1
    return np.array(hidden, np.float32)


def hide_blocks(hidden, masking, random):
    target, count = masked_patch_count(masking), 0
    while count < target:
        for _ in range(TRIES):
            added = hide_block(hidden, masking["grid"], target - count, random)
            if added > 0:
                break
        if added == 0:
            return
        count += added


def hide_block(hidden, grid, most, random):
    """Masks a rectangle if that adds at least one patch and at most `most`; returns how many it added."""
    rows, columns = grid
    smallest = max(1, rounded(16 / 196 * len(hidden)))
    area = smallest + (most - smallest) * random.uniform()
    aspect = math.exp((2 * random.uniform() - 1) * LOG_ASPECT)
    height, width = rounded(math.sqrt(area * aspect)), rounded(math.sqrt(area / aspect))
    if height >= rows or width >= columns:
        return 0
    top, left = random.integer(rows - height + 1), random.integer(columns - width + 1)
    places = [row * columns + column for row in range(top, top + height) for column in range(left, left + width)]
    added = [patch for patch in places if hidden[patch] == 0]
    if len(added) > most:
        return 0
    for patch in added:
        hidden[patch] = 1
    return len(added)


def mask_tokens(text, masking, vocabulary, random):
    """The ids with masked tokens, and the labels: int32 [length] each."""
    variant = masking.get("variant", "default")
    ids, labels = text["ids"].copy(), np.full(len(text["ids"]), IGNORED, np.int32)
    for position in CHOOSERS[variant](text, masking, random):
        labels[position] = text["ids"][position]
        if variant == "left_to_right" or random.chance(0.8):
            ids[position] = vocabulary["special"]["mask"]
        elif random.chance(0.5):
            any_of = vocabulary["ordinary"]
            ids[position] = random.integer(vocabulary["size"]) if variant == "original" else random.pick(any_of)
    return ids, labels


def by_share(text, masking, random):
    groups = groups_of(text, masking["wholeWord"])
    real = sum(map(len, groups))
    return within(max(1, rounded(masking["probability"] * real)), random.shuffle(groups), 1)


def original(text, masking, random):
    if not masking["wholeWord"]:
        groups = groups_of(text, False)
        return [position for group in groups if random.chance(masking["probability"]) for position in group]
    length, real = len(text["ids"]), text["length"]
    candidates = random.shuffle(groups_of(text, True) + [[position] for position in range(real, length)])
    budget = max(1, rounded(masking["probability"] * length))
    return [position for position in within(budget, candidates, 0) if position < real]


def of_all(text, masking, random):
    real = list(range(1, text["length"]))
    return random.shuffle(real)[: max(1, rounded(masking["probability"] * len(real)))]


CHOOSERS = {"default": by_share, "original": original, "left_to_right": of_all}


def within(budget, groups, at_least):
    """Positions of the groups that fit into the budget, in their order; the first `at_least` in any case."""
    chosen = []
    for i, group in enumerate(groups):
        if i < at_least or len(chosen) + len(group) <= budget:
            chosen += group
    return chosen


def groups_of(text, whole_word):
    """The positions that may be masked, grouped by word or singly."""
    groups, before = [], -1
    for position, word in enumerate(text["words"]):
        if word < 0:
            continue
        if whole_word and groups and before == word:
            groups[-1].append(position)
        else:
            groups.append([position])
        before = word
    return groups
