// Messages for a file that does not fit the model: first what it is, then its problems, with like ones merged.
import { describe, expect, test } from "vitest";
import { importCheckpoint, type ImportOptions } from "../../../runtime/checkpoint/import.js";
import { layouts } from "../../../runtime/checkpoint/layouts/index.js";
import { ledgerOf } from "../../../runtime/checkpoint/ledger.js";
import { memorySource } from "../../../runtime/checkpoint/source.js";
import { float32, int32, type Tensor } from "../../../runtime/tensor.js";
import { VlmoError } from "../../../runtime/errors/vlmo-error.js";
import { model, vlmoFile } from "./vlmo-file.js";

async function refused(tensors: ReadonlyMap<string, Tensor>, target = model(), options: ImportOptions = {}) {
  const error: unknown = await importCheckpoint(memorySource("x.pt", tensors), target, options).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof VlmoError)) throw new Error("nothing was refused");
  return error;
}

describe("another layout", () => {
  test("is named if no key belongs to the requested layout", async () => {
    const error = await refused(vlmoFile().parameters);
    expect(error).toMatchObject({ code: "V939", help: "--layout vlmo_ts" });
    expect(error.message).toBe(
      "no key of `x.pt` is of the layout `vlmo`: its names are this program's own (layout `vlmo_ts`)",
    );
  });

  test("is named if it shares some keys with the requested one", async () => {
    const beit = new Map([
      ["blocks.0.norm1.weight", float32([32])],
      ["blocks.0.gamma_1", float32([32])],
      ["pooler.dense.weight", float32([32, 32])],
    ]);
    expect((await refused(beit)).message).toContain("\n  its names look like BEiT's: --layout beit\n");
  });

  test("is recognised by its keys if none was requested", async () => {
    const strange = new Map(["a", "b\u001b[2J", "c", "d"].map((name) => [name, float32([1])]));
    const error = await refused(strange);
    expect(error.message).toContain("it holds `a`, `b\\u001b[2J`, `c`, and 1 more");
    expect(error.help).toContain("vlmo inspect");
  });
});

describe("a file that shares one name with the layout by chance", () => {
  const names = [
    "vision_model.encoder.layers.0.self_attn.q_proj.weight",
    "text_model.final_layer_norm.weight",
    "logit_scale",
  ];

  test("is of no layout", async () => {
    const error = await refused(new Map(names.map((name) => [name, float32([1])])));
    expect(error).toMatchObject({ code: "V939" });
  });
});

describe("integer tensors", () => {
  const quantized = () => vlmoFile().tensors.set("transformer.norm.weight", int32([32]));

  test("in place of weights are reported with their type", async () => {
    const error = await refused(quantized());
    expect(error.message).toBe(
      "`x.pt` does not fit the model: 1 problem" +
        "\n  `final_norm.weight` needs `transformer.norm.weight` in floating point, but the file has I32",
    );
    expect(error.help).toContain("must be dequantized first");
    expect(error.listed?.items).toMatchObject([
      { kind: "integer", name: "final_norm.weight", key: "transformer.norm.weight", element: "I32" },
    ]);
  });

  test("may be left out, or be index tensors that the layout computes", async () => {
    const { tensors } = vlmoFile();
    tensors.set("steps", int32([1])).set("relative_position_index", int32([3, 3]));
    const read = await importCheckpoint(memorySource("x.pt", tensors), model(), { allowUnknown: ["steps"] });
    expect(read.report.ignored.map(({ key }) => key)).toContain("steps");
  });
});

