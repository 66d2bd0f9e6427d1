// `vlmo export`: its files used by other programs, and refusals.
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Tokenizer } from "@huggingface/tokenizers";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import type { Said } from "../../../runtime/predict/answer.js";
import { readTensorFile } from "../../../runtime/checkpoint/index.js";
import { createTokenizer } from "../../../runtime/data/index.js";
import { readSafetensors } from "../../../runtime/formats/safetensors.js";
import { differing } from "../formats/compare.js";
import { inProcess } from "../cli/in-process.js";
import { root, vlmo } from "../cli/command.js";
import { oneOf } from "../../support/long.js";
import { specOf, stageOf } from "../../support/specs.js";
import { python } from "../../support/torch.js";
import { anyParameters, words, writeUntrained } from "../../support/untrained.js";

const spec = specOf("test/conformance/heads.vlmo");
const folder = mkdtempSync(join(tmpdir(), "vlmo-export-"));
const at = (...names: string[]): string => join(folder, ...names);
const image = at("photo.png");
const labels = { answer: ["yes", "no", "two", "red"], label: ["red", "green", "blue"] };

beforeAll(async () => {
  // Of the model's image size, so that the libraries' resizing does not matter.
  const data = Buffer.from(Array.from({ length: 192 }, (_, i) => (37 * i) % 256));
  await sharp(data, { raw: { width: 8, height: 8, channels: 3 } })
    .png()
    .toFile(image);
  for (const name of ["of_answer", "of_contrast", "of_match", "of_words_in_pairs", "of_label", "of_patches"]) {
    const stage = stageOf(spec, name);
    const own = Object.fromEntries(Object.entries(labels).filter(([head]) => stage.heads.some((each) => each.name === head)));
    await writeUntrained(at(name), stage, { spec, parameters: anyParameters(stage), labels: own });
  }
}); // prettier-ignore

const exported = (...args: string[]) => inProcess(["export", ...args]);

const find = "import numpy, onnxruntime, PIL, tokenizers";
const hasOnnxruntime = spawnSync(python, ["-c", find]).status === 0;
if (!hasOnnxruntime)
  console.log(
    "skipped: docs/export/run_onnx.py (no Python with onnxruntime, tokenizers and pillow; VLMO_PYTHON names another)",
  );

const examples = [
  { program: process.execPath, script: "docs/export/run-onnx.js", here: true },
  { program: python, script: "docs/export/run_onnx.py", here: hasOnnxruntime },
];

/** Run in `npm test`; the others in `npm run test:long`. */
const asked = oneOf(3, [
  { stage: "of_answer", given: ["is it red?"], options: ["--text", "is it red?"] },
  {
    stage: "of_contrast",
    given: ["a dog", "a red cat"],
    options: ["--classes", "a dog,a red cat", "--template", "{}"],
  },
  { stage: "of_words_in_pairs", given: ["a [MASK] dog"], options: ["--text", "a [MASK] dog"] },
]);

describe.each(examples.filter(({ here }) => here))(
  "$script gives the results of `vlmo predict`",
  ({ program, script }) => {
    it.each(asked)("for $stage", async ({ stage, given, options }) => {
    const out = at(`${stage}-for-${script.split(".").at(-1)}`);
    await exported(at(stage), "--to", "onnx", "--out", out);
    const { stdout } = await promisify(execFile)(program, [script, out, image, ...given], { cwd: root });
    const said = stdout.trim().split("\n").map((line) => line.split("  "));
    const { stdout: ours } = await inProcess(["predict", at(stage), image, ...options, "--threads", "1", "--json"]);
    const { top: all, blanks } = JSON.parse(ours) as { top?: Said[]; blanks?: Said[][] };
    const top = all ?? blanks?.[0] ?? [];
    expect(top.length).toBeGreaterThan(1);
    expect(said.map(([, label]) => label)).toEqual(top.map(({ label }) => label));
    for (const [i, [share]] of said.entries()) expect(Number(share)).toBeCloseTo(top[i]?.probability ?? NaN, 5);
  }); // prettier-ignore
  },
);

