// The exported PyTorch module against the engine: every kind of head, and every part of a model.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ruleOf, type HeadSpec, type Spec } from "../../../compiler/index.js";
import { activationNames } from "../../../compiler/ops/activations.js";
import { layouts } from "../../../runtime/checkpoint/index.js";
import { exportModel } from "../../../runtime/export/export.js";
import { askedOf, wayOf } from "../../../runtime/predict/heads.js";
import { openModel, type TrainedModel } from "../../../runtime/predict/model.js";
import { float32, type Tensors } from "../../../runtime/tensor.js";
import { inProcess } from "../cli/in-process.js";
import { anyInputs, byEngine, type Answering, type Wanted } from "../../support/answers.js";
import { oneOf } from "../../support/long.js";
import { distance } from "../../support/parity.js";
import { specIn, specOf, stageOf } from "../../support/specs.js";
import { hasTorch, python } from "../../support/torch.js";
import { anyParameters, writeUntrained } from "../../support/untrained.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-torch-"));
const heads = specOf("test/conformance/heads.vlmo");

/** Beyond the conformance test's models: attention per modality, names reserved by PyTorch, experts of several views. */
const odd = specIn(`vlmo 1

model Odd {
  layers: 3
  width: 8
  attention { heads: 2, share: none, bias: [query, key, value], position: relative(span: 6) }
  norm: layer_norm(eps: 1e-5)
  image { size: 8px, patch: 4px, channels: 1 }
  text { tokenizer: wordpiece(vocabulary: 13), length: 5 }
  experts {
    type: ffn(image, pair, ratio: 2, activation: relu) on layers [1, 3]
    keys: ffn(text, image, ratio: 3) on layers [2]
    values: ffn(text, ratio: 1.5) on layers [1, 3]
  }
}

data world: pairs { format: shapes }
data claims: statements { format: shapes }

head items: contrastive(image.cls, text.cls)
head forward: classify(pair.cls) { classes: 2, hidden: none }

stage both { model: Odd, data: claims, learn: forward, train: all, batch: 3, steps: 1, optimizer: adamw(lr: 1e-3) }
stage contrast { model: Odd, data: world, learn: items, train: all, batch: 3, steps: 1, optimizer: adamw(lr: 1e-3) }
`);

/** Stages with distinct parts; the others in `npm run test:long`. */
const rows: readonly { readonly spec: Spec; readonly stage: string }[] = [
  ...["both", "contrast"].map((stage) => ({ spec: odd, stage })),
  ...[
    ...["of_pixels", "of_fused_contrast", "of_caption", "of_two", "of_sincos"],
    ...oneOf(10, [
      ...["of_words", "of_words_in_pairs", "of_absolute", "of_no_positions", "of_contrast"],
      ...["of_signed_fused_contrast", "of_match", "of_label", "of_linear_label", "of_answer"],
    ]),
  ].map((stage) => ({ spec: heads, stage })),
];

it("covers every activation", () => {
  const used = rows.flatMap(({ spec, stage }) =>
    stageOf(spec, stage).model.experts.map(({ activation }) => activation),
  );
  expect([...new Set(used)].sort()).toEqual(activationNames.toSorted());
});

interface Call {
  readonly stage: string;
  readonly method: string;
  readonly inputs: Tensors;
  readonly wanted: Answering;
}

/** Every method of an exported model, with its arguments. */
function callsOf(stage: string, model: TrainedModel): Call[] {
  return model.stage.heads.flatMap((head) => {
    if (wayOf(head) === null) return [];
    return sidesOf(head).map((side): Call => {
      const inputs = anyInputs(inputsFor(model, head, side), 3);
      const method = side === null ? head.name : `${head.name}_${side}`;
      return { stage, method, inputs, wanted: { head, side, model } };
    });
  });
}

function sidesOf(head: HeadSpec): readonly Answering["side"][] {
  if (wayOf(head) !== "vectors") return [null];
  return ruleOf(head).fused?.(head) === true ? ["image", "text", "fused_image", "fused_text"] : ["image", "text"];
}

function inputsFor({ stage: { model } }: TrainedModel, head: HeadSpec, side: Answering["side"]): Wanted[] {
  const { size = 0, channels = 0 } = model.image ?? {};
  const asked = askedOf(head);
  const image = (name: string): Wanted => ({ name, dtype: "float32", shape: ["batch", channels, size, size] });
  const images = { 0: [], 1: [image("image")], 2: [image("image_0"), image("image_1")] }[asked.images];
  const shape = ["batch", model.text?.length ?? 0] as const;
  const text: Wanted[] = [
    { name: "text_ids", dtype: "int32", shape },
    { name: "text_masks", dtype: "float32", shape },
  ];
  if (side !== null) return side.endsWith("image") ? images : text;
  return [...images, ...(asked.text || wayOf(head) === "writes" ? text : [])];
}

