import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";

import type { ImageSource } from "../../../runtime/data/sources/data-set.js";
import { createImageLoader } from "../../../runtime/data/images/image.js";
import { captionsOf, LONGEST, type Caption } from "../../../runtime/data/shapes/captions.js";
import { holds, holdsOfPair, type Fact, type PairFact } from "../../../runtime/data/shapes/logic.js";
import { ANSWERS, questionsOf } from "../../../runtime/data/shapes/questions.js";
import { sceneKey, SCENES, scenesOf, SPLITS, type Scene, type Split } from "../../../runtime/data/shapes/scene.js";
import { pairStatementsOf, statementsOf, type Statement } from "../../../runtime/data/shapes/statements.js";
import { isLong } from "../../support/long.js";
import { openShapes } from "../../support/sources.js";
import { guessAccuracy, tokensOf } from "./text-only-guess.js";

const SEED = 1;
const scenes = new Map<Split, Scene[]>();
const captions = new Map<Split, Caption[]>();
const statements = new Map<Split, Statement<Fact>[]>();
const pairStatements = new Map<Split, Statement<PairFact>[]>();

function of<T>(map: ReadonlyMap<Split, T[]>, split: Split): T[] {
  return map.get(split) ?? [];
}

function sceneAt(split: Split, index: number | undefined): Scene {
  const scene = of(scenes, split)[index ?? -1];
  if (scene === undefined) throw new Error(`no scene ${index} in ${split}`);
  return scene;
}

/** Captioned scenes of each split, as all 8,000 of `train` take a while. */
const WRITTEN = isLong ? SCENES : { ...SCENES, train: 2000 };

let train: readonly Scene[] = [];

beforeAll(async () => {
  train = await scenesOf(SEED, "train", SCENES.train);
  for (const split of SPLITS) {
    const list = split === "train" ? train.slice(0, WRITTEN.train) : await scenesOf(SEED, split, SCENES[split]);
    scenes.set(split, list);
    captions.set(split, await captionsOf(SEED, split, list));
    statements.set(split, await statementsOf(SEED, split, list));
    pairStatements.set(split, await pairStatementsOf(SEED, split, list));
  }
});

describe("scenes of `shapes`", () => {
  it("are deterministic by seed", async () => {
    expect(await scenesOf(SEED, "test", 50)).toEqual(of(scenes, "test").slice(0, 50));
    expect(await scenesOf(2, "test", 50)).not.toEqual(of(scenes, "test").slice(0, 50));
  });

  it("never repeat, within or across splits, for any seed", async () => {
    const trained = new Set(train.map(sceneKey));
    const others = (["validation", "test"] as const).flatMap((split) => of(scenes, split).map(sceneKey));
    expect(new Set([...trained, ...others]).size).toBe(9000);
    const elsewhere = [...(await scenesOf(2, "validation", 500)), ...(await scenesOf(3, "test", 500))].map(sceneKey);
    expect(elsewhere.filter((key) => trained.has(key))).toEqual([]);
  });

  it("have one to four objects, each in a separate cell", () => {
    for (const { objects } of of(scenes, "train")) {
      expect(objects.length).toBeGreaterThanOrEqual(1);
      expect(objects.length).toBeLessThanOrEqual(4);
      expect(new Set(objects.map(({ row, column }) => 3 * row + column)).size).toBe(objects.length);
    }
  });
});

