"""RandAugment as in vlmo (runtime/data/images/rand-augment.ts): the same bytes for the same random draws."""

import math

import numpy as np

OUTSIDE = (128, 128, 128, 0)


def rand_augment(pixels, count, magnitude, random):
    """Applies `count` random operations to pixels [size, size, channels]."""
    for _ in range(count):
        name = random.pick(OPERATIONS)
        if random.chance(0.5):
            pixels = applied(name, pixels, magnitude / 10, random)
    return pixels


def applied(name, pixels, strength, random):
    if name in MOVES:
        return moved(pixels, MOVES[name](len(pixels), strength, random))
    return COLOURS[name](pixels, strength)


def factor_of(strength):
    return 1.8 * strength + 0.1


def byte(values):
    return np.trunc(np.clip(values, 0, 255)).astype(np.uint8)


def brightness(pixels, strength):
    out = pixels.copy()
    out[..., :3] = byte(pixels[..., :3] * factor_of(strength))
    return out


def sharpness(pixels, strength):
    """Blend of the image with its blur (3 × 3 kernel of ones with five in the centre, / 13); the border is unchanged."""
    size, out, whole = len(pixels), pixels.copy(), pixels[..., :3].astype(np.float64)
    around = sum(whole[y : size - 2 + y, x : size - 2 + x] for y in range(3) for x in range(3))
    inner = whole[1:-1, 1:-1]
    blurred = (around + 4 * inner) / 13
    out[1:-1, 1:-1, :3] = byte(blurred + factor_of(strength) * (inner - blurred))
    return out


def channelwise(table_of):
    def apply(pixels, strength):
        out = pixels.copy()
        for channel in range(3):
            histogram = np.bincount(pixels[..., channel].ravel(), minlength=256)
            out[..., channel] = table_of(histogram)[pixels[..., channel]]
        return out

    return apply


def stretch(histogram):
    filled = np.flatnonzero(histogram)
    low, high = filled[0], filled[-1]
    if high <= low:
        return np.arange(256, dtype=np.uint8)
    return byte((np.arange(256) - low) * 255 / (high - low))


def equalization(histogram):
    filled = histogram[histogram > 0]
    step = int(histogram.sum() - filled[-1]) // 255
    if len(filled) <= 1 or step == 0:
        return np.arange(256, dtype=np.uint8)
    before = step // 2 + np.concatenate(([0], np.cumsum(histogram)[:-1]))
    return byte(before // step)


def signed(value, random):
    return -value if random.chance(0.5) else value


def shift_of(size, strength):
    return 10 / 224 * size * strength


def rotation(size, degrees):
    angle, centre = degrees * math.pi / 180, size / 2
    cos, sin = math.cos(angle), math.sin(angle)
    x, y = (1 - cos) * centre - sin * centre, sin * centre + (1 - cos) * centre
    return cos, sin, x, -sin, cos, y


COLOURS = {
    "identity": lambda pixels, strength: pixels,
    "auto_contrast": channelwise(stretch),
    "equalize": channelwise(equalization),
    "brightness": brightness,
    "sharpness": sharpness,
}
MOVES = {
    "shear_x": lambda size, strength, random: (1, signed(0.3 * strength, random), 0, 0, 1, 0),
    "shear_y": lambda size, strength, random: (1, 0, 0, signed(0.3 * strength, random), 1, 0),
    "translate_x": lambda size, strength, random: (1, 0, signed(shift_of(size, strength), random), 0, 1, 0),
    "translate_y": lambda size, strength, random: (1, 0, 0, 0, 1, signed(shift_of(size, strength), random)),
    "rotate": lambda size, strength, random: rotation(size, signed(30 * strength, random)),
}
OPERATIONS = [*COLOURS, *MOVES]


def moved(pixels, matrix):
    """Applies an affine transform with bilinear interpolation; `OUTSIDE` where the source is outside the image."""
    a, b, c, d, e, f = matrix
    size, channels = len(pixels), pixels.shape[2]
    determinant = a * e - b * d
    row, column = np.mgrid[0:size, 0:size]
    x, y = column - c, row - f
    from_x, from_y = (e * x - b * y) / determinant, (a * y - d * x) / determinant
    left, top = np.floor(from_x).astype(np.int64), np.floor(from_y).astype(np.int64)
    right, down = (from_x - left)[..., None], (from_y - top)[..., None]
    # A border of outside pixels: everything beyond it is outside, too.
    padded = np.empty((size + 2, size + 2, channels), np.float64)
    padded[:] = OUTSIDE[:channels]
    padded[1:-1, 1:-1] = pixels

    def at(x, y):
        return padded[np.clip(y, -1, size) + 1, np.clip(x, -1, size) + 1]

    upper = at(left, top) * (1 - right) + at(left + 1, top) * right
    lower = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right
    return np.floor(upper * (1 - down) + lower * down + 0.5).astype(np.uint8)