const script = `
import importlib.util, json, sys, torch
for line in sys.stdin:
    call = json.loads(line)
    spec = importlib.util.spec_from_file_location("model", call["folder"] + "/model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    inputs = {name: torch.tensor(each["data"], dtype=torch.int64 if each["dtype"] == "int32" else torch.float32).view(each["shape"]) for name, each in call["inputs"].items()}
    with torch.no_grad():
        output = module.load()(call["method"], **inputs)
    print(json.dumps({"shape": list(output.shape), "data": output.flatten().tolist()}))
`;

it.skipIf(!hasTorch)("agrees with the engine for every kind of head and every part of a model", async () => {
  const calls: Call[] = [];
  for (const { spec, stage: name } of rows) {
    const stage = stageOf(spec, name);
    await writeUntrained(join(folder, name), stage, { spec, parameters: anyParameters(stage) });
    const model = await openModel(join(folder, name));
    const none = { head: null, batch: null, layout: layouts.vlmo_ts, allowMissing: [], evaluations: [] };
    await exportModel(join(folder, `${name}-torch`), "torch", { model, version: "test", ...none });
    calls.push(...callsOf(name, model));
  }
  const asked = calls.map(({ stage, method, inputs }) => {
    const given = [...inputs].map(([name, { dtype, shape, data }]) => [name, { dtype, shape, data: [...data] }] as const);
    return JSON.stringify({ folder: join(folder, `${stage}-torch`), method, inputs: Object.fromEntries(given) });
  });
  const { stdout, stderr } = spawnSync(python, ["-c", script], { input: asked.join("\n"), encoding: "utf8", maxBuffer: 2 ** 28 });
  expect(stderr).toBe("");
  const said = stdout.trim().split("\n").map((line) => JSON.parse(line) as { shape: number[]; data: number[] });
  expect(said).toHaveLength(calls.length);
  for (const [i, { stage, method, inputs, wanted }] of calls.entries()) {
    const { shape, data } = said[i] ?? { shape: [], data: [] };
    const expected = await byEngine(wanted, inputs);
    expect([stage, method, shape]).toEqual([stage, method, expected.shape]);
    const apart = distance(float32(shape, Float32Array.from(data)), expected);
    expect([stage, method, apart < 1e-5 ? "close" : apart]).toEqual([stage, method, "close"]);
  }
}); // prettier-ignore

describe("the exported module", () => {
  it("contains only what the model needs, and lists what is left out", async () => {
    const stage = stageOf(heads, "of_label");
    await writeUntrained(join(folder, "label"), stage, { spec: heads, parameters: anyParameters(stage) });
    const out = join(folder, "label-torch");
    const { exit, stdout } = await inProcess(["export", join(folder, "label"), "--to", "torch", "--out", out]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/methods: forward_label\n/);
    const text = readFileSync(join(out, "model.py"), "utf8");
    expect(text).toContain('self.heads["label"] = Classifier(8, hidden=16, classes=3, eps=1e-6)');
    expect(text).toContain("relative_bias=RelativeBias(layers=2, heads=2, side=2, span=8)");
    for (const absent of ["Pyramid", "SplitAttention", "Contrast", "sincos", "vlmo-torch"]) expect(text).not.toContain(absent);
  }); // prettier-ignore

  it("is refused if two heads would have one method", async () => {
    const twins = specIn(`${odd.written.files.get("given.vlmo") ?? ""}
head items_image: classify(image.cls) { classes: 2 }
data labelled: labelled_images { format: shapes }
stage after from contrast { data: labelled, learn: items_image, train: all, batch: 3, steps: 1, optimizer: adamw(lr: 1e-3) }
`);
    const stage = stageOf(twins, "after");
    await writeUntrained(join(folder, "twins"), stage, { spec: twins, parameters: anyParameters(stage) });
    const { stderr } = await inProcess([
      "export",
      join(folder, "twins"),
      "--to",
      "torch",
      "--out",
      join(folder, "two"),
    ]);
    expect(stderr).toMatch(/V971.*two of its heads would have the method `forward_items_image`/);
  });

  it("is refused if no head gives predictions", async () => {
    const stage = stageOf(heads, "of_patches");
    await writeUntrained(join(folder, "patches"), stage, { spec: heads, parameters: anyParameters(stage) });
    const { exit, stderr } = await inProcess(["export", join(folder, "patches"), "--to", "torch", "--out", join(folder, "none")]); // prettier-ignore
    expect(exit).toBe(1);
    expect(stderr).toMatch(/V971.*as PyTorch: the stage `of_patches` has no head that answers/);
  });
});
