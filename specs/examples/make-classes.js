// Builds a folder of images by class, cropped from COCO's images, for classification.vlmo.
//   node specs/examples/make-classes.js COCO OUT
// COCO holds `instances_train2017.json`, `train2017` and the same for `val2017`; OUT gets `train` and `val`, with the same
// classes: the ten with most objects in the split where they have fewer. Objects are cropped to their boxes; small ones are
// left out, and each class is limited to twelve, to keep the classes balanced.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import sharp from "sharp";

import { folders, readInstances } from "./coco.js";

const [coco, out] = folders("make-classes.js");
const classes = 10;
/** Images of a class per split. */
const most = 12;
/** Pixels of the shorter side. */
const least = 16;

const splits = ["train", "val"].map((split) => {
  const images = readInstances(coco, split);
  const boxes = images.flatMap(({ id, file, objects }) =>
    objects
      .filter(({ crowd, box: [, , width, height] }) => !crowd && Math.min(width, height) >= least)
      .map(({ name, box }, i) => ({ name, box, file, as: `${id}-${i}.png` })),
  );
  return { split, boxes };
});

const count = (name) => Math.min(...splits.map(({ boxes }) => boxes.filter((box) => box.name === name).length));
const names = [...new Set(splits.flatMap(({ boxes }) => boxes.map(({ name }) => name)))];
const kept = names.toSorted((a, b) => count(b) - count(a) || a.localeCompare(b)).slice(0, classes);

for (const { split, boxes } of splits) {
  for (const name of kept) {
    const folder = join(out, split, name.replaceAll(" ", "_"));
    mkdirSync(folder, { recursive: true });
    const cut = boxes.filter((box) => box.name === name).slice(0, most);
    for (const { box, file, as } of cut) {
      const [left, top, width, height] = box.map(Math.floor);
      await sharp(file).extract({ left, top, width, height }).png().toFile(join(folder, as));
    }
    console.log(`${split}/${name}: ${cut.length}`);
  }
}
