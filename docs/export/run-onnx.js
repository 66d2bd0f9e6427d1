// Runs the folder that `vlmo export --to onnx` writes, in plain onnxruntime. Needs the packages @huggingface/tokenizers, onnxruntime-node, sharp.
//
//   node run-onnx.js FOLDER photo.jpg "what colour is the dog?"
//   node run-onnx.js FOLDER photo.jpg "a photo of a dog" "a photo of a cat"
//   node run-onnx.js FOLDER photo.jpg "a [MASK] dog"
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import ort from "onnxruntime-node";
import sharp from "sharp";

const [folder = ".", ...given] = process.argv.slice(2);
const images = given.filter((each) => /\.(png|jpe?g|webp)$/i.test(each));
const texts = given.filter((each) => !images.includes(each));
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const [model, preprocessing] = [read("model.json"), read("preprocessing.json")];
const labels = existsSync(join(folder, "labels.json")) ? read("labels.json")[model.head.name] : undefined;
const tokenizer = preprocessing.text && new Tokenizer(read("tokenizer.json"), read("tokenizer_config.json"));

/** float32 [1, channels, size, size], from -1 to 1. */
async function pixelsOf(file) {
  const { size, colours, background, scale, mean, std } = preprocessing.image;
  const upright = sharp(file).autoOrient();
  const whole = background === null ? upright.ensureAlpha() : upright.flatten({ background });
  const how = { fit: "fill", kernel: "cubic", fastShrinkOnLoad: false };
  const { data: bytes, info } = await whole
    .toColourspace("srgb")
    .resize(size, size, how)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const channels = mean.length;
  const levelOf = (pixel, channel) => {
    const [red, green, blue] = bytes.subarray(pixel * info.channels);
    return colours === "L"
      ? Math.round(0.299 * red + 0.587 * green + 0.114 * blue)
      : bytes[pixel * info.channels + channel];
  };
  const data = Float32Array.from({ length: channels * size ** 2 }, (_, i) => {
    const channel = Math.floor(i / size ** 2);
    return (levelOf(i % size ** 2, channel) * scale - mean[channel]) / std[channel];
  });
  return new ort.Tensor("float32", data, [1, channels, size, size]);
}

/** Token ids of a text, [1, length], and their mask: 1 for tokens, 0 for padding. */
function tokensOf(text) {
  const { length, special } = preprocessing.text;
  const { ids } = tokenizer.encode(text);
  const kept = ids.length <= length ? ids : [...ids.slice(0, length - 1), special.sep];
  const row = Int32Array.from({ length }, (_, i) => kept[i] ?? special.pad);
  const mask = Float32Array.from({ length }, (_, i) => Number(i < kept.length));
  return { text_ids: new ort.Tensor("int32", row, [1, length]), text_masks: new ort.Tensor("float32", mask, [1, length]) };
} // prettier-ignore

/** The output of a program, logits or a vector; of `given` it uses only its own inputs. */
async function run({ file, inputs }, given) {
  const session = await ort.InferenceSession.create(join(folder, file));
  const { logits, vector } = await session.run(Object.fromEntries(inputs.map(({ name }) => [name, given[name]])));
  return logits ?? vector;
}

function shares(logits) {
  if (model.head.activation === "sigmoid") return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  return powers.map((power) => power / powers.reduce((sum, each) => sum + each, 0));
}

function tell(probabilities, names) {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]).slice(0, 5);
  for (const index of order) console.log(`${probabilities[index].toFixed(6)}  ${names?.[index] ?? index}`);
}

const [image, second] = await Promise.all(images.map(pixelsOf));
const seen = { image, image_0: image, image_1: second };
if (model.head.kind === "contrastive") {
  const [ofImage, ofText] = model.programs;
  const { data: looked } = await run(ofImage, seen);
  const products = [];
  for (const text of texts) {
    const { data: said } = await run(ofText, tokensOf(text));
    products.push(model.head.scale * looked.reduce((sum, value, i) => sum + value * said[i], 0));
  }
  tell(shares(products), texts);
} else {
  const [text = ""] = texts;
  const asked = tokenizer === undefined ? {} : tokensOf(text);
  const { data, dims } = await run(model.programs[0], { ...seen, ...asked });
  const width = dims.at(-1);
  if (dims.length === 2) tell(shares([...data]), labels);
  else if (dims.length === 3) {
    // Predicted tokens for each [MASK], without special tokens and `##` continuations.
    const words = readFileSync(join(folder, "vocab.txt"), "utf8").trimEnd().split("\n");
    const special = Object.values(preprocessing.text.special);
    const isWord = (id) => !special.includes(id) && !words[id].startsWith("##");
    for (const [place, token] of asked.text_ids.data.entries()) {
      if (token !== preprocessing.text.special.mask) continue;
      const logits = data.slice(place * width, place * width + words.length);
      tell(shares([...logits].map((logit, id) => (isWord(id) ? logit : -Infinity))), words);
    }
  } else {
    // A class for each pixel, at the model's image size.
    const counts = Array(width).fill(0);
    for (let at = 0; at < data.length; at += width) {
      const pixel = data.slice(at, at + width);
      counts[pixel.indexOf(Math.max(...pixel))] += width / data.length;
    }
    tell(counts, labels);
  }
} // prettier-ignore
