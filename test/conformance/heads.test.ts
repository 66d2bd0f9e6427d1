// Every head, kind of positions and activation: gradients of its whole program along random directions against central
// differences in float64, and every engine against `reference`.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  buildGradient,
  createGraph,
  input,
  parametersOf,
  type Graph,
  type Program,
  type StageSpec,
} from "../../compiler/index.js";
import { createContext, lossesOf } from "../../compiler/build/parts.js";
import { rewrite, topological } from "../../compiler/ir/graph.js";
import { headKinds, ruleOf } from "../../compiler/heads/index.js";
import { activationNames } from "../../compiler/ops/activations.js";
import { positions } from "../../compiler/positions/index.js";
import type { Engine } from "../../runtime/engines/index.js";
import { createReference } from "../../runtime/engines/reference.js";
import { feed } from "../../runtime/program/feed.js";
import { float32, type Tensor, type Tensors } from "../../runtime/tensor.js";
import { slopesAlong, tensorOf } from "../support/differences.js";
import { expectCloseTogether, throughLayers } from "../support/bfloat16.js";
import { drawFrom } from "../support/draw.js";
import { evaluate, expectClose } from "../support/evaluate.js";
import { oneOf } from "../support/long.js";
import { specOf } from "../support/specs.js";
import { conforming } from "./engines.js";

const spec = specOf("test/conformance/heads.vlmo");
const reference = createReference();
const stages = [...spec.stages.values()].map((stage) => [stage.name.replaceAll("_", " "), stage] as const);

test("covers every head", () => {
  const learnt = new Set(stages.flatMap(([, { learn }]) => learn.map(({ head }) => head.kind)));
  expect([...learnt].sort()).toEqual(headKinds.toSorted());
});

test("covers every kind of positions", () => {
  const learnt = new Set(stages.map(([, { model }]) => model.attention.position.kind));
  expect([...learnt].sort()).toEqual(Object.keys(positions).toSorted());
});

test("covers every activation", () => {
  const used = new Set(stages.flatMap(([, { model }]) => model.experts.map(({ activation }) => activation)));
  expect([...used].sort()).toEqual(activationNames.toSorted());
});

test.each(stages)("every integer input has a range: %s", (_, stage) => {
  const { graph, ranges } = madeFor(stage).program;
  const whole = graph.inputs.filter(({ value }) => value.type.dtype === "int32").map(({ name }) => name);
  expect(whole.filter((name) => !ranges.has(name))).toEqual([]);
});

test.each(stages)("the range of labels is the number of classes by which data are checked: %s", (_, stage) => {
  const { ranges } = madeFor(stage).program;
  for (const { head } of stage.learn) {
    const { counted, classes, wants } = ruleOf(head);
    const { label, mask } = wants(head);
    if (label === undefined && mask === undefined) continue;
    const range = ranges.get(counted.labels ?? "");
    expect([head.name, range?.least, range?.most]).toEqual([head.name, 0, (classes?.(head).count ?? 0) - 1]);
  }
});

describe("gradients agree with central differences", () => {
  test.each(stages)("%s", async (_, stage) => {
    const { tensors: given, wanted } = await computedFor(stage);
    const { loss, tensors } = await heldLoss(stage, given);
    const gradients = new Map([...stage.trained].map((name) => [name, tensorOf(wanted, `grad.${name}`)]));
    const directions = new Map(
      [...gradients].map(([name, { shape }]) => [name, drawFrom("direction", name).floats(shape)]),
    );
    for (const [name, slope] of await slopesAlong(reference, loss, tensors, directions)) {
      const direction = tensorOf(directions, name);
      const told = Array.from(tensorOf(gradients, name).data).reduce(
        (sum, value, i) => sum + value * (direction.data[i] ?? 0),
        0,
      );
      expect(Math.abs(told - slope), `${name}: ${told} for ${slope}`).toBeLessThan(1e-6 + 1e-5 * Math.abs(slope));
    }
  });
});

describe.each(conforming)("$title", ({ open, oracle, every }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => engine.dispose());

  test.each(oneOf(every, stages))(
    "agrees with the reference in losses and gradients of %s",
    async (_, stage) => {
      const { program, tensors, wanted } = await computedFor(stage);
      const actual = await evaluate(engine, program.graph, tensors);
      if (oracle !== undefined)
        expectCloseTogether(actual, await evaluate(reference, oracle(program.graph), tensors), throughLayers);
      else
        for (const [name, tensor] of wanted) expectClose(actual.get(name), tensor, { absolute: 1e-6, relative: 3e-5 });
    },
    300_000,
  );
});