describe("a prefix on some keys only", () => {
  const mixed = (isPrefixed: (i: number) => boolean, prefix = "module.") =>
    new Map([...vlmoFile().tensors].map(([key, tensor], i) => [isPrefixed(i) ? prefix + key : key, tensor]));

  test.each([
    ["every third", mixed((i) => i % 3 === 0), {}, "42 of its 124 keys begin with `module.`, the others do not"],
    ["one", mixed((i) => i === 7, "_orig_mod."), {}, "1 of its 124 keys begins with `_orig_mod.`, the others do not"],
    [
      "some that may be missing",
      mixed((i) => i < 9),
      { allowMissing: ["*"] },
      "9 of its 124 keys begin with `module.`, the others do not",
    ],
  ] as const)("is reported: %s", async (_, tensors, options, remark) => {
    const error = await refused(tensors, model(), options);
    expect(error).toMatchObject({ code: "V926", help: expect.stringContaining("name.removeprefix(") });
    expect(error.message).toContain(`\n  ${remark}\n`);
  });

  test("is not reported if the prefix marks a second set of weights", async () => {
    const { tensors } = vlmoFile();
    const both = new Map([...tensors, ...[...tensors].map(([key, tensor]) => [`ema.${key}`, tensor] as const)]);
    const error = await refused(both);
    expect(error.message).not.toContain("begin with");
    expect(error.help).toContain('--allow-unknown "ema.*"');
  });
});

test("one shard of a checkpoint is reported as such", async () => {
  const { tensors } = vlmoFile();
  const part = new Map([...tensors].slice(0, 5));
  const source = memorySource("model-00001-of-00003.safetensors", part);
  await expect(importCheckpoint(source, model(), {})).rejects.toMatchObject({
    message: expect.stringContaining("by its name it is one of 3 shards: name their index"),
  });
});

test("a file of another model size is reported in one line, and like layers are merged", async () => {
  const { tensors } = vlmoFile({ plus: true, imageSize: 48, length: 9 });
  const error = await refused(tensors, model({ plus: true }));
  expect(error.message).toBe(
    "`x.pt` does not fit the model: 2 problems" +
      "\n  this file: width 32, 4 layers, patch 8, images of 48 pixels, a vocabulary of 99, texts of 9 tokens; " +
      "the spec: width 32, 4 layers, patch 8, images of 32 pixels, a vocabulary of 99, texts of 12 tokens" +
      "\n  `position.image` needs `transformer.pos_embed` [1, 17, 32], but the file has [1, 37, 32] (the rule `image_positions` can resize it)" +
      "\n  `position.text` needs `text_embeddings.position_embeddings.weight` [12, 32], but the file has [9, 32]",
  );
});

test("a long list of problems is cut in text and complete in JSON", async () => {
  const tensors = new Map([...vlmoFile().tensors].map(([key]) => [key, float32([2, 2, 2])]));
  const error = await refused(tensors);
  const lines = error.message.split("\n");
  expect(lines.length).toBeLessThan(25);
  expect(lines).toContain(
    "  `layers.*.norm1.weight` needs `transformer.blocks.*.norm1.weight` [32], but the file has [2, 2, 2] (4 times)",
  );
  expect(error.listed?.summary).toMatch(/^`x\.pt` does not fit the model: 124 problems/);
  expect(error.listed?.items).toHaveLength(124);
  expect(error.listed?.items[0]).toMatchObject({
    kind: "misshapen",
    key: "transformer.patch_embed.proj.weight",
    message: expect.stringContaining("`embed.image.patch.weight` needs"),
  });
});

test("a head with another name in the file is reported by that name", async () => {
  const { parameters } = vlmoFile();
  const renamed = new Map([...parameters].map(([name, tensor]) => [name.replace("heads.itm", "heads.match"), tensor]));
  const error = await refused(renamed, model({}, undefined, layouts.vlmo_ts));
  expect(error.message).toContain(
    "the file's head `match` has the tensors of `itm`: where it is the same, name it `match`",
  );
});

test("an allowance without matches is reported even if the import fails", async () => {
  const { tensors } = vlmoFile();
  tensors.delete("pooler.dense.bias");
  const error = await refused(tensors, model(), { allowMissing: ["poller.*"] });
  expect(error.message).toContain("`poller.*` was allowed, and nothing has that name");
});

