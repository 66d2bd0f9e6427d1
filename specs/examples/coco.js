// Shared by the make-*.js scripts: COCO's instances by image, and seeded random choices.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The images of `instances_{split}2017.json` in `folder`, each `{ id, file, objects: [{ name, box, crowd }] }`. */
export function readInstances(folder, split) {
  const { images, annotations, categories } = readJson(join(folder, `instances_${split}2017.json`));
  const names = new Map(categories.map(({ id, name }) => [id, name]));
  const byId = new Map(
    images.map(({ id, file_name: name }) => [id, { id, file: join(folder, `${split}2017`, name), objects: [] }]),
  );
  for (const { image_id: id, category_id: category, bbox: box, iscrowd } of annotations) {
    byId.get(id)?.objects.push({ name: names.get(category), box, crowd: iscrowd === 1 });
  }
  return [...byId.values()];
}

/** Random choices determined by `seed` alone (mulberry32). */
export function choices(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, of: (list) => list[Math.floor(next() * list.length)] };
}

/** `a dog`, `an oven`, `a pair of skis`. */
export function one(name) {
  if (["skis", "scissors"].includes(name)) return `a pair of ${name}`;
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`;
}

/** The folders COCO and OUT from the command line; prints the usage of the script where they are missing. */
export function folders(script) {
  const [coco, out, ...more] = process.argv.slice(2);
  if (coco === undefined || out === undefined || more.length > 0) {
    end(`usage: node specs/examples/${script} COCO OUT`);
  }
  return [coco, out];
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return end(`cannot read ${file}; COCO is a folder with instances_train2017.json and instances_val2017.json`);
  }
}

/** Prints the error, and exits. */
export function end(message) {
  console.error(message);
  process.exit(2);
}
