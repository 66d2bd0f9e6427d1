"""Pixels: decoded, augmented by the same random draws as in vlmo (runtime/data/images), as bytes [channels, size, size].

Images as `vlmo data pack --stage` writes them need NumPy alone; others, and crops, are Pillow's.
"""

import io
import math
import struct
import zlib

import numpy as np
from mistakes import Mistake
from noise import rounded
from rand_augment import rand_augment

ASPECT = (3 / 4, 4 / 3)
PACK = "pack the data with `vlmo data pack FILE DATA --stage STAGE`, which stores images as the stage reads them"


class Images:
    """Decodes images for a stage; `resized`: whether any was of another size, and was resized by Pillow."""

    def __init__(self, wanted):
        self.size, self.channels, self.steps = wanted["size"], wanted["channels"], wanted["augment"]
        self.resized = False

    def load(self, data, name, random):
        pixels, steps = self.decoded(data, name), self.steps
        # A crop is taken from the file's own pixels, not from the resized square.
        if not steps or steps[0]["kind"] != "resized_crop":
            pixels = self.squared(pixels)
        for step in steps:
            pixels = getattr(self, step["kind"])(pixels, step, random)
        return self.planes(pixels)

    def decoded(self, data, name):
        """[height, width, 3], or 4 channels for a model that reads transparency."""
        pixels = plain_png(data)
        if pixels is None:
            pixels = by_pillow(data, name)
        transparent = pixels.shape[2] == 4
        if transparent and self.channels != 4:
            raise Mistake(f"{name} has transparency, which the model does not read", PACK)
        if not transparent and self.channels == 4:
            return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
        return pixels

    def squared(self, pixels):
        if pixels.shape[:2] == (self.size, self.size):
            return pixels
        self.resized = True
        from PIL import Image

        return np.asarray(Image.fromarray(pixels).resize((self.size, self.size), Image.Resampling.BICUBIC))

    def resized_crop(self, pixels, step, random):
        left, top, right, bottom = region(pixels.shape[1], pixels.shape[0], step, random)
        return self.squared(pixels[top:bottom, left:right])

    def flip(self, pixels, step, random):
        return pixels[:, ::-1] if random.chance(0.5) else pixels

    def rand_augment(self, pixels, step, random):
        return rand_augment(pixels, step["count"], step["magnitude"], random)

    def planes(self, pixels):
        if self.channels == 1:
            red, green, blue = (pixels[..., channel].astype(np.int64) for channel in range(3))
            return ((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16).astype(np.uint8)[None]
        return pixels.transpose(2, 0, 1)


def plain_png(data):
    """The pixels of a non-interlaced 8-bit RGB or RGBA PNG with unfiltered rows; None for any other file."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return None
    at, packed, form = 8, [], None
    while at + 8 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length
        if kind == b"IHDR":
            form = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed.append(body)
        elif kind in (b"iCCP", b"tRNS", b"eXIf"):
            return None
    width, height, bits, colour, _, _, interlaced = form
    channels = {2: 3, 6: 4}.get(colour)
    if bits != 8 or channels is None or interlaced:
        return None
    rows = np.frombuffer(zlib.decompress(b"".join(packed)), np.uint8).reshape(height, 1 + width * channels)
    return None if rows[:, 0].any() else rows[:, 1:].reshape(height, width, channels)


def by_pillow(data, name):
    try:
        from PIL import Image
    except ModuleNotFoundError as error:
        remedy = f"install Pillow (`pip install pillow`); or {PACK}, and build the folder on them"
        raise Mistake(f"{name} is no PNG as vlmo packs them: Pillow, which reads others, is missing", remedy) from error
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
    except Exception as error:
        raise Mistake(f"{name} is no image that Pillow reads: {error}", PACK) from error
    if image.mode not in ("RGB", "RGBA", "L") or image.getexif().get(0x0112, 1) != 1 or "icc_profile" in image.info:
        about = "turned by its EXIF data, in other colours than RGB, or has a profile"
        raise Mistake(f"{name} is {about}, which vlmo applies and this program does not", PACK)
    return np.asarray(image.convert("RGB") if image.mode == "L" else image)


def region(width, height, step, random):
    """torchvision's RandomResizedCrop: ten tries, then the largest central crop of an allowed aspect ratio."""
    least, most = step["area"]
    for _ in range(10):
        area = width * height * (least + (most - least) * random.uniform())
        ratio = math.exp(math.log(ASPECT[0]) + math.log(ASPECT[1] / ASPECT[0]) * random.uniform())
        w, h = rounded(math.sqrt(area * ratio)), rounded(math.sqrt(area / ratio))
        if 1 <= w <= width and 1 <= h <= height:
            left, top = random.integer(width - w + 1), random.integer(height - h + 1)
            return left, top, left + w, top + h
    ratio = min(max(width / height, ASPECT[0]), ASPECT[1])
    w, h = max(1, min(width, rounded(height * ratio))), max(1, min(height, rounded(width / ratio)))
    left, top = (width - w) >> 1, (height - h) >> 1
    return left, top, left + w, top + h
