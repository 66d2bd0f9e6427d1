// ONNX files run by onnxruntime, against the engine: each kind of head, for several batch sizes.
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { layouts } from "../../../runtime/checkpoint/index.js";
import { exportModel } from "../../../runtime/export/export.js";
import { onnxFiles } from "../../../runtime/export/onnx.js";
import type { Exporting } from "../../../runtime/export/format.js";
import { readSafetensors } from "../../../runtime/formats/safetensors.js";
import { openModel } from "../../../runtime/predict/model.js";
import { float32, type Tensor, type Tensors } from "../../../runtime/tensor.js";
import { anyInputs, byEngine, type Wanted } from "../../support/answers.js";
import { oneOf } from "../../support/long.js";
import { distance, importedParameters } from "../../support/parity.js";
import { specOf, stageOf } from "../../support/specs.js";
import { anyParameters, writeUntrained } from "../../support/untrained.js";

const spec = specOf("test/conformance/heads.vlmo");
const folder = mkdtempSync(join(tmpdir(), "vlmo-onnx-"));

async function exporting(name: string, head: string | null = null, batch: number | null = null): Promise<Exporting> {
  const stage = stageOf(spec, name);
  const place = join(folder, name);
  await writeUntrained(place, stage, { spec, parameters: anyParameters(stage) });
  const model = await openModel(place);
  const none = { layout: layouts.vlmo_ts, allowMissing: [], evaluations: [] };
  return { model, version: "test", head, batch, ...none };
}

interface Described {
  readonly head: { readonly name: string };
  readonly programs: readonly { readonly file: string; readonly inputs: readonly Wanted[] }[];
}

async function byOrt(file: string, given: Tensors): Promise<Tensor> {
  const session = await InferenceSession.create(file);
  const feeds = [...given].map(([name, { dtype, shape, data }]) => {
    // Boundary: a union of array types.
    return [name, new OrtTensor(dtype, data as Float32Array, shape)] as const;
  });
  const results = await session.run(Object.fromEntries(feeds));
  const [output] = Object.values(results);
  await session.release();
  if (output === undefined) throw new Error("no output");
  return { dtype: "float32", shape: output.dims, data: output.data as Float32Array };
}

/** Stages with distinct operations; the others in `npm run test:long`, or by the examples in export.test.ts. */
const rows = [
  ...["of_pixels", "of_two", "of_caption"].map((stage) => ({ stage, head: null })),
  ...oneOf(10, [
    { stage: "of_match", head: "match" },
    ...["of_words", "of_words_in_pairs", "of_absolute", "of_sincos", "of_no_positions"].map((stage) => ({
      stage,
      head: null,
    })),
    ...["of_contrast", "of_fused_contrast", "of_signed_contrast", "of_label", "of_linear_label", "of_answer"].map(
      (stage) => ({ stage, head: null }),
    ),
  ]),
];

describe("an ONNX file agrees with the engine for any batch size", () => {
  it.each(rows)("$stage", async ({ stage: name, head: named }) => {
    const given = await exporting(name, named);
    const out = join(folder, `${name}-onnx`);
    await exportModel(out, "onnx", given);
    const about = JSON.parse(readFileSync(join(out, "model.json"), "utf8")) as Described;
    const { model } = given;
    const head = model.stage.heads.find((each) => each.name === about.head.name);
    if (head === undefined) throw new Error("no head");
    for (const program of about.programs) {
      for (const batch of [1, 3]) {
        const inputs = anyInputs(program.inputs, batch);
        const found = await byOrt(join(out, program.file), inputs);
        const wanted = await byEngine({ model, head, side: sideOf(program.file) }, inputs);
        expect(found.shape).toEqual(wanted?.shape);
        expect(distance(found, wanted)).toBeLessThan(1e-5);
      }
    }
  });
});

it("gives the original's outputs for its checkpoint", async () => {
  const files = "test/fixtures/parity/dev";
  const parity = specOf("specs/parity.vlmo");
  const stage = stageOf(parity, "pairs_stage");
  const { parameters } = await importedParameters(join(files, "checkpoint.safetensors"), stage);
  await writeUntrained(join(folder, "original"), stage, { spec: parity, parameters });
  const model = await openModel(join(folder, "original"));
  const [inputs, outputs] = await Promise.all(
    ["inputs", "outputs"].map((name) => readSafetensors(join(files, `${name}.safetensors`))),
  );
  const said = async (head: string, file: string, given: Readonly<Record<string, string>>): Promise<Tensor> => {
    const out = join(folder, `original-${head}`);
    const none = { batch: null, layout: layouts.vlmo_ts, allowMissing: [], evaluations: [] };
    if (!existsSync(out)) await exportModel(out, "onnx", { model, version: "test", head, ...none });
    const tensors = Object.entries(given).map(([name, theirs]) => [name, inputs?.get(theirs) ?? float32([0])] as const);
    return byOrt(join(out, file), new Map(tensors.map(([name, tensor]) => [name, name === "text_masks" ? asFloats(tensor) : tensor])));
  };
  const text = { text_ids: "text_ids", text_masks: "text_masks" };
  const rows = [
    ["itc.image", await said("itc", "image.onnx", { image: "image" })],
    ["itc.text", await said("itc", "text.onnx", text)],
    ["mlm.logits", await said("mlm", "model.onnx", { image: "image", ...text, text_ids: "text_ids_mlm" })],
  ] as const;
  for (const [name, tensor] of rows) expect([name, distance(tensor, outputs?.get(name)) < 2e-5]).toEqual([name, true]);
}); // prettier-ignore

it("has a fixed batch size on request", async () => {
  const { files } = onnxFiles(await exporting("of_label", null, 2));
  const about = JSON.parse(textIn(files.get("model.json"))) as Described;
  expect(about.programs[0]?.inputs.map(({ shape }) => shape)).toEqual([[2, 3, 8, 8]]);
});

it("stores weights too large for one file as external data, which onnxruntime reads", async () => {
  const given = await exporting("of_label");
  const { files } = onnxFiles(given, 1000);
  expect([...files.keys()].slice(0, 2)).toEqual(["model.onnx", "model.onnx.data"]);
  const out = mkdtempSync(join(folder, "large-"));
  for (const [name, content] of files) if ("bytes" in content) writeFileSync(join(out, name), Buffer.concat(content.bytes));
  const about = JSON.parse(textIn(files.get("model.json"))) as Described;
  const [program] = about.programs;
  if (program === undefined) throw new Error("no program");
  const inputs = anyInputs(program.inputs, 2);
  const [head] = given.model.stage.heads;
  if (head === undefined) throw new Error("no head");
  const wanted = await byEngine({ model: given.model, head, side: null }, inputs);
  expect(distance(await byOrt(join(out, "model.onnx"), inputs), wanted)).toBeLessThan(1e-5);
  expect(readdirSync(out)).toHaveLength(2);
}); // prettier-ignore

function textIn(content: object | undefined): string {
  if (content === undefined || !("text" in content)) throw new Error("no text");
  return String(content.text);
}

function sideOf(file: string): "image" | "text" | null {
  if (file === "image.onnx") return "image";
  return file === "text.onnx" ? "text" : null;
}

function asFloats({ shape, data }: Tensor): Tensor {
  return float32(shape, Float32Array.from(data));
}