const computed = new Map<StageSpec, ReturnType<typeof madeFor> & { readonly wanted: Tensors }>();

/** The program of a stage with the reference's results, computed once for all engines. */
async function computedFor(stage: StageSpec) {
  const before = computed.get(stage);
  if (before !== undefined) return before;
  const made = madeFor(stage);
  const row = { ...made, wanted: await evaluate(reference, made.program.graph, made.tensors) };
  computed.set(stage, row);
  return row;
}

/** The loss of a stage with everything behind a stop-gradient fixed at its values for these tensors. */
async function heldLoss(stage: StageSpec, tensors: Tensors): Promise<{ loss: Graph; tensors: Tensors }> {
  const context = createContext(stage, { batch: stage.batch, capacity: new Map() }, { training: true });
  const { total } = lossesOf(context, false);
  const whole = createGraph("loss", [...context.inputs.values()], new Map([["loss.total", total]]));
  const stops = topological([total]).filter(({ op }) => op === "stopGradient");
  const held = stops.map(({ outputs: [value] }, i) => ({ name: `held.${i}`, value: value ?? total }));
  const stopped = createGraph("stopped", whole.inputs, new Map(held.map(({ name, value }) => [name, value])));
  const values = held.length === 0 ? new Map<string, Tensor>() : await evaluate(reference, stopped, tensors);
  const inputs = new Map(held.map(({ name, value }) => [value.node, input(name, "batch", value.type)]));
  const { outputs } = rewrite({ ...whole, inputs: [...whole.inputs, ...inputs.values()] }, (node) => {
    const entry = inputs.get(node);
    return entry === undefined ? null : [entry.value];
  });
  return {
    loss: createGraph("loss", [...whole.inputs, ...inputs.values()], outputs),
    tensors: new Map([...tensors, ...values]),
  };
}

/** The gradient program of a stage with tensors for all of its inputs. */
function madeFor(stage: StageSpec): { program: Program; tensors: Tensors } {
  const program = buildGradient(stage, { batch: stage.batch, capacity: new Map() });
  const batch = batchOf(stage);
  const { tensors, missing } = feed(program, { batch, items: stage.batch, scalars: new Map(), noise: null });
  expect(missing.map(({ name }) => name)).toEqual([]);
  const parameters = parametersOf(stage.model, stage.heads).map(({ name, shape }): [string, Tensor] => [
    name,
    drawFrom("heads", name).floats(shape, -0.7, 0.7),
  ]);
  return { program, tensors: new Map([...parameters, ...tensors]) };
}

/** Images, padded texts, masks of a few positions, and targets. */
function batchOf({ model: { image, text }, batch }: StageSpec): Tensors {
  const draw = drawFrom("heads");
  const [size, channels, length] = [image?.size ?? 1, image?.channels ?? 3, text?.length ?? 1];
  const patches = (size / (image?.patch ?? 1)) ** 2;
  const vocabulary = text?.tokenizer.vocabulary ?? 1;
  const pixels = (): Tensor => draw.floats([batch, channels, size, size]);
  const ids = draw.ids([batch, length], vocabulary);
  const everyThird = (tensor: Tensor): Tensor => ({
    ...tensor,
    data: tensor.data.map((id, i) => (i % 3 === 1 ? id : -100)),
  });
  return new Map<string, Tensor>([
    ["image", pixels()],
    ["image_0", pixels()],
    ["image_1", pixels()],
    ["text_ids", ids],
    ["text_ids_mlm", draw.ids([batch, length], vocabulary)],
    ["text_labels_mlm", everyThird(ids)],
    [
      "text_masks",
      float32(
        [batch, length],
        Float32Array.from({ length: batch * length }, (_, i) => (i % length < 3 + (i % 2) ? 1 : 0)),
      ),
    ],
    ["patch_mask", draw.flags([batch, patches])],
    ["patch_codes", draw.ids([batch, patches], 12)],
    ["label", draw.ids([batch], 2)],
    ["label_second", draw.ids([batch], 2)],
    ["label_share", draw.floats([batch], 0, 1)],
    ["mask", everyThird(draw.ids([batch, size, size], 2))],
    ["answer_targets", draw.floats([batch, 4], 0, 1)],
  ]);
}
