"""Batches of a stage, each a function of its position in the data (runtime/data/batches)."""

import os
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import islice

import numpy as np
from images import Images
from masks import mask_patches, mask_tokens
from mistakes import Mistake
from noise import streams

# Random numbers of a stream that are generated together with those of the other samples.
READY = {"augment": 16, "tokens": 64, "patches": 256}


class Batches:
    """`own`: the indices of the samples that this process reads of a batch, out of `batch`."""

    def __init__(self, folder, items, stage, own, position, workers):
        self.items, self.needs, self.seed = items, stage["needs"], stage["seed"]
        self.batch, self.own = stage["batch"], own
        self.vocabulary = vocabulary_of(folder, stage)
        if items.data["length"] < self.batch:
            raise Mistake(
                f"the stage `{stage['name']}` has {items.data['length']} samples, fewer than one batch of {self.batch}",
                "make the batch smaller, or pack more data",
            )
        self.images = Images(self.needs["image"]) if "image" in self.needs else None
        self.decoders = ThreadPoolExecutor(workers)
        self.maker = ThreadPoolExecutor(1)
        self.ahead = self.maker.submit(self.made, position)

    def is_ready(self, seconds):
        """Whether the next batch is ready, or has failed, within some seconds; None: waits for it."""
        return bool(wait([self.ahead], seconds).done)

    def next(self):
        """The batch at the position, while the next one is prefetched."""
        batch = self.ahead.result()
        self.ahead = self.maker.submit(self.made, batch["next"])
        return batch

    def close(self):
        self.maker.shutdown(wait=True, cancel_futures=True)
        self.decoders.shutdown()

    def made(self, position):
        """Whole batches only: the rest of an epoch is dropped."""
        epoch, offset = position["epoch"], position["offset"]
        order, rounds = self.items.order.of(epoch)
        readable = (place for place in range(offset, len(order)) if order[place] >= 0)
        found = list(islice(readable, self.batch))
        if len(found) < self.batch:
            return self.made({"epoch": epoch + 1, "offset": 0})
        chosen, every = [found[number] for number in self.own], [order[place] for place in found]
        items = [order[place] for place in chosen]
        tensors, cut = self.tensors(items, [rounds[place] for place in chosen], np.array(every))
        return {
            "tensors": tensors,
            "numbers": list(self.own),
            "items": items,
            "cut": cut,
            "next": {"epoch": epoch, "offset": found[-1] + 1},
        }

    def tensors(self, items, epochs, every):
        needs, arrays = self.needs, self.items.arrays
        places = np.array([self.items.place(item) for item in items])

        def random(what, suffix=""):
            return streams(READY[what], self.seed, f"{what}{suffix}", np.array(epochs), places)

        tensors, cut = {}, 0
        if "image" in needs:
            names = ["image"] if needs["image"]["count"] == 1 else ["image_0", "image_1"]
            for which, name in enumerate(names):
                draws = random("augment", f" {which}") if needs["image"]["augment"] else [None] * len(items)
                loads = self.decoders.map(lambda item, draw, i=which: self.load(item, i, draw), items, draws)
                tensors[name] = np.stack(list(loads))
        for suffix, masking in needs.get("maskedPatches", {}).items():
            flags = [mask_patches(masking, draw) for draw in random("patches", suffix)]
            tensors[f"patch_mask{suffix}"] = np.stack(flags)
        if "text" in needs:
            texts = [self.text(item) for item in items]
            cut = sum(text["cut"] for text in texts)
            tensors["text_ids"] = np.stack([text["ids"] for text in texts])
            tensors["text_masks"] = np.stack([text["mask"] for text in texts])
            for suffix, masking in needs.get("maskedTokens", {}).items():
                draws = random("tokens", suffix)
                masked = [mask_tokens(text, masking, self.vocabulary, draw) for text, draw in zip(texts, draws)]
                tensors[f"text_ids_mlm{suffix}"] = np.stack([ids for ids, _ in masked])
                tensors[f"text_labels_mlm{suffix}"] = np.stack([labels for _, labels in masked])
        if needs.get("label"):
            tensors["label"] = np.array(arrays["label"][items], np.int32)
        if needs.get("answers"):
            tensors["answer_targets"] = np.stack([self.items.answers(item, needs["answers"]) for item in items])
        if needs.get("matches"):
            tensors["matches"] = self.items.matches(every)
        return tensors, cut

    def load(self, item, which, draw):
        data, name = self.items.image(item, which)
        return self.images.load(data, name, draw)

    def text(self, item):
        """[CLS] … [SEP] and padding, and the index of each token's word: −1 for tokens of none."""
        length, special = self.needs["text"]["length"], self.vocabulary["special"]
        tokens = self.items.tokens(item)
        kept = tokens[: length - 2]
        ids = np.full(length, special["pad"], np.int32)
        ids[0], ids[1 : len(kept) + 1], ids[len(kept) + 1] = special["cls"], kept, special["sep"]
        words, word = [-1] * length, -1
        for i, goes_on in enumerate(self.vocabulary["continues"][kept].tolist()):
            word += not goes_on or word < 0
            words[i + 1] = word
        mask = np.zeros(length, np.float32)
        mask[: len(kept) + 2] = 1
        return {"ids": ids, "mask": mask, "words": words, "length": len(kept) + 2, "cut": len(kept) < len(tokens)}


def vocabulary_of(folder, stage):
    """The vocabulary of a stage's texts: which tokens continue a word, and which are used as random replacements."""
    if stage["special"] is None:
        return None
    with open(os.path.join(folder, stage["texts"]["vocabulary.txt"]), encoding="utf-8") as file:
        tokens = file.read().split("\n")[:-1]
    special = stage["special"]
    return {
        "special": special,
        "size": len(tokens),
        "continues": np.array([token.startswith("##") for token in tokens]),
        "ordinary": [token for token in range(len(tokens)) if token not in special.values()],
    }
