"""The samples of a stage: their arrays in the folder, and their images, read from the shards at the recorded offsets."""

import os

import numpy as np
from order import Order
from places import file_of
from tensors import read_tensors


class Items:
    def __init__(self, folder, data, shards, seed):
        self.data = data
        self.arrays = read_tensors(os.path.join(folder, data["items"]))
        self.files = [file_of(shards, each) for each in data["files"]]
        self.handles = {}
        groups = self.arrays.get("groups")
        self.order = Order(
            seed,
            data["records"],
            self.arrays.get("places"),
            None if groups is None else groups.tolist(),
            data["parts"],
        )
        if "image_number" in self.arrays:
            self.texts = 1 + int(self.arrays["text_number"].max())
            self.known = np.unique(self.pairs(self.arrays["image_number"], self.arrays["text_number"]))

    def place(self, item):
        """The index that names the random streams of a record."""
        return int(self.arrays["places"][item]) if "places" in self.arrays else item

    def image(self, item, which):
        """The bytes of an image, and its name."""
        file, offset, size = (self.arrays[f"image{which}.{part}"][item] for part in ("file", "offset", "size"))
        path = self.files[int(file)]
        size = min(int(size), self.data["files"][int(file)]["bytes"] - int(offset))
        if path not in self.handles:
            self.handles[path] = os.open(path, os.O_RDONLY)
        data = os.pread(self.handles[path], size, int(offset))
        return data, f"{path} at {int(offset)}"

    def tokens(self, item):
        return self.slice("token_ends", item, "tokens")

    def answers(self, item, count):
        scores = np.zeros(count, np.float32)
        scores[self.slice("answer_ends", item, "answer_index")] = self.slice("answer_ends", item, "answer_score")
        return scores

    def slice(self, ends, item, what):
        start = self.arrays[ends][item - 1] if item > 0 else 0
        return self.arrays[what][start : self.arrays[ends][item]]

    def matches(self, items):
        """1 where the text of the column is known to match the image of the row: float32 [items, items]."""
        images, texts = self.arrays["image_number"][items], self.arrays["text_number"][items]
        return np.isin(self.pairs(images[:, None], texts[None, :]), self.known).astype(np.float32)

    def pairs(self, images, texts):
        return images.astype(np.int64) * self.texts + texts