describe("non-finite values", () => {
  const broken = () => {
    const { tensors } = vlmoFile();
    for (const block of [0, 1]) {
      tensors.set(`transformer.blocks.${block}.norm1.weight`, float32([32], new Float32Array(32).fill(NaN)));
    }
    tensors.set("pooler.dense.bias", float32([32], new Float32Array(32).fill(-Infinity, 0, 3).fill(NaN, 3, 4)));
    // In a head that the model lacks, which is not imported.
    return tensors.set("vqa_classifier.0.bias", float32([1], Float32Array.of(NaN)));
  };
  const allowUnknown = ["vqa_classifier.*"];

  test("are refused, naming their tensors", async () => {
    const error = await refused(broken(), model(), { allowUnknown });
    expect(error.code).toBe("V937");
    expect(error.message).toBe(
      "weights of `x.pt` are not finite: `transformer.blocks.*.norm1.weight` (32 NaN of 32) (2 times), " +
        "`pooler.dense.bias` (1 NaN and 3 infinite of 32)",
    );
    expect(error.help).toContain("--allow-nonfinite");
  });

  test("are imported on request, and reported", async () => {
    const source = memorySource("x.pt", broken());
    const { tensors, report } = await importCheckpoint(source, model(), { allowUnknown, allowNonFinite: true });
    expect(tensors.get("pooler.bias")?.data[3]).toBeNaN();
    expect(report.nonFinite).toHaveLength(3);
    expect(ledgerOf(report).warnings[0]).toContain("were imported: `transformer.blocks.*.norm1.weight`");
  });
});

test("the summary of an import lists newly initialised, omitted and unopened entries in few lines", async () => {
  const { tensors } = vlmoFile();
  for (const key of [...tensors.keys()]) if (/^(mlm|itm)_score/.test(key)) tensors.delete(key);
  for (const block of [0, 1, 2]) tensors.set(`transformer.blocks.${block}.extra`, float32([1]));
  const source = {
    ...memorySource("x.pt", tensors),
    prefix: "state_dict.module.",
    others: new Map([["epoch", "the number 3"]]),
    unknown: new Map([
      ["argparse.Namespace", 1],
      ["os.system", 2],
    ]),
  };
  const options = { allowMissing: ["heads.*"], allowUnknown: ["transformer.blocks.*.extra", "nothing"] };
  const { report } = await importCheckpoint(source, model(), options);
  expect(ledgerOf(report)).toEqual({
    lines: [
      "prefix stripped from its keys: state_dict.module.",
      "newly initialised: heads.mlm (6 tensors), heads.itm (2 tensors): allowed to be missing",
      "ignored: epoch (the number 3)",
      "ignored: transformer.* (3 tensors) (allowed to be left out)",
      "not unpickled, unknown classes: argparse.Namespace, os.system (2 times)",
    ],
    warnings: [
      "the file asks to call `os.system`: torch.load might run that; nothing was run here",
      "`nothing` was allowed, which was not needed",
    ],
  });
});

test("a key without a tensor is reported with what it holds", async () => {
  const { tensors } = vlmoFile();
  tensors.delete("pooler.dense.bias");
  const others = new Map([["model.pooler.dense.bias", "an object of `torch.ComplexFloatStorage`"]]);
  const source = { ...memorySource("x.pt", tensors), prefix: "model.", others };
  await expect(importCheckpoint(source, model())).rejects.toThrow(
    "`pooler.bias` needs `pooler.dense.bias`, which is not a tensor in the file but an object of `torch.ComplexFloatStorage`",
  );
});

test.each([
  [
    "heads in the file only",
    ["mlm", "itc"],
    ["mlm", "itc", "itm"],
    '--allow-unknown "itm_score.*" leaves out what only the file has',
  ],
  [
    "heads in the file or the model only",
    ["vqa"],
    ["itc", "itm"],
    '--allow-unknown "itc_image_proj.*,itc_text_proj.*,logit_scale,itc_vl_image_proj.*,itc_vl_text_proj.*,logit_vl_scale,' +
      'itm_score.*" leaves out what only the file has; --allow-missing "heads.vqa.*" newly initialises what only the model has',
  ],
] as const)("%s are reported with the options that allow them", async (_, wanted, held, help) => {
  expect((await refused(vlmoFile({}, held).tensors, model({}, wanted))).help).toBe(help);
});

test("NaN is reported even if the file fits in nothing else", async () => {
  const { tensors } = vlmoFile();
  tensors.delete("pooler.dense.bias");
  tensors.set("transformer.norm.weight", float32([32], new Float32Array(32).fill(NaN)));
  expect((await refused(tensors)).message).toContain(
    "\n  it has weights that are NaN or infinite: `transformer.norm.weight` (32 NaN of 32)\n",
  );
});