describe("safetensors", () => {
  it("has all parameters in vlmo's layout", async () => {
    const { exit, stdout } = await exported(at("of_answer"), "--to", "safetensors", "--out", at("ours"));
    expect(exit).toBe(0);
    expect(stdout).toMatch(/of_answer.*\n {2}\d+ tensors, layout `vlmo_ts`\n {2}model\.safetensors +\d/);
    const read = await readTensorFile(at("ours", "model.safetensors"));
    expect(differing(read, anyParameters(stageOf(spec, "of_answer")))).toEqual([]);
    expect(JSON.parse(readFileSync(at("ours", "labels.json"), "utf8"))).toEqual({ answer: labels.answer });
  });

  it("is float32 even if a checkpoint has higher precision", async () => {
    const stage = stageOf(spec, "of_label");
    const wide = [...anyParameters(stage)].map(([name, tensor]) => [name, { ...tensor, data: Float64Array.from(tensor.data) }] as const);
    await writeUntrained(at("wide"), stage, { spec, parameters: new Map(wide) });
    await exported(at("wide"), "--to", "safetensors", "--out", at("narrow"));
    const read = await readSafetensors(at("narrow", "model.safetensors"), { wide: true });
    expect(differing(read, anyParameters(stage))).toEqual([]);
  }); // prettier-ignore

  it("has them in the original's layout, which import reads back", async () => {
    await exported(at("of_answer"), "--to", "safetensors", "--layout", "vlmo", "--allow-missing", "embed.*.mask", "--out", at("vlmo")); // prettier-ignore
    const file = at("vlmo", "model.safetensors");
    expect([...(await readTensorFile(file)).keys()]).toContain("transformer.blocks.0.attn.qkv.weight");
    const options = ["--spec", "test/conformance/heads.vlmo", "--stage", "of_answer", "--out", at("back")];
    const { exit } = await inProcess(["import", file, "--layout", "vlmo", ...options]);
    expect(exit).toBe(0);
    const back = await readTensorFile(at("back", "parameters.safetensors"));
    expect(differing(back, anyParameters(stageOf(spec, "of_answer")))).toEqual([]);
  });

  it("omits only parameters allowed by name", async () => {
    const args = [at("of_label"), "--to", "safetensors", "--layout", "huggingface_beit", "--out", at("beit")];
    const refused = await exported(...args);
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toMatch(/V972.*`huggingface_beit` cannot hold all of the model/);
    expect(existsSync(at("beit"))).toBe(false);
    const [, allowing = ""] = /--allow-missing "([^"]+)"/.exec(refused.stderr) ?? [];
    const { exit, stdout } = await exported(...args, "--allow-missing", allowing);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/left out: position\.relative: the layout has room for \d+ of its \d+ numbers/);
  });
});

describe("huggingface", () => {
  it("writes configuration, weights, tokenizer, image processor and model card", async () => {
    const { exit } = await exported(at("of_answer"), "--to", "huggingface", "--out", at("hub"));
    expect(exit).toBe(0);
    expect(readdirSync(at("hub")).toSorted()).toEqual([
      "README.md",
      "config.json",
      "model.safetensors",
      "preprocessor_config.json",
      "tokenizer.json",
      "tokenizer_config.json",
      "vocab.txt",
    ]);
    const read = (name: string): unknown => JSON.parse(readFileSync(at("hub", name), "utf8"));
    expect(read("config.json")).toMatchObject({
      model_type: "vlmo",
      hidden_size: 8,
      num_hidden_layers: 2,
      experts: [{ name: "vision" }, { name: "language" }, { name: "fusion", layers: [2] }],
      heads: [{ name: "answer", kind: "classify", classes: 4, features: ["pair.pooled"] }],
      id2label: { 0: "yes", 3: "red" },
    });
    expect(read("preprocessor_config.json")).toMatchObject({ size: { height: 8, width: 8 }, resample: 3 });
    // Boundary: JSON written above.
    const tokenizer = new Tokenizer(read("tokenizer.json") as object, read("tokenizer_config.json") as object);
    const { ids } = createTokenizer(words).encode("A red dog, dogs", 8);
    expect(tokenizer.encode("A red dog, dogs").ids).toEqual([...ids].slice(0, tokenizer.encode("A red dog, dogs").ids.length));
  }); // prettier-ignore

  it("writes a model card without local paths, its license left open", async () => {
    await exported(at("of_match"), "--to", "huggingface", "--out", at("card"));
    const card = readFileSync(at("card", "README.md"), "utf8");
    expect(card).toContain("license: # to be filled in");
    expect(card).toContain("# Tiny, stage `of_match`");
    expect(card).toContain("| fusion | pair | 2 | 2 × width, gelu |");
    expect(card).not.toContain(folder);
    expect(card).not.toContain("conformance");
  });
});

describe("export", () => {
  it.each([
    { stage: "of_match", args: ["--to", "onnx"], says: /V971.*several heads of the stage `of_match` answer questions\n.*contrast \(contrastive: an image among texts\); match/ },
    { stage: "of_match", args: ["--to", "onnx", "--head", "patch"], says: /V971.*has no head `patch`/ },
    { stage: "of_patches", args: ["--to", "onnx"], says: /V971.*has no head that answers/ },
    { stage: "of_label", args: ["--to", "huggingface", "--head", "label"], says: /--to huggingface has no --head/ },
    { stage: "of_label", args: ["--to", "onnx", "--allow-missing", "a"], says: /--to onnx has no --allow-missing/ },
    { stage: "nowhere", args: ["--to", "safetensors"], says: /V927|V920/ },
  ])("refuses $args for $stage", async ({ stage, args, says }) => {
    const { exit, stderr } = await exported(at(stage), ...args, "--out", at("refused"));
    expect(exit).toBeGreaterThan(0);
    expect(stderr).toMatch(says);
    expect(existsSync(at("refused"))).toBe(false);
  }); // prettier-ignore

  it("refuses a non-empty folder", async () => {
    mkdirSync(at("full"));
    writeFileSync(at("full", "mine.txt"), "mine");
    const { exit, stderr } = await exported(at("of_label"), "--to", "safetensors", "--out", at("full"));
    expect(exit).toBe(1);
    expect(stderr).toMatch(/V977.*is not empty: it holds `mine.txt`/);
    expect(readdirSync(at("full"))).toEqual(["mine.txt"]);
  });

  it("leaves no files on a full disk", async () => {
    const args = ["export", at("of_label"), "--to", "safetensors", "--out", at("small", "disk")];
    const { exit, stderr } = await vlmo(args, { fileLimit: 4 });
    expect(exit).toBe(1);
    expect(stderr).toMatch(/V923/);
    expect(readdirSync(at("small"))).toEqual([]);
  });
});
