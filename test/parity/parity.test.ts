// Features, logits, losses, gradients and optimizer steps of the original's fixtures, reproduced by every engine, with the
// checkpoint imported and the programs run as `vlmo import` and `vlmo exec` do.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProgramName, Spec, StageSpec } from "../../compiler/index.js";
import { engines, type Engine } from "../../runtime/engines/index.js";
import { execProgram } from "../../runtime/program/exec.js";
import { readSafetensors } from "../../runtime/formats/safetensors.js";
import { float32, int32, type Tensor } from "../../runtime/tensor.js";
import { isLong, oneOf } from "../support/long.js";
import { expectCloseTogether, fromFloat32 } from "../support/bfloat16.js";
import { distance, importedParameters } from "../support/parity.js";
import { specOf, stageOf } from "../support/specs.js";
import { hasTorch } from "../support/torch.js";
import { hasWebgpu } from "../support/webgpu.js";

const committed = "test/fixtures/parity";
const shared = "../shared/fixtures";
const whole = existsSync(shared);
if (!whole)
  console.log(
    `skipped where ${shared} is absent: parity of dev_plus, VQA, NLVR2 and of checkpoints in PyTorch's format`,
  );

/** Our names ← the original's, by stage; equal names are given once. */
const features = {
  "image.cls": "image.cls",
  "image.tokens": "image.tokens",
  "image.fused_tokens": "image.vlffn_tokens",
  "text.cls": "text.cls",
  "text.tokens": "text.tokens",
  "text.fused_tokens": "text.vlffn_tokens",
  "pair.cls": "vl.cls",
  "pair.pooled": "vl.pooled",
  "pair.text": "vl.text_tokens",
} as const;
const heads = {
  "itc.image": "itc.image",
  "itc.text": "itc.text",
  "itc.fused_image": "itc.image_vl",
  "itc.fused_text": "itc.text_vl",
  "itc.logits_i2t": "itc.logits_i2t",
  "itc.logits_t2i": "itc.logits_t2i",
  "itc.fused_logits_i2t": "itc.logits_vl_i2t",
  "itc.fused_logits_t2i": "itc.logits_vl_t2i",
  "itm.logits": "itm.logits",
  "itm.weights_i2t": "itm.weights_i2t",
  "itm.weights_t2i": "itm.weights_t2i",
  "mlm.logits": "mlm.logits",
  "loss.mlm": "loss.mlm",
  "loss.itc": "loss.itc",
  "loss.itm": "loss.itm",
  "loss.total": "loss.total",
} as const;

/** A stage of `specs/parity.vlmo` with the fixture that it must reproduce. */
interface Case {
  readonly stage: string;
  readonly checkpoint: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Prefix of the gradients in outputs.safetensors, if they are not all in grads_all. */
  readonly gradients: string | null;
}

const cases: readonly Case[] = [
  { stage: "pairs", checkpoint: "checkpoint", outputs: { ...features, ...heads }, gradients: null },
  {
    stage: "textmlm",
    checkpoint: "checkpoint",
    outputs: { "textmlm.logits": "textmlm.logits", "loss.textmlm": "loss.textmlm" },
    gradients: "grad_textmlm.",
  },
  {
    stage: "irtr",
    checkpoint: "checkpoint",
    outputs: { "irtr.logits_i2t": "irtr.logits_i2t", "loss.irtr": "loss.irtr" },
    gradients: null,
  },
  {
    stage: "vqa",
    checkpoint: "checkpoint_vqa",
    outputs: { "vqa.logits": "vqa.logits", "loss.vqa": "loss.vqa" },
    gradients: "grad_vqa.",
  },
  {
    stage: "nlvr2",
    checkpoint: "checkpoint_nlvr2",
    outputs: { "nlvr2.logits": "nlvr2.logits", "loss.nlvr2": "loss.nlvr2" },
    gradients: "grad_nlvr2.",
  },
];

const variants = [
  { folder: "dev", stageOfCase: (name: string) => (name === "pairs" ? "pairs_stage" : `${name}_stage`) },
  { folder: "dev_plus", stageOfCase: (name: string) => `${name}_plus` },
];

