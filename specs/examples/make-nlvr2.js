// Builds sentences about two of COCO's images in NLVR2's JSON lines, for nlvr2.vlmo.
//   node specs/examples/make-nlvr2.js COCO OUT
// COCO holds `instances_train2017.json`, `train2017` and the same for `val2017`; OUT gets `train.json` and `dev.json`, one
// sentence with two images per line, and the images in the folders `train` and `dev` under NLVR2's names, `dev-850-0-img0.png`.
// Each sentence comes with four pairs, true of two and false of two, so that the sentence alone does not give the answer.
// Everything is determined by a seed.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import sharp from "sharp";

import { choices, end, folders, one, readInstances } from "./coco.js";

const [coco, out] = folders("make-nlvr2.js");
const { of } = choices(1);
const pixels = 96;
/** Images per split for pairs: all pairs are examined. */
const most = 100;
const splits = [
  { name: "train", from: "train", sentences: 100 },
  { name: "dev", from: "val", sentences: 40 },
];

const shows = ({ objects }, name) => objects.some((object) => object.name === name);

const templates = [
  { text: (name) => `One of the images shows ${one(name)}.`, holds: (left, right) => left !== right },
  { text: (name) => `Both images show ${one(name)}.`, holds: (left, right) => left && right },
  { text: (name) => `The left image shows ${one(name)}.`, holds: (left) => left },
  { text: (name) => `The right image shows ${one(name)}.`, holds: (_, right) => right },
];

/** The sentences usable on these images: true of at least two pairs of them, and false of two. */
function sentencesOn(images) {
  const pairs = images.flatMap((left) => images.filter((right) => right !== left).map((right) => [left, right]));
  const seen = [...new Set(images.flatMap(({ objects }) => objects.map(({ name }) => name)))];
  const all = seen.flatMap((name) =>
    templates.map(({ text, holds }) => {
      const isTrue = (pair) => holds(...pair.map((image) => shows(image, name)));
      return { name, text: text(name), right: pairs.filter(isTrue), wrong: pairs.filter((pair) => !isTrue(pair)) };
    }),
  );
  return all.filter(({ right, wrong }) => right.length >= 2 && wrong.length >= 2);
}

function twoOf(list) {
  const first = of(list);
  return [first, of(list.filter((other) => other !== first))];
}

for (const { name: split, from, sentences } of splits) {
  const images = readInstances(coco, from).slice(0, most);
  const said = sentencesOn(images);
  if (said.length === 0) end(`the ${images.length} images of ${from} are too few, or show all the same`);
  const folder = join(out, split);
  mkdirSync(folder, { recursive: true });
  const small = images.map(({ file }) => sharp(file).resize(pixels, pixels, { fit: "fill" }).png().toBuffer());
  const pngs = new Map((await Promise.all(small)).map((png, i) => [images[i], png]));
  const lines = [];
  for (let set = 0; set < sentences; set++) {
    const { name, text, right, wrong } = of(said);
    const labelled = [...twoOf(right).map((pair) => [pair, "True"]), ...twoOf(wrong).map((pair) => [pair, "False"])];
    for (const [i, [pair, label]] of labelled.entries()) {
      for (const [side, image] of pair.entries()) {
        writeFileSync(join(folder, `${split}-${set}-${i}-img${side}.png`), pngs.get(image));
      }
      lines.push({ identifier: `${split}-${set}-${i}-0`, sentence: text, label, synset: name });
    }
  }
  writeFileSync(join(out, `${split}.json`), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  console.log(`${split}: ${sentences} sentences, ${lines.length} pairs of ${images.length} images`);
}
