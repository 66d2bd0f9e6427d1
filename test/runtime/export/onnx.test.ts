// ONNX files against the engine: each kind of head, for batches of several sizes, by onnxruntime alone.
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { buildAnswer, buildVector, type HeadSpec } from "../../../compiler/index.js";
import { layouts } from "../../../runtime/checkpoint/index.js";
import { engines } from "../../../runtime/engines/index.js";
import { aboutOnly } from "../../../runtime/evaluate/pass.js";
import { exportModel } from "../../../runtime/export/export.js";
import { onnxFiles } from "../../../runtime/export/onnx.js";
import type { Exporting } from "../../../runtime/export/format.js";
import { askedData } from "../../../runtime/predict/heads.js";
import { openModel, type TrainedModel } from "../../../runtime/predict/model.js";
import { createAll, readAll, readBy } from "../../../runtime/program/results.js";
import type { Tensor, Tensors } from "../../../runtime/tensor.js";
import { drawFrom } from "../../support/draw.js";
import { oneOf } from "../../support/long.js";
import { distance } from "../../support/parity.js";
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
  readonly programs: readonly {
    readonly file: string;
    readonly inputs: readonly { readonly name: string; readonly dtype: "int32" | "float32"; readonly shape: readonly (number | "batch")[] }[];
  }[];
} // prettier-ignore

/** Any image, any text of any length. */
function inputsOf({ inputs }: Described["programs"][number], batch: number): Tensors {
  const draw = drawFrom("inputs", batch);
  return new Map(
    inputs.map(({ name, dtype, shape }) => {
      const full = shape.map((size) => (size === "batch" ? batch : size));
      const tensor = dtype === "int32" ? draw.ids(full, 13) : draw.floats(full, -1, 1);
      const [, length = 1] = full;
      const mask = (i: number): number => Number(i % length < 2 + (Math.floor(i / length) % (length - 1)));
      return [name, name === "text_masks" ? { ...tensor, data: tensor.data.map((_, i) => mask(i)) } : tensor];
    }),
  );
}

async function byOrt(file: string, given: Tensors): Promise<Tensor> {
  const session = await InferenceSession.create(file);
  const feeds = [...given].map(([name, { dtype, shape, data }]) => {
    // Boundary: the types of a union of arrays.
    return [name, new OrtTensor(dtype, data as Float32Array, shape)] as const;
  });
  const results = await session.run(Object.fromEntries(feeds));
  const [output] = Object.values(results);
  await session.release();
  if (output === undefined) throw new Error("no output");
  return { dtype: "float32", shape: output.dims, data: output.data as Float32Array };
}

/** A program of a model, by its file. */
interface Run {
  readonly model: TrainedModel;
  readonly head: HeadSpec;
  readonly file: string;
}

async function byEngine(
  { model: { stage, parameters }, head, file }: Run,
  given: Tensors,
): Promise<Tensor | undefined> {
  const side = file.replace(".onnx", "");
  const engine = await engines.reference({ threads: 1, backend: null });
  const only = aboutOnly({ stage, evaluation: { data: askedData(stage, head) } }, head);
  const sizes = { batch: [...given.values()][0]?.shape[0] ?? 0, capacity: new Map<string, number>() };
  const isSide = side === "image" || side === "text";
  const program = isSide ? buildVector(only, sizes, head, side) : buildAnswer(only, sizes, head);
  const executable = await engine.load(program.graph);
  const masked = new Map([...given].map(([name, tensor]) => [name === "text_ids" ? "text_ids_mlm" : name, tensor]));
  const handles = createAll(engine, new Map([...parameters, ...given, ...masked]));
  const [output] = (await readAll(engine, await executable.run(readBy(program, handles)))).values();
  engine.dispose();
  return output;
}

/** What has operations of its own; the others in `npm run test:long`, or by the examples in export.test.ts. */
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

describe("an ONNX file gives what the engine gives, for batches of any size", () => {
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
        const inputs = inputsOf(program, batch);
        const found = await byOrt(join(out, program.file), inputs);
        const wanted = await byEngine({ model, head, file: program.file }, inputs);
        expect(found.shape).toEqual(wanted?.shape);
        expect(distance(found, wanted)).toBeLessThan(1e-5);
      }
    }
  });
});

it("holds a program of one size where that is asked for", async () => {
  const { files } = onnxFiles(await exporting("of_label", null, 2));
  const about = JSON.parse(textIn(files.get("model.json"))) as Described;
  expect(about.programs[0]?.inputs.map(({ shape }) => shape)).toEqual([[2, 3, 8, 8]]);
});

it("puts weights that are too many for one file into another, which onnxruntime reads", async () => {
  const given = await exporting("of_label");
  const { files } = onnxFiles(given, 1000);
  expect([...files.keys()].slice(0, 2)).toEqual(["model.onnx", "model.onnx.data"]);
  const out = mkdtempSync(join(folder, "large-"));
  for (const [name, content] of files) if ("bytes" in content) writeFileSync(join(out, name), Buffer.concat(content.bytes));
  const about = JSON.parse(textIn(files.get("model.json"))) as Described;
  const [program] = about.programs;
  if (program === undefined) throw new Error("no program");
  const inputs = inputsOf(program, 2);
  const [head] = given.model.stage.heads;
  if (head === undefined) throw new Error("no head");
  const wanted = await byEngine({ model: given.model, head, file: "model.onnx" }, inputs);
  expect(distance(await byOrt(join(out, "model.onnx"), inputs), wanted)).toBeLessThan(1e-5);
  expect(readdirSync(out)).toHaveLength(2);
}); // prettier-ignore

function textIn(content: object | undefined): string {
  if (content === undefined || !("text" in content)) throw new Error("no text");
  return String(content.text);
}