interface Run {
  readonly engine: "ort" | "tfjs" | "torch";
  readonly backend: string;
  readonly precision: "float32" | "bfloat16";
  readonly here: boolean;
  /** The stages compared; pairs come first as they cover most. */
  readonly tried: readonly Case[];
  readonly compile?: true;
}

const runs: readonly Run[] = [
  { engine: "ort", backend: "cpu", precision: "float32", here: true, tried: cases },
  { engine: "ort", backend: "webgpu", precision: "float32", here: hasWebgpu, tried: oneOf(5, cases) },
  { engine: "tfjs", backend: "wasm", precision: "float32", here: true, tried: cases },
  { engine: "torch", backend: "cpu", precision: "float32", here: hasTorch, tried: cases },
  { engine: "torch", backend: "cpu", precision: "bfloat16", here: hasTorch, tried: cases },
  // Compiling takes minutes: one program, which has the losses of `forward` and the gradients of `step`, both run uncompiled.
  ...(["float32", "bfloat16"] as const).map((precision): Run => ({
    ...{ engine: "torch", backend: "cpu", precision, compile: true },
    here: hasTorch && isLong,
    tried: cases.slice(0, 1).map((entry) => ({ ...entry, outputs: lossesAmong(entry.outputs) })),
  })),
];

function lossesAmong(outputs: Case["outputs"]): Case["outputs"] {
  return Object.fromEntries(Object.entries(outputs).filter(([ours]) => ours.startsWith("loss.")));
}

const titled = runs
  .filter(({ here }) => here)
  .map((run) => ({
    title: `${run.engine} on ${run.backend} in ${run.precision}${run.compile ? ", compiled" : ""}`,
    ...run,
  }));

describe.each(titled)("$title", ({ engine: name, backend, precision, tried, compile = false }) => {
  let engine: Engine;
  let spec: Spec;
  const close = closeness[precision];
  beforeAll(async () => {
    engine = await engines[name]({ threads: 1, backend, precision, compile });
    spec = specOf("specs/parity.vlmo");
  });
  afterAll(() => engine.dispose());

  for (const { folder, stageOfCase } of variants) {
    for (const entry of tried) {
      const place = pathOf(folder, entry.checkpoint);
      it.skipIf(place === null)(
        `${folder}: ${entry.stage}`,
        async () => {
          const fixture = await open(entry, stageOf(spec, stageOfCase(entry.stage)), place ?? "");
          const exec = async (program: ProgramName) =>
            (
              await execProgram(
                { stage: fixture.stage, program, batch: null, outputs: null },
                {
                  engine,
                  parameters: { where: "", tensors: fixture.parameters },
                  inputs: { where: "", tensors: fixture.inputs },
                  step: 1,
                },
              )
            ).outputs;
          const gradients = await exec("gradient");
          close.forward(forwardPairs(compile ? gradients : await exec("forward"), entry, fixture));
          close.gradient(gradientPairs(gradients, entry, fixture));
          if (entry.stage === "pairs" && !compile) close.step(stepPairs(await exec("step"), fixture));
        },
        compile ? 3_600_000 : 600_000,
      );
    }
  }
});

/** The committed part of the fixtures, or all of them if they lie beside the checkout. */
function pathOf(folder: string, checkpoint: string): string | null {
  const roots = [committed, shared].filter((root) => existsSync(join(root, folder, `${checkpoint}.safetensors`)));
  return roots[0] === undefined ? null : join(roots[0], folder);
}

interface Fixture {
  readonly stage: StageSpec;
  readonly parameters: Map<string, Tensor>;
  readonly inputs: Map<string, Tensor>;
  readonly outputs: Map<string, Tensor>;
  readonly gradients: Map<string, Tensor>;
  readonly after: Map<string, Tensor>;
  /** The original's key of one of our parameters. */
  readonly keys: ReadonlyMap<string, string>;
}

