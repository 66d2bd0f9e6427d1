// A folder of small data, valid and broken, and commands run on specifications in it.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll } from "vitest";
import { inProcess } from "./in-process.js";
import { tinySpec, workFolder } from "./tiny.js";

const [world = ""] = tinySpec.split("data world");
const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

let folder = "";

/** Creates the folder before the tests of a file and removes it after them. */
export function useDataFolder(): void {
  beforeAll(makeFolder);
  afterAll(() => rm(folder, { recursive: true }));
}

async function makeFolder(): Promise<void> {
  folder = await workFolder();
  const red = await sharp({ create: { width: 16, height: 16, channels: 3, background: "#ff0000" } })
    .png()
    .toBuffer();
  const files: Readonly<Record<string, string | Buffer>> = {
    "images/red.png": red,
    "images/words.png": "no image",
    "images/cut.jpg": await halfAnImage(),
    "cut.jsonl": records(6, (i) => ({ image: i === 3 ? "cut.jpg" : "red.png", text: "x" })),
    "good.jsonl": records(6, () => ({ image: "red.png", text: "a red field", label: 1, answer: "red" })),
    "high.jsonl": records(6, () => ({ image: "red.png", label: 2 })),
    "few.jsonl": records(2, () => ({ image: "red.png", text: "a red field" })),
    "gone.jsonl": records(30, (i) => ({ image: i < 25 ? `gone-${i}.png` : "red.png", text: "x" })),
    "loud.jsonl": records(3, (i) => ({ image: ["RED.png", "Red.png", "rED.png"][i], text: "x" })),
    "broken.jsonl": records(6, (i) => ({ image: i === 4 ? "words.png" : "red.png", text: "x" })),
    "wide.jsonl": Buffer.from(
      records(6, () => ({ image: "red.png", text: "a red field" })),
      "utf16le",
    ),
    "captions.jsonl": records(42, (i) => ({ image: "red.png", caption: `caption ${i}` })),
    "captions.json": JSON.stringify({
      images: [{ id: 1, file_name: "red.png" }],
      annotations: Array.from({ length: 42 }, (_, id) => ({ image_id: 1, id, caption: "a red field" })),
    }),
    "torn.jsonl": records(5, () => ({ image: "cut.jpg", text: "x" })),
    "long.jsonl": records(6, (i) => ({ image: "red.png", text: "a red field ".repeat(i < 4 ? 1 + i : 1) })),
    "mixed/images/red.png": red,
    "mixed/images/bitmap.bmp": Buffer.from("BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "latin1"),
    "mixed/images/phone.heic": Buffer.from("\0\0\0\x18ftypheic\0\0\0\0", "latin1"),
    "mixed/images/drawing.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
    "mixed/images/words.png": "no image",
    "mixed/images/empty.jpg": "",
    "mixed/images/cut.jpg": await halfAnImage(),
    "mixed.jsonl": ["gone.png", 7, "words.png", "red.png", "../secret.png", "cut.jpg"]
      .map((image) => `${JSON.stringify({ image, text: "x" })}\n`)
      .join(""),
    "streets/1.png": red,
    "streets/2.png": red,
    "masks/1.png": await maskOf([0, 1, 3, 255]),
    "masks/2.png": await maskOf([0, 4, 5, 0]),
    "birds/train/gull/1.png": red,
    "birds/train/gull/2.png": red,
    "birds/train/owl/3.png": red,
    "birds/train/owl/4.png": red,
    "birds/val/gull/5.png": red,
    "birds/val/gull/notes.txt": "seen at noon",
    "answers.txt": "blue\nred\n",
    "others.jsonl": records(6, () => ({ image: "red.png", text: "what?", answer: "blue" })),
    "words.txt": [...special, "a", "red"].join("\n"),
    "plain.txt": "a\nred\n",
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

/** The first half of a JPEG. */
async function halfAnImage(): Promise<Buffer> {
  const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251));
  const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    .jpeg()
    .toBuffer();
  return whole.subarray(0, whole.length / 2);
}

function records(count: number, of: (index: number) => object): string {
  return Array.from({ length: count }, (_, i) => `${JSON.stringify(of(i))}\n`).join("");
}

/** Settings of records in the folder. */
export const jsonl = (file: string, more = ""): string =>
  `{ format: jsonl, records: "${file}", images: "images"${more} }`;
export const contrast = "head contrast: contrastive(image.cls, text.cls)";

/** The tiny model, some data and heads, and a stage that trains on `some`. */
export function specOf(blocks: string, learn = "contrast"): string {
  const optimizer = "optimizer: adamw(lr: 1e-3)\n  schedule: constant";
  const keys = `model: Tiny\n  data: some\n  learn: ${learn}\n  train: all\n  batch: 4\n  steps: 1\n  ${optimizer}`;
  return `${world}${blocks}\nstage only {\n  ${keys}\n}\n`;
}

/** Runs a command on a specification (FILE) with a run folder (OUT, OUT-NAME); the folder's path is removed from its output. */
export async function run(spec: string, words: readonly string[]) {
  const file = join(folder, "some.vlmo");
  await writeFile(file, spec);
  const { exit, stdout, stderr } = await inProcess(
    words.map((word) => (word === "FILE" ? file : word.replace(/^OUT/, join(folder, "run")))),
  );
  return { exit, stdout: stdout.replaceAll(`${folder}/`, ""), stderr: stderr.replaceAll(`${folder}/`, "") };
}
export const classify = "head answer: classify(pair.pooled)";

/** A mask of four pixels. */
async function maskOf(classes: readonly number[]): Promise<Buffer> {
  const raw = { width: 2, height: 2, channels: 1 } as const;
  return sharp(Buffer.from(classes), { raw }).toColourspace("b-w").png().toBuffer();
}
