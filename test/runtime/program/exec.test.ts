// `exec` on the reference engine: derived inputs, requested outputs, and refusals.
import { beforeAll, describe, expect, test } from "vitest";
import { checkSpec, parametersOf, type StageSpec } from "../../../compiler/index.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { execProgram, signatureOf, type ExecData, type ExecRequest } from "../../../runtime/program/exec.js";
import { float32, int32, type Tensor } from "../../../runtime/tensor.js";
import { drawAll } from "../../../runtime/train/draw.js";

const text = `vlmo 1
model Tiny {
  layers: 1
  width: 4
  attention { heads: 1, position: absolute(image, text) }
  norm: layer_norm(eps: 1e-6)
  image { size: 8px, patch: 4px }
  text { tokenizer: wordpiece(vocabulary: 9), length: 4 }
  experts { all: ffn(image, text, pair, ratio: 2) on all }
}
data world: pairs { format: shapes, seed: 1 }
head itc: contrastive(image.cls, text.cls) { temperature: 0.07 }
head itm: matching(pair.pooled) { negatives: hard(itc, from: pool) }
head mlm: masked_tokens(pair.text) { mask: 15% }
stage pairs {
  model: Tiny
  data: world
  learn: itc + itm + mlm
  train: all
  batch: 4
  steps: 10
  optimizer: adamw(lr: 1e-2, betas: [0.9, 0.99])
  schedule: linear(warmup: 5 steps)
}
`;

let stage: StageSpec;
let parameters: Map<string, Tensor>;
beforeAll(async () => {
  const { spec } = checkSpec("tiny.vlmo", { read: () => text, resolvePath: (_, to) => to });
  const found = spec?.stages.get("pairs");
  if (found === undefined) throw new Error("the test's own spec is wrong");
  stage = found;
  parameters = await drawAll(parametersOf(stage.model, stage.heads), 1);
});

const labels = [-100, 3, -100, -100, -100, -100, 5, 2];
const batch = (): Map<string, Tensor> =>
  new Map([
    [
      "image",
      float32(
        [2, 3, 8, 8],
        Float32Array.from({ length: 384 }, (_, i) => Math.cos(i)),
      ),
    ],
    ["text_ids", int32([2, 4], Int32Array.from([1, 3, 4, 2, 1, 5, 6, 2]))],
    ["text_masks", int32([2, 4], new Int32Array(8).fill(1))],
    ["text_ids_mlm", int32([2, 4], Int32Array.from([1, 8, 4, 2, 1, 5, 8, 8]))],
    ["text_labels_mlm", int32([2, 4], Int32Array.from(labels))],
  ]);

function run(tensors: Map<string, Tensor>, request: Partial<ExecRequest> = {}, data: Partial<ExecData> = {}) {
  const inputs = { where: "`in`", tensors };
  return execProgram(
    { stage, program: "forward", batch: null, outputs: null, ...request },
    { engine: createReference(), parameters: { where: "`p`", tensors: parameters }, inputs, step: 1, ...data },
  );
}

const value = (outputs: ReadonlyMap<string, Tensor>, name: string) => outputs.get(name)?.data[0] ?? Number.NaN;

describe("the inputs of exec:", () => {
  test("the batch size follows from the inputs, masked positions and counts from the labels", async () => {
    const { batch: size, outputs } = await run(batch());
    expect(size).toBe(2);
    const logits = outputs.get("mlm.logits")?.data ?? [];
    const losses = labels.flatMap((label, row) => {
      if (label < 0) return [];
      const scores = Array.from({ length: 9 }, (_, i) => logits[9 * row + i] ?? 0);
      return Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - (scores[label] ?? 0);
    });
    expect(value(outputs, "loss.mlm")).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / 3, 9);
  });

  test("a step starts without optimizer state, with the optimizer's learning rate", async () => {
    const name = "final_norm.weight";
    const [{ outputs: next }, { outputs: gradients }] = await Promise.all([
      run(batch(), { program: "step" }),
      run(batch(), { program: "gradient" }),
    ]);
    const gradient = value(gradients, `grad.${name}`);
    expect(value(next, `next.adam.m.${name}`)).toBeCloseTo(0.1 * gradient, 9);
    // The first AdamW step is the learning rate times the gradient's sign; norms have no weight decay.
    expect(value(next, `next.${name}`)).toBeCloseTo(1 - 1e-2 * Math.sign(gradient), 5);
  });

  test("`update` uses the given gradients, state and learning rate", async () => {
    const one = (name: string) => [name, float32([4], new Float32Array(4).fill(1))] as const;
    const given = new Map([
      ["grad.final_norm.bias", float32([4], Float32Array.of(1, 1, 1, 1))],
      one("adam.m.final_norm.bias"),
      one("adam.v.final_norm.bias"),
      ["lr", float32([], Float32Array.of(0.5))],
    ] as const);
    const request = { program: "update", outputs: ["next.final_norm.bias"] } as const;
    const { outputs } = await run(new Map(given), request, { step: 1000 });
    expect(value(outputs, "next.final_norm.bias")).toBeCloseTo(-0.5, 3);
  });

  test("given negatives replace sampled ones", async () => {
    const forced = batch().set("itm.neg_image_idx", float32([2], Float32Array.of(1, 1)));
    const { outputs } = await run(forced, { outputs: ["itm.neg_image_idx", "itm.neg_text_idx"] });
    expect([...(outputs.get("itm.neg_image_idx")?.data ?? [])]).toEqual([1, 1]);
    expect([...(outputs.get("itm.neg_text_idx")?.data ?? [])]).toEqual([1, 0]);
  });
});