describe("captions of `shapes`", () => {
  it.each([
    { split: "train", every: 20 },
    { split: "validation", every: 1 },
    { split: "test", every: 1 },
  ] as const)("are true of exactly one scene of their split, by meaning: $split", ({ split, every }) => {
    const all = of(scenes, split);
    const wrong = of(captions, split).filter(({ facts }, own) => {
      if (own % every !== 0) return false;
      const fitting = all.filter((scene) => facts.every((fact) => holds(fact, scene)));
      return fitting.length !== 1 || fitting[0]?.index !== own;
    });
    expect(wrong).toEqual([]);
  });

  it("mention several objects and fit 32 tokens with [CLS] and [SEP]", () => {
    const lengths = of(captions, "train").map(({ text }) => tokensOf(text).length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(LONGEST);
    expect(lengths.reduce((sum, length) => sum + length, 0) / lengths.length).toBeGreaterThan(15);
  });
});

describe.each(["one image", "two images"] as const)("statements about %s", (about) => {
  const list = (split: Split): Statement<unknown>[] =>
    of<Statement<unknown>>(about === "one image" ? statements : pairStatements, split);

  it.each(SPLITS)("are true or false by meaning, as labelled: %s", (split) => {
    const wrong =
      about === "one image"
        ? of(statements, split).filter(({ fact, scenes, isTrue }) => holds(fact, sceneAt(split, scenes[0])) !== isTrue)
        : of(pairStatements, split).filter(({ fact, scenes: [a, b], isTrue }) => {
            return holdsOfPair(fact, [sceneAt(split, a), sceneAt(split, b)]) !== isTrue;
          });
    expect(wrong).toEqual([]);
  });

  it.each(SPLITS)(
    "come in fours per scene, and every sentence and every picture is balanced between true and false: %s",
    (split) => {
      expect(list(split)).toHaveLength(4 * WRITTEN[split]);
      for (const key of ["text", "scenes"] as const) {
        const balance = new Map<string, number>();
        for (const statement of list(split)) {
          const name = String(statement[key]);
          balance.set(name, (balance.get(name) ?? 0) + (statement.isTrue ? 1 : -1));
        }
        expect([...balance.values()].filter((difference) => difference !== 0)).toEqual([]);
      }
    },
  );

  it.each(["validation", "test"] as const)(
    "cannot be classified from the text alone: naive Bayes reaches 50% on %s",
    (split) => {
      expect(guessAccuracy(list("train"), list(split))).toBe(0.5);
    },
  );
});

describe("guessAccuracy", () => {
  it("detects a label that the words reveal", () => {
    const leaking = of(statements, "train").map(({ text, isTrue }) => ({
      text: `${text} ${isTrue ? "indeed" : "perhaps"}`,
      isTrue,
    }));
    expect(guessAccuracy(leaking.slice(0, 2000), leaking.slice(2000, 3000))).toBe(1);
  });
});

describe("questions of `shapes`", () => {
  it("come in threes per scene, with answers from a closed list, balanced between yes and no", async () => {
    const questions = await questionsOf(SEED, "train", train);
    expect(questions).toHaveLength(3 * SCENES.train);
    expect(questions.filter(({ answer }) => !ANSWERS.includes(answer))).toEqual([]);
    const [yes, no] = ["yes", "no"].map((word) => questions.filter(({ answer }) => answer === word).length);
    expect(Math.abs((yes ?? 0) / ((yes ?? 0) + (no ?? 0)) - 0.5)).toBeLessThan(0.02);
    expect(new Set(questions.map(({ answer }) => answer))).toEqual(new Set(ANSWERS));
  });
});

/** The fields in which an item of a grid differs from the plain item. */
const elsewhere = { name: "", images: [], mask: undefined };

function source(image: ImageSource | undefined): ImageSource {
  if (image === undefined) throw new Error("no image");
  return image;
}

/** The quarters of a square of 192 × 192 pixels, row by row. */
function quartersOf<Data extends Uint8Array | Int32Array>(pixels: Data, channels: number): Data[] {
  const side = 96 * channels;
  return [0, 1, 2, 3].map((cell) => {
    const quarter = pixels.slice(0, 96 * side);
    for (let row = 0; row < 96; row++) {
      const from = (96 * Math.floor(cell / 2) + row) * 2 * side + (cell % 2) * side;
      quarter.set(pixels.subarray(from, from + side), row * side);
    }
    return quarter as Data;
  });
}

describe("the data of `shapes`", () => {
  it("uses fewer than 120 words", async () => {
    const questions = await questionsOf(SEED, "train", of(scenes, "train").slice(0, 1000));
    const said = SPLITS.flatMap((split) => [of(captions, split), of(statements, split), of(pairStatements, split)]);
    const words = new Set([...said, questions].flat().flatMap(({ text }) => tokensOf(text)));
    expect(words.size).toBeLessThan(120);
    expect(words.size).toBeGreaterThan(50);
  });

  it.each([
    { kind: "images", length: 500, images: 1 },
    { kind: "labelled_images", length: 201, images: 1 },
    { kind: "texts", length: 1500, images: 0 },
    { kind: "pairs", length: 500, images: 1 },
    { kind: "questions", length: 1500, images: 1 },
    { kind: "statements", length: 2000, images: 1 },
    { kind: "masks", length: 500, images: 1 },
  ] as const)("include $kind", async ({ kind, length, images }) => {
    const set = await openShapes({ kind, split: "test" });
    expect(set).toHaveLength(length);
    const item = set.item(length - 1);
    expect(item.images).toHaveLength(images);
    expect(set.supplies.has("text")).toBe(item.text !== undefined);
    expect(set.supplies.has("label")).toBe(item.label !== undefined);
    expect(set.supplies.has("answers")).toBe(item.answers !== undefined);
    expect(set.supplies.has("mask")).toBe(item.mask !== undefined);
  });

  it.each([
    { kind: "statements", images: 2 },
    { kind: "statements", images: 1 },
    { kind: "masks", images: 1 },
  ] as const)("arrange $images of $kind in three cells of one image, in order", async ({ kind, images }) => {
    const [apart, together] = [
      await openShapes({ kind, split: "test", images }),
      await openShapes({ kind, split: "test", images, grid: { cells: 3, columns: 2 } }),
    ];
    expect([...together.supplies]).toEqual([...(await openShapes({ kind, split: "test" })).supplies]);
    const loader = createImageLoader(1e7);
    const seen = new Set<string>();
    for (let index = 0; index < 16; index++) {
      const [one, parts] = [together.item(index), apart.item(index)];
      expect({ ...one, ...elsewhere }).toEqual({ ...parts, ...elsewhere });
      expect(one.images).toHaveLength(1);
      const drawn = await Promise.all(parts.images.map(async (image) => (await loader.load(image, 96)).data));
      const quarters = quartersOf((await loader.load(source(one.images[0]), 192)).data, 3);
      const taken = quarters.flatMap((quarter, cell) => (quarter.some((level) => level !== 255) ? [cell] : []));
      expect(taken.map((cell) => quarters[cell])).toEqual(drawn);
      seen.add(taken.join(" "));
      if (parts.mask === undefined) continue;
      const mask = await loader.loadMask(parts.mask, 96);
      const empty = new Int32Array(mask.length);
      const masks = quartersOf(await loader.loadMask(source(one.mask), 192), 1);
      expect(masks).toEqual(masks.map((_, cell) => (taken.includes(cell) ? mask : empty)));
    }
    expect(seen).toEqual(new Set(images === 2 ? ["0 1", "0 2", "1 2"] : ["0", "1", "2"]));
  });

  it("with `scale`, has smaller images in a grid, each at a random position in its cell", async () => {
    const set = await openShapes({
      kind: "images",
      split: "test",
      grid: { cells: 2, columns: 1, scale: [0.5, 0.5] },
    });
    const [loader, places] = [createImageLoader(1e7), new Set<string>()];
    for (let index = 0; index < 20; index++) {
      const { size, data } = await loader.load(source(set.item(index).images[0]), 96);
      const inked = [...Array(size * size).keys()].filter((at) => data[3 * at] !== 255);
      const [columns, rows] = [inked.map((at) => at % size), inked.map((at) => Math.floor(at / size))];
      const [left, top] = [Math.min(...columns), Math.min(...rows)];
      // Two cells of 96 × 48 pixels; antialiased edges may touch one pixel more.
      expect(Math.max(...columns) - left).toBeLessThanOrEqual(48);
      expect(Math.max(...rows) - top).toBeLessThanOrEqual(24);
      expect(Math.floor(top / 48)).toBe(Math.floor(Math.max(...rows) / 48));
      places.add(`${left} ${top}`);
    }
    expect(places.size).toBeGreaterThan(15);
  });

  it("never change: published figures are measured on them", async () => {
    const digest = createHash("sha256");
    for (const kind of ["pairs", "statements", "questions", "masks", "labelled_images"] as const) {
      const set = await openShapes({ kind, split: "validation" });
      for (let i = 0; i < set.length; i++) digest.update(JSON.stringify(set.item(i)));
    }
    const two = await openShapes({ kind: "statements", split: "validation", images: 2 });
    for (let i = 0; i < two.length; i++) digest.update(JSON.stringify(two.item(i)));
    expect(digest.digest("hex").slice(0, 16)).toBe(WORLD);
  });
});

const WORLD = "8f2afc8c7f1cf69d";
