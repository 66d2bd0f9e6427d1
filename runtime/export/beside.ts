// Files needed beside a model's weights: the tokenizer, the names of classes and answers, and the preprocessing of images and
// texts.
import type { ImageSpec } from "../../compiler/index.js";
import { tokenizerFiles } from "../data/index.js";
import type { TrainedModel } from "../predict/model.js";
import { json, type Content } from "./format.js";

/** Files beside the weights, by name. */
export function filesBeside(model: TrainedModel): Map<string, Content> {
  return new Map([
    ...tokenizerOf(model),
    ...(model.labels.size === 0 ? [] : [["labels.json", json(Object.fromEntries(model.labels))] as const]),
    ["preprocessing.json", json(preprocessing(model))],
  ]);
}

/** The tokenizer's files, where the model reads texts. */
export function tokenizerOf({ tokenizer, stage: { model } }: TrainedModel): Map<string, Content> {
  if (tokenizer === null || model.text === null) return new Map();
  return new Map([...tokenizerFiles(tokenizer, model.text.length)].map(([name, text]) => [name, { text }]));
}

/** Grey is the luma of ITU-R BT.601. */
const colours = { 1: "L", 3: "RGB", 4: "RGBA" } as const satisfies Record<ImageSpec["channels"], string>;

/** Preprocessing as in runtime/data/images: the whole image, upright, resized to a square, scaled from 0 … 255 to −1 … 1. */
export function imageSettings({ size, channels }: ImageSpec) {
  const half = Array<number>(channels).fill(0.5);
  return {
    ...{ size, colours: colours[channels], interpolation: "bicubic", crop: null },
    ...{ scale: 1 / 255, mean: half, std: half, layout: "NCHW" },
    ...{ upright: true, background: channels === 4 ? null : "white" },
  };
}

function preprocessing({ tokenizer, stage: { model } }: TrainedModel): object {
  const { image, text } = model;
  return {
    ...(image !== null && { image: imageSettings(image) }),
    ...(text !== null && tokenizer !== null && { text: { length: text.length, lowercase: true, special: tokenizer.special } }),
  };
} // prettier-ignore