describe("the interface of exec", () => {
  test("computes the requested results from their inputs only", async () => {
    const few = new Map([...batch()].filter(([name]) => name === "image"));
    const { outputs } = await run(few, { outputs: ["image.*"] });
    expect([...outputs.keys()]).toEqual(expect.arrayContaining(["image.cls", "image.patches", "image.tokens"]));
    expect([...outputs.keys()].every((name) => name.startsWith("image."))).toBe(true);
  });

  test("reports tensors that the program does not read", async () => {
    expect((await run(batch().set("stray", float32([1])), {})).unread).toEqual(["stray"]);
  });

  test("lists the required inputs", () => {
    const { inputs } = signatureOf({ stage, program: "forward", batch: 3, outputs: null });
    const required = inputs.filter((entry) => entry.required && entry.role !== "parameter").map(({ name }) => name);
    expect(required.sort()).toEqual(["image", "text_ids", "text_ids_mlm", "text_labels_mlm", "text_masks"]);
    expect(inputs.find(({ name }) => name === "mlm.positions")).toMatchObject({
      default: "worked out from text_labels_mlm",
    });
    expect(inputs.find(({ name }) => name === "text_labels_mlm")?.shape).toEqual([3, 4]);
  });
});

describe("values out of range are reported:", () => {
  const edited = (name: string, at: number, value: number): Map<string, Tensor> => {
    const tensors = batch();
    const tensor = tensors.get(name) ?? int32([2], new Int32Array(2));
    return tensors.set(name, int32(tensor.shape, Int32Array.from(tensor.data).fill(value, at, at + 1)));
  };

  test.each([
    { name: "text_ids", at: 5, value: -5, says: "holds -5 at [1, 1], but ids of tokens are 0..8" },
    { name: "text_ids_mlm", at: 0, value: 9, says: "holds 9 at [0, 0], but ids of tokens are 0..8" },
    {
      name: "text_labels_mlm",
      at: 7,
      value: 1e6,
      says: "holds 1000000 at [1, 3], but ids of tokens are 0..8, or -100 for none",
    },
    {
      name: "text_labels_mlm",
      at: 0,
      value: -7,
      says: "holds -7 at [0, 0], but ids of tokens are 0..8, or -100 for none",
    },
    {
      name: "itm.neg_text_idx",
      at: 1,
      value: 2,
      says: "holds 2 at [1], but samples of the batch are 0..1, or -1 for none",
    },
    {
      name: "text_masks",
      at: 5,
      value: 7,
      says: "holds 7 at [1, 1], but masks of tokens are 0..1, with a 1 in each row",
    },
  ])("$name $says", async ({ name, at, value: wrong, says }) => {
    await expect(run(edited(name, at, wrong))).rejects.toMatchObject({ code: "V945", message: `\`${name}\` ${says}` });
  });

  test.each([
    { masks: [1, 1, 0, 0, 1, 0.5, 0, 0], says: "holds 0.5 at [1, 1]" },
    { masks: [1, -3, 0, 0, 1, 1, 0, 0], says: "holds -3 at [0, 1]" },
    { masks: [1, 1, 0, 0, 0, 0, 0, 0], says: "holds no 1 at [1]" },
    { masks: [1, Number.NaN, 0, 0, 1, 1, 0, 0], says: "holds NaN at [0, 1]" },
  ])("a float mask $says", async ({ masks, says }) => {
    const given = batch().set("text_masks", float32([2, 4], Float32Array.from(masks)));
    const message = `\`text_masks\` ${says}, but masks of tokens are 0..1, with a 1 in each row`;
    await expect(run(given)).rejects.toMatchObject({ code: "V945", message });
  });

  test("an empty batch", async () => {
    const nothing = new Map([...batch()].map(([name, { shape }]) => [name, float32([0, ...shape.slice(1)])]));
    await expect(run(nothing)).rejects.toMatchObject({
      code: "V963",
      message: expect.stringMatching(/ or more, but .* holds no sample$/),
    });
  });

  test("a number beyond int32, as given", async () => {
    const wide = { dtype: "float32", shape: [2, 4], data: new Float64Array(8).fill(2 ** 32 + 1) } as const;
    await expect(run(batch().set("text_ids", wide))).rejects.toMatchObject({
      message: expect.stringContaining("holds 4294967297 at [0, 0]"),
    });
  });

  test("but not the bounds of a range and the value for none", async () => {
    for (const [name, number] of [
      ["text_ids", 8],
      ["text_labels_mlm", -100],
      ["itm.neg_text_idx", -1],
    ] as const)
      await expect(run(edited(name, 0, number))).resolves.toMatchObject({ batch: 2 });
  });

  test("positions outside the batch", async () => {
    const positions = int32([8], Int32Array.of(0, 1, 2, 3, 4, 5, 6, 8));
    await expect(run(batch().set("mlm.positions", positions))).rejects.toMatchObject({
      message: "`mlm.positions` holds 8 at [7], but positions in the batch are 0..7",
    });
  });

  test("with ranges that the list of inputs shows", () => {
    const { inputs } = signatureOf({ stage, program: "forward", batch: 3, outputs: null });
    const ranges = inputs.flatMap(({ name, range }) => (range === undefined ? [] : [[name, range]]));
    expect(Object.fromEntries(ranges)).toEqual({
      text_ids: "0..8",
      text_ids_mlm: "0..8",
      text_labels_mlm: "0..8, or -100 for none",
      text_masks: "0..1, with a 1 in each row",
      "itm.neg_image_idx": "0..2, or -1 for none",
      "itm.neg_text_idx": "0..2, or -1 for none",
      "mlm.positions": "0..11",
      "mlm.values": "0..8",
    });
  });
});

