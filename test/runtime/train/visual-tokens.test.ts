// Visual tokens end to end: a tokenizer stage and a stage that predicts its codes, DALL-E's encoder from a file, and codes
// from a file.
import { spawnSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildForward, parametersOf, type StageSpec } from "../../../compiler/index.js";
import { levelsOf } from "../../../compiler/heads/scalar-quantiser.js";
import { readCheckpoint } from "../../../runtime/checkpoint/index.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { writeSafetensors } from "../../../runtime/formats/safetensors.js";
import { feed } from "../../../runtime/program/feed.js";
import { float32, int32, type Tensor } from "../../../runtime/tensor.js";
import { tokenizerTensors, tryTokenizers } from "../../../runtime/train/tokenizer-file.js";
import { drawFrom } from "../../support/draw.js";
import { evaluate } from "../../support/evaluate.js";
import { specOf } from "../../support/specs.js";
import { hasTorch, python } from "../../support/torch.js";
import { inProcess } from "../cli/in-process.js";
import { workFolder } from "../cli/tiny.js";

const model = `vlmo 1
model Tiny {
  layers: 1
  width: 8
  attention { heads: 2 }
  image { size: 16px, patch: 8px }
  experts { vision: ffn(image, ratio: 2) on all }
}
data scenes: images { format: shapes, items: 16 }
data unseen: images { format: shapes, split: test, items: 8 }
`;
const stage = (head: string, learn: string, more = ""): string => `stage ${head} {
  model: Tiny
  data: scenes
  learn: ${learn}
  batch: 4
  steps: 3
  optimizer: adamw(lr: 1e-2)
  ${more}
}
`;

const chain = `${model}
head codes: visual_tokenizer(image) { codes: 12, hidden: 8 }
head mim: masked_patches(image.patches) { targets: tokens(codes) }
${stage("coder", "codes")}
${stage("vision from coder", "mim", "micro: 2")}
evaluate made on unseen using coder { codebook, reconstruction }
evaluate guessed on unseen using vision { accuracy(mim) }
`;

const filed = `${model}
head dalle: visual_tokenizer(image) { codes: 24, hidden: 8, file: "encoder.safetensors" }
head mim: masked_patches(image.patches) { targets: tokens(dalle) }
${stage("vision", "mim")}
`;

const coded = `${model}
head mim: masked_patches(image.patches) { targets: tokens("codes.safetensors", count: 9) }
${stage("vision", "mim")}
`;

