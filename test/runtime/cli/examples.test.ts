// The scripts beside specs/examples: the data they derive from COCO's instances are read by their specifications.
import { execFileSync } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inProcess } from "./in-process.js";
import { workFolder } from "./tiny.js";

const names = ["person", "dog", "oven", "bus", "knife", "skis", "sheep", "cup", "tie", "bowl"];
const size = 96;
const images = 6;

let folder = "";
beforeAll(async () => {
  folder = await workFolder();
  for (const split of ["train2017", "val2017"]) await writeSplit(split);
});
afterAll(() => rm(folder, { recursive: true }));

/** Image `i` shows every object that is not left out, the i-th twice. */
async function writeSplit(split: string): Promise<void> {
  await mkdir(join(folder, split));
  const create = { width: size, height: size, channels: 3, background: "#808080" } as const;
  const grey = await sharp({ create }).jpeg().toBuffer();
  const ids = Array.from({ length: images }, (_, i) => i + 1);
  for (const id of ids) await writeFile(join(folder, split, fileOf(id)), grey);
  const shown = ids.flatMap((id) => {
    const there = names.flatMap((_, i) => (i % images === id - 1 ? [i, i] : (i + id) % 3 === 0 ? [] : [i]));
    return there.map((i) => ({ image_id: id, category_id: i + 1, bbox: [i * 2, i, 40.5, 30.2], iscrowd: 0 }));
  });
  const instances = {
    images: ids.map((id) => ({ id, file_name: fileOf(id) })),
    annotations: shown,
    categories: names.map((name, i) => ({ id: i + 1, name })),
  };
  await writeFile(join(folder, `instances_${split}.json`), JSON.stringify(instances));
}

const fileOf = (id: number) => `${String(id).padStart(12, "0")}.jpg`;

function make(script: string, out: string): void {
  execFileSync(process.execPath, [`specs/examples/${script}`, folder, out]);
}

test.each([
  ["make-vqa.js", "vqa.vlmo", ["coco", "vqa"]],
  ["make-nlvr2.js", "nlvr2.vlmo", ["", "data"]],
  ["make-classes.js", "classification.vlmo", ["", "data"]],
])("the output of %s is valid for %s", async (script, spec, [coco, made = ""]) => {
  const out = join(folder, script);
  make(script, out);
  const places = [`${made}=${out}`, ...(coco === "" ? [] : [`${coco}=${folder}`])].flatMap((set) => ["--set", set]);
  const { stdout, stderr, exit } = await inProcess(["check", "--data", `specs/examples/${spec}`, ...places]);
  expect(stderr).toBe("");
  expect(stdout).toContain("no mistakes found");
  expect(exit).toBe(0);
});

test("questions are deterministic by seed, balanced between yes and no, with ten answers each", async () => {
  const read = async (out: string): Promise<string> =>
    readFile(join(folder, out, "v2_mscoco_train2017_is_there_annotations.json"), "utf8");
  make("make-vqa.js", join(folder, "again"));
  const text = await read("again");
  expect(text).toBe(await read("make-vqa.js"));
  const { annotations }: { annotations: { answers: { answer: string }[] }[] } = JSON.parse(text);
  const said = annotations.flatMap(({ answers }) => answers.map(({ answer }) => answer));
  expect(said.length).toBe(annotations.length * 10);
  expect(said.filter((answer) => answer === "yes").length).toBe(said.length / 2);
});

test("a folder without instances is reported", () => {
  const run = () =>
    execFileSync(process.execPath, ["specs/examples/make-vqa.js", "nowhere", folder], { stdio: "pipe" });
  expect(run).toThrow(/cannot read .*COCO is a folder with instances_train2017\.json/);
});