describe("exec refuses", () => {
  const without = (name: string) => new Map([...batch()].filter(([key]) => key !== name));
  test.each([
    {
      title: "a missing input, by its name",
      inputs: () => without("text_labels_mlm"),
      code: "V962",
      message: /needs inputs that are not given: `text_labels_mlm`$/,
    },
    {
      title: "another shape, with both",
      inputs: () => batch().set("image", float32([2, 3, 8, 4])),
      code: "V963",
      message: /`image` should be float32 \[2, 3, 8, 8\], but `in` holds float32 \[2, 3, 8, 4\]/,
    },
    {
      title: "fractions for integers",
      inputs: () => batch().set("text_ids", float32([2, 4], new Float32Array(8).fill(0.5))),
      code: "V963",
      message: /int32 \[2, 4\].* with numbers such as 0\.5/,
    },
    {
      title: "inputs of different batch sizes",
      inputs: () => batch().set("text_masks", float32([3, 4])),
      code: "V964",
      message: /`image` has 2.*`text_masks` has 3|`text_masks` has 3.*`image` has 2/,
    },
  ])("$title", async ({ inputs, code, message }) => {
    await expect(run(inputs())).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test("integers for a parameter", async () => {
    const quantized = new Map(parameters).set("pooler.bias", int32([4]));
    const data = { parameters: { where: "`p`", tensors: quantized } };
    await expect(run(batch(), {}, data)).rejects.toMatchObject({
      code: "V963",
      message: "`pooler.bias` should be float32 [4], but `p` holds int32 [4]",
    });
  });

  test("missing parameters", async () => {
    const some = new Map([...parameters].filter(([name]) => name !== "pooler.bias"));
    const data = { parameters: { where: "`p`", tensors: some } };
    await expect(run(batch(), {}, data)).rejects.toMatchObject({
      code: "V965",
      message: "`p` lacks parameters of the stage `pairs`: `pooler.bias`",
    });
  });

  test("an unknown output", async () => {
    await expect(run(batch(), { outputs: ["los.*"] })).rejects.toMatchObject({ code: "V961" });
  });

  test("gradients of a stage without trained parameters", async () => {
    const idle = { ...stage, trained: new Set<string>() };
    await expect(run(batch(), { stage: idle, program: "gradient" })).rejects.toMatchObject({ code: "V969" });
  });

  test("features of a stage whose heads read none", async () => {
    const tokenizing = { ...stage, learn: [] };
    await expect(run(batch(), { stage: tokenizing, program: "encode" })).rejects.toMatchObject({
      code: "V969",
      message: expect.stringContaining("no head that it learns reads the model") as string,
    });
  });
});