let folder = "";
beforeAll(async () => {
  folder = await workFolder({ "chain.vlmo": chain, "filed.vlmo": filed, "coded.vlmo": coded });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const train = (spec: string) => inProcess(["train", at(spec), "--out", at(`${spec}.run`), "--threads", "1"]);

test.each([
  [8192, [8, 8, 8, 8, 2]],
  [64, [8, 8]],
  [1000, [5, 5, 5, 8]],
  [12, [6, 2]],
  [7, [7]],
  [22, [11, 2]],
])("%d codes have the quantisation levels %j", (codes, levels) => {
  expect(levelsOf(codes)).toEqual(levels);
});

test("a tokenizer is trained as a stage, and the next stage predicts its codes with it frozen", async () => {
  const { stdout, stderr, exit } = await train("chain.vlmo");
  expect(exit, stderr).toBe(0);
  expect(`${stdout}${stderr}`).toMatch(/made \(coder\): codes codes used [\d.]+% of 12 codes/);
  expect(`${stdout}${stderr}`).toMatch(/codes reconstruction error [\d.]+ of 8 images; guessing gives [\d.]+/);
  expect(`${stdout}${stderr}`).toMatch(/guessed \(vision\): mim accuracy [\d.]+% of 16 patches; chance/);
  const parametersAfter = async (name: string): Promise<ReadonlyMap<string, Tensor>> =>
    (await readCheckpoint(at(`chain.vlmo.run/checkpoints/${name}-0000003`), { optimizer: false })).parameters;
  const [coder, vision] = [await parametersAfter("coder"), await parametersAfter("vision")];
  const names = [...coder.keys()].filter((name) => name.startsWith("heads.codes."));
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) expect(vision.get(name)?.data).toEqual(coder.get(name)?.data);
});

describe("DALL-E's encoder", () => {
  let only: StageSpec;
  beforeAll(async () => {
    const found = specOf(at("filed.vlmo")).stages.get("vision");
    if (found === undefined) throw new Error("no stage");
    only = found;
    await writeSafetensors(at("encoder.safetensors"), encoderOf(only));
  });

  test("is initialised from its file", async () => {
    const tensors = await tokenizerTensors(only, new Map());
    const wanted = encoderOf(only);
    expect(tensors.size).toBe(wanted.size);
    const weight = tensors.get("heads.dalle.blocks.group_2.block_1.id_path.weight");
    expect(weight?.data).toEqual(wanted.get("blocks.group_2.block_1.id_path.w")?.data);
  });

  test("supplies targets for training", async () => {
    const { stdout, stderr, exit } = await train("filed.vlmo");
    expect(exit, stderr).toBe(0);
    expect(stdout).toContain("read from a file");
  });

  test.skipIf(!hasTorch)("gives the codes that PyTorch gives", async () => {
    const draw = drawFrom("dalle images");
    const image = draw.floats([3, 3, 16, 16], -9, 9);
    await writeSafetensors(at("images.safetensors"), new Map([["image", image]]));
    const ran = spawnSync(python, ["-c", torchEncoder, at("encoder.safetensors"), at("images.safetensors")]);
    expect(ran.stderr.toString()).toBe("");
    const theirs: unknown = JSON.parse(ran.stdout.toString());
    const ours = await codesOf(only, image);
    expect(new Set(ours).size).toBeGreaterThan(4);
    expect(ours).toEqual(theirs);
  });

  test("a file without its tensors or with other sizes is reported at the head", async () => {
    const other = await specIn("other.vlmo", filed.replace("codes: 24", "codes: 32"));
    await expect(tryTokenizers(other)).rejects.toThrow(
      "`blocks.output.conv.w` is [24, 64, 1, 1] and should be [32, 64, 1, 1] (and 1 more)",
    );
    await writeSafetensors(at("empty.safetensors"), new Map([["weight", float32([1])]]));
    const none = await specIn("none.vlmo", filed.replace("encoder.safe", "empty.safe"));
    await expect(tryTokenizers(none)).rejects.toThrow("it does not hold `blocks.input.w`");
    const gone = await specIn("gone.vlmo", filed.replace("encoder.safe", "gone.safe"));
    const [head] = gone.heads;
    await expect(tryTokenizers(gone)).rejects.toMatchObject({ code: "V920", span: head?.span });
  });
});

describe("codes in a file", () => {
  const codes = (shape: readonly number[], most: number): Promise<unknown> =>
    writeSafetensors(at("codes.safetensors"), new Map([["codes", drawFrom("codes").ids(shape, most)]]));

  test.each([
    ["for other data", [15, 4], 9, "`codes` is [15, 4] and should be [16, 4]"],
    ["for other patches", [16, 9], 9, "`codes` is [16, 9] and should be [16, 4]"],
    ["above their count", [16, 4], 900, "and codes are 0..8"],
  ])("%s are reported before anything is trained", async (_, shape, most, said) => {
    await codes(shape, most);
    const { stderr, exit } = await train("coded.vlmo");
    expect(exit).toBe(1);
    expect(stderr).toContain("error[V926]");
    expect(stderr).toContain(said);
    expect(stderr).toContain("head mim: masked_patches");
  });

  test("are used as targets", async () => {
    await codes([16, 4], 9);
    const { stderr, exit } = await train("coded.vlmo");
    expect(exit, stderr).toBe(0);
  });
});

async function specIn(name: string, text: string): Promise<StageSpec> {
  await writeFile(at(name), text);
  const found = specOf(at(name)).stages.get("vision");
  if (found === undefined) throw new Error("no stage");
  return found;
}

/** Random weights with the keys of DALL-E's file, large enough to give many codes. */
function encoderOf({ model, heads }: StageSpec): Map<string, Tensor> {
  const prefix = "heads.dalle.";
  const own = parametersOf(model, heads).filter(({ name }) => name.startsWith(prefix));
  return new Map(
    own.map(({ name, shape }) => {
      const key = name.slice(prefix.length).replace(/weight$/, "w").replace(/bias$/, "b"); // prettier-ignore
      const inputs = shape.slice(1).reduce((a, b) => a * b, 1);
      // Large enough that codes of patches differ despite the biases.
      const bound = shape.length === 1 ? 0.1 : Math.sqrt(108 / inputs);
      return [key, drawFrom("dalle", name).floats(shape, -bound, bound)];
    }),
  );
}

/** The code of every patch, as targets of a stage that masks all of them. */
async function codesOf(of: StageSpec, image: Tensor): Promise<number[]> {
  const [batch = 0] = image.shape;
  const program = buildForward(of, { batch, capacity: new Map() });
  const given = new Map([["image", image], ["patch_mask", float32([batch, 4], new Float32Array(batch * 4).fill(1))]]); // prettier-ignore
  const { tensors } = feed(program, { batch: given, items: batch, scalars: new Map(), noise: null });
  const parameters = parametersOf(of.model, of.heads).map(({ name, shape }): [string, Tensor] => [
    name,
    float32(shape),
  ]);
  const all = new Map([...parameters, ...(await tokenizerTensors(of, new Map())), ...tensors]);
  const wanted = (await evaluate(createReference(), program.graph, all)).get("mim.wanted");
  return [...(wanted?.data ?? int32([0]).data)];
}

/** The encoder written with PyTorch's modules, with the tensors of a file. */
const torchEncoder = `
import json, struct, sys, torch
import torch.nn.functional as F
def load(path):
    raw = open(path, "rb").read()
    size = struct.unpack("<Q", raw[:8])[0]
    head = json.loads(raw[8:8 + size])
    parts = {k: (v["shape"], v["data_offsets"]) for k, v in head.items() if k != "__metadata__"}
    return {k: torch.frombuffer(bytearray(raw[8 + size + a:8 + size + b]), dtype=torch.float32).reshape(s) for k, (s, (a, b)) in parts.items()}
t, x = load(sys.argv[1]), load(sys.argv[2])["image"]
def conv(x, name):
    w = t[name + ".w"]
    return F.conv2d(x, w, t[name + ".b"], padding=(w.shape[-1] - 1) // 2)
def block(x, name):
    y = x
    for i in range(1, 5): y = conv(F.relu(y), f"{name}.res_path.conv_{i}")
    return (conv(x, name + ".id_path") if name + ".id_path.w" in t else x) + y / 64
x = conv(0.8 * (x + 1) / 2 + 0.1, "blocks.input")
for g in range(1, 5):
    for b in (1, 2): x = block(x, f"blocks.group_{g}.block_{b}")
    if g < 4: x = F.max_pool2d(x, 2)
print(json.dumps(conv(F.relu(x), "blocks.output.conv").argmax(1).flatten().tolist()))
`;