async function open(entry: Case, stage: StageSpec, place: string): Promise<Fixture> {
  const read = (file: string): Promise<Map<string, Tensor>> => readSafetensors(join(place, `${file}.safetensors`));
  const { parameters, keys } = await importedParameters(join(place, `${entry.checkpoint}.safetensors`), stage);
  const outputs = await read("outputs");
  return {
    stage,
    parameters,
    inputs: inputsOf(await read("inputs"), outputs, entry),
    outputs,
    gradients: await read("grads_all"),
    after: await read("after_step_all"),
    keys,
  };
}

/** The original's inputs by our names; the negatives it sampled are forced. */
function inputsOf(theirs: Map<string, Tensor>, outputs: Map<string, Tensor>, { stage }: Case): Map<string, Tensor> {
  const inputs = new Map(theirs);
  const answers = theirs.get("nlvr2_answers");
  const targets = theirs.get("vqa_targets");
  if (stage === "pairs")
    for (const name of ["itm.neg_image_idx", "itm.neg_text_idx"]) inputs.set(name, outputs.get(name) ?? int32([0]));
  if (answers !== undefined) inputs.set("label", int32(answers.shape, Int32Array.from(answers.data)));
  if (targets !== undefined) inputs.set("answer_targets", targets);
  return inputs;
}

/** A tensor of ours with the original's, and the elements compared. */
interface Pair {
  readonly name: string;
  readonly actual: Tensor | undefined;
  readonly expected: Tensor | undefined;
  readonly counts?: (i: number) => boolean;
}

const each =
  (tolerance: number) =>
  (pairs: readonly Pair[]): void => {
    for (const { name, actual, expected, counts } of pairs)
      expect(distance(actual, expected, counts), name).toBeLessThan(tolerance);
  };

const together =
  (tolerance: number) =>
  (pairs: readonly Pair[]): void => {
    const [ours, theirs] = [new Map<string, Tensor>(), new Map<string, Tensor>()];
    for (const { name, actual, expected } of pairs) {
      if (actual !== undefined) ours.set(name, actual);
      theirs.set(name, expected ?? float32([]));
    }
    expectCloseTogether(ours, theirs, tolerance);
  };

/** Tolerance of each tensor, or of all together. */
const closeness = {
  float32: { forward: each(3e-5), gradient: each(1e-4), step: each(1e-4) },
  bfloat16: {
    forward: together(fromFloat32.forward),
    gradient: together(fromFloat32.gradient),
    step: together(fromFloat32.step),
  },
} as const;

function forwardPairs(results: ReadonlyMap<string, Tensor>, { outputs: names }: Case, { outputs }: Fixture): Pair[] {
  return Object.entries(names).map(([ours, theirs]) => ({
    name: ours,
    actual: results.get(ours),
    expected: outputs.get(theirs),
  }));
}

function gradientPairs(
  results: ReadonlyMap<string, Tensor>,
  { gradients: prefix, stage }: Case,
  fixture: Fixture,
): Pair[] {
  const pairs: Pair[] = [];
  for (const [name, key] of fixture.keys) {
    const expected =
      prefix === null
        ? stage === "pairs"
          ? fixture.gradients.get(key)
          : undefined
        : fixture.outputs.get(prefix + key);
    if (expected === undefined) continue;
    pairs.push({ name, actual: results.get(`grad.${name}`), expected });
  }
  const given =
    prefix === null
      ? fixture.gradients.size
      : [...fixture.outputs.keys()].filter((name) => name.startsWith(prefix)).length;
  if (prefix !== null || stage === "pairs") expect(pairs).toHaveLength(given);
  return pairs;
}

/** One AdamW step (transformers 4.8.1), for elements whose gradient is above the noise. */
function stepPairs(results: ReadonlyMap<string, Tensor>, { keys, gradients, after }: Fixture): Pair[] {
  return [...keys].flatMap(([name, key]) => {
    const gradient = gradients.get(key);
    if (gradient === undefined) return [];
    const counts = (i: number): boolean => Math.abs(gradient.data[i] ?? 0) > 1e-6;
    return [{ name, actual: results.get(`next.${name}`), expected: after.get(key), counts }];
  });
}
