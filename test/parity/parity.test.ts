// The original's numbers: features, logits, losses, gradients and optimizer steps of the fixtures, by every engine, with
// the checkpoint imported and the program run as `vlmo import` and `vlmo exec` do.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProgramName, Spec, StageSpec } from "../../compiler/index.js";
import { engines, type Engine } from "../../runtime/engines/index.js";
import { execProgram } from "../../runtime/program/exec.js";
import { readSafetensors } from "../../runtime/formats/safetensors.js";
import { float32, int32, type Tensor } from "../../runtime/tensor.js";
import { distance, importedParameters } from "../support/parity.js";
import { specOf, stageOf } from "../support/specs.js";
import { hasTorch } from "../support/torch.js";

const committed = "test/fixtures/parity";
const shared = "../shared/fixtures";
const whole = existsSync(shared);
if (!whole)
  console.log(
    `skipped where ${shared} is absent: parity of dev_plus, VQA, NLVR2 and of checkpoints in PyTorch's format`,
  );

/** Ours ← theirs, by stage. Names that are equal on both sides stand once. */
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
  /** Prefix of the gradients in outputs.safetensors, where they are not all in grads_all. */
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

const runs = [
  { engine: "ort", backend: null, here: true },
  { engine: "tfjs", backend: "wasm", here: true },
  { engine: "torch", backend: "cpu", here: hasTorch },
] as const;

describe.each(runs.filter(({ here }) => here))("$engine $backend", ({ engine: name, backend }) => {
  let engine: Engine;
  let spec: Spec;
  beforeAll(async () => {
    engine = await engines[name]({ threads: 1, backend });
    spec = specOf("specs/parity.vlmo");
  });
  afterAll(() => engine.dispose());

  for (const { folder, stageOfCase } of variants) {
    for (const entry of cases) {
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
          compareForward(await exec("forward"), entry, fixture);
          compareGradients(await exec("gradient"), entry, fixture);
          if (entry.stage === "pairs") compareStep(await exec("step"), fixture);
        },
        300_000,
      );
    }
  }
});

/** The committed part of the fixtures, or the whole where it lies beside the checkout. */
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
  /** Their key of one of our parameters. */
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

/** Their inputs by our names; the negatives they drew are forced. */
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

function compareForward(results: ReadonlyMap<string, Tensor>, { outputs: names }: Case, { outputs }: Fixture): void {
  for (const [ours, theirs] of Object.entries(names)) {
    expect(distance(results.get(ours), outputs.get(theirs)), ours).toBeLessThan(3e-5);
  }
}

function compareGradients(
  results: ReadonlyMap<string, Tensor>,
  { gradients: prefix, stage }: Case,
  fixture: Fixture,
): void {
  let compared = 0;
  for (const [name, key] of fixture.keys) {
    const expected =
      prefix === null
        ? stage === "pairs"
          ? fixture.gradients.get(key)
          : undefined
        : fixture.outputs.get(prefix + key);
    if (expected === undefined) continue;
    compared += 1;
    expect(distance(results.get(`grad.${name}`), expected), name).toBeLessThan(1e-4);
  }
  const given =
    prefix === null
      ? fixture.gradients.size
      : [...fixture.outputs.keys()].filter((name) => name.startsWith(prefix)).length;
  if (prefix !== null || stage === "pairs") expect(compared).toBe(given);
}

/** One AdamW step (transformers 4.8.1), where the gradient is not noise. */
function compareStep(results: ReadonlyMap<string, Tensor>, { keys, gradients, after }: Fixture): void {
  for (const [name, key] of keys) {
    const gradient = gradients.get(key) ?? float32([0]);
    if (!gradients.has(key)) continue;
    const counts = (i: number): boolean => Math.abs(gradient.data[i] ?? 0) > 1e-6;
    expect(distance(results.get(`next.${name}`), after.get(key), counts), name).toBeLessThan(1e-4);
  }
}
