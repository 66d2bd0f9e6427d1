# Runs the folder that `vlmo export --to onnx` writes, in plain onnxruntime. Needs the packages numpy, onnxruntime, pillow, tokenizers.
#
#   python run_onnx.py FOLDER photo.jpg "what colour is the dog?"
#   python run_onnx.py FOLDER photo.jpg "a photo of a dog" "a photo of a cat"
#   python run_onnx.py FOLDER photo.jpg "a [MASK] dog"
import json
import re
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps
from tokenizers import Tokenizer

folder, *given = sys.argv[1:]
folder = Path(folder)
files = [each for each in given if re.search(r"\.(png|jpe?g|webp)$", each, re.IGNORECASE)]
texts = [each for each in given if each not in files]


def read(name):
    return json.loads((folder / name).read_text(encoding="utf-8")) if (folder / name).exists() else None


model, preprocessing = read("model.json"), read("preprocessing.json")
labels = (read("labels.json") or {}).get(model["head"]["name"])


def pixels_of(file):
    """float32 [1, 3, size, size], from -1 to 1."""
    settings = preprocessing["image"]
    image = ImageOps.exif_transpose(Image.open(file)).convert("RGBA")
    if settings["background"] is not None:
        image = Image.alpha_composite(Image.new("RGBA", image.size, settings["background"]), image)
    size = (settings["size"], settings["size"])
    image = image.convert(settings["colours"]).resize(size, Image.Resampling.BICUBIC)
    levels = np.asarray(image, np.float32).reshape(*size, -1) * settings["scale"]
    return ((levels - settings["mean"]) / settings["std"]).transpose(2, 0, 1)[None].astype(np.float32)


def tokens_of(text):
    """Token ids of a text, [1, length], and their mask: 1 for tokens, 0 for padding."""
    encoded = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text)
    return {
        "text_ids": np.array([encoded.ids], np.int32),
        "text_masks": np.array([encoded.attention_mask], np.float32),
    }


def run(program, given):
    """The output of a program, logits or a vector, without the batch axis; of `given` it uses only its own inputs."""
    session = onnxruntime.InferenceSession(folder / program["file"])
    [output] = session.run(None, {each["name"]: given[each["name"]] for each in program["inputs"]})
    return output[0]


def shares(logits):
    if model["head"]["activation"] == "sigmoid":
        return 1 / (1 + np.exp(-logits))
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def tell(probabilities, names):
    for index in np.argsort(-probabilities, kind="stable")[:5]:
        print(f"{probabilities[index]:.6f}  {names[index] if names else index}")


images = [pixels_of(file) for file in files]
seen = dict(zip(["image_0", "image_1"], images)) | dict(zip(["image"], images))
if model["head"]["kind"] == "contrastive":
    of_image, of_text = model["programs"]
    looked = run(of_image, seen)
    said = np.stack([run(of_text, tokens_of(text)) for text in texts])
    tell(shares(model["head"]["scale"] * said @ looked), texts)
else:
    asked = tokens_of(texts[0]) if texts else {}
    logits = run(model["programs"][0], seen | asked)
    if logits.ndim == 1:
        tell(shares(logits), labels)
    elif logits.ndim == 2:
        # Predicted tokens for each [MASK], without special tokens and `##` continuations.
        words = (folder / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
        special = preprocessing["text"]["special"]
        is_word = [id not in special.values() and not word.startswith("##") for id, word in enumerate(words)]
        for place in np.flatnonzero(asked["text_ids"][0] == special["mask"]):
            tell(shares(np.where(is_word, logits[place, : len(words)], -np.inf)), words)
    else:
        # A class for each pixel, at the model's image size.
        classes = logits.argmax(-1)
        tell(np.array([(classes == each).mean() for each in range(logits.shape[-1])]), labels)
