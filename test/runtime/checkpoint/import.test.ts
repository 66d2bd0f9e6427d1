import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { exportCheckpoint } from "../../../runtime/checkpoint/export.js";
import { importCheckpoint, planImport, type ImportOptions } from "../../../runtime/checkpoint/import.js";
import { ImportError, problemsText } from "../../../runtime/checkpoint/problems.js";
import { layouts } from "../../../runtime/checkpoint/layouts/index.js";
import { memorySource, openTensorFile } from "../../../runtime/checkpoint/source.js";
import { readSafetensors } from "../../../runtime/formats/safetensors.js";
import { float32, int32, type Tensor } from "../../../runtime/tensor.js";
import { differing } from "../formats/compare.js";
import { model, pretraining, vlmoFile } from "./vlmo-file.js";

describe("in the original's layout", () => {
  test.each([
    ["embed.image.cls", "transformer.cls_token", [1, 1, 32]],
    ["embed.image.patch.weight", "transformer.patch_embed.proj.weight", [32, 3, 8, 8]],
    ["embed.text.unread_positions", "text_embeddings.position_embeddings.weight", [12, 32]],
    ["embed.text.types.weight", "text_embeddings.token_type_embeddings.weight", [2, 32]],
    ["embed.type.weight", "token_type_embeddings.weight", [2, 32]],
    ["position.relative", "relative_position_bias_table", [94, 16]],
    ["layers.1.attention.query_bias", "transformer.blocks.0.attn.q_bias", [32]],
    ["layers.4.layer_scale.ffn", "transformer.blocks.3.gamma_2", [32]],
    ["layers.2.experts.vision.norm.weight", "transformer.blocks.1.norm2_imag.weight", [32]],
    ["layers.2.experts.language.fc1.weight", "transformer.blocks.1.mlp_text.fc1.weight", [128, 32]],
    ["layers.3.experts.fusion.fc2.bias", "transformer.blocks.2.mlp_vl.fc2.bias", [32]],
    ["final_norm.bias", "transformer.norm.bias", [32]],
    ["pooler.weight", "pooler.dense.weight", [32, 32]],
    ["heads.mlm.decoder.bias", "mlm_score.bias", [99]],
    ["heads.mlm.norm.weight", "mlm_score.transform.LayerNorm.weight", [32]],
    ["heads.itc.scale", "logit_scale", []],
    ["heads.itc.fused_image.weight", "itc_vl_image_proj.fc.weight", [32, 32]],
    ["heads.itm.fc.bias", "itm_score.fc.bias", [2]],
  ])("%s has the key %s", (name, key, shape) => {
    const { parameters, tensors } = vlmoFile();
    expect(tensors.get(key)).toEqual({ ...parameters.get(name), shape });
  });

  test("absolute positions have the keys `pos_embed` and the text's position table", () => {
    const { parameters, tensors } = vlmoFile({ plus: true });
    expect(tensors.get("transformer.pos_embed")).toEqual({ ...parameters.get("position.image"), shape: [1, 17, 32] });
    expect(tensors.get("text_embeddings.position_embeddings.weight")).toEqual(parameters.get("position.text"));
  });

  test.each([
    ["vqa", "vqa_classifier"],
    ["nlvr2", "nlvr2_classifier"],
  ] as const)("the head %s has the keys %s.0, .1 and .3", (head, prefix) => {
    const keys = [...vlmoFile({}, [head]).tensors.keys()].filter((key) => key.startsWith(prefix));
    expect(keys.sort()).toEqual([0, 1, 3].flatMap((part) => [`${prefix}.${part}.bias`, `${prefix}.${part}.weight`]));
  });

  test.each([
    ["relative positions", {}],
    ["absolute positions", { plus: true }],
  ])("an export is imported back, with %s", async (_, sizes) => {
    const { parameters, tensors } = vlmoFile(sizes);
    const { tensors: read, report } = await importCheckpoint(memorySource("x", tensors), model(sizes));
    expect(differing(read, parameters)).toEqual([]);
    expect(report).toMatchObject({ fresh: [], ignored: [], unusedAllowances: [] });
  });
});

describe("accounting for every key", () => {
  function problemsOf(change: (tensors: Map<string, Tensor>) => void, options: ImportOptions = {}) {
    const { tensors } = vlmoFile();
    change(tensors);
    return planImport(memorySource("x", tensors), model(), options);
  }

  test("index tensors are known and ignored", () => {
    const { problems, report } = problemsOf((tensors) => tensors.set("relative_position_index", int32([17, 17])));
    expect(problems).toEqual([]);
    expect(report.ignored).toEqual([
      { key: "relative_position_index", reason: "an index that follows from the sizes" },
    ]);
  });

  test("the unread position table is ignored if the model does not keep it", () => {
    const { tensors } = vlmoFile();
    const { targets, ...rest } = model();
    const lean = { ...rest, targets: targets.filter(({ name }) => name !== "embed.text.unread_positions") };
    const { problems, report } = planImport(memorySource("x", tensors), lean);
    expect(problems).toEqual([]);
    expect(report.ignored.map(({ key }) => key)).toEqual(["text_embeddings.position_embeddings.weight"]);
  });

  test("unknown, missing and misshapen tensors are reported all at once", async () => {
    const { tensors } = vlmoFile();
    tensors.delete("pooler.dense.bias");
    tensors.set("token_type_embeddings.weight", float32([3, 31]));
    tensors.set("vqa_classifier.0.bias", float32([4]));
    const error: unknown = await importCheckpoint(memorySource("old.pt", tensors), model()).catch(
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ImportError)) throw new Error("no ImportError");
    expect(error).toMatchObject({ code: "V926", file: "old.pt" });
    expect(error.problems).toEqual([
      {
        kind: "misshapen",
        name: "embed.type.weight",
        key: "token_type_embeddings.weight",
        wanted: [2, 32],
        got: [3, 31],
        resize: undefined,
      },
      { kind: "missing", name: "pooler.bias", key: "pooler.dense.bias", shape: [32] },
      { kind: "unknown", key: "vqa_classifier.0.bias", shape: [4] },
    ]);
    expect(error.message).toBe(
      "`old.pt` does not fit the model: 3 problems" +
        "\n  `embed.type.weight` needs `token_type_embeddings.weight` [2, 32], but the file has [3, 31]" +
        "\n  `pooler.bias` is missing: the file has no `pooler.dense.bias` [32]" +
        "\n  the file's `vqa_classifier.0.bias` [4] is no parameter of the model",
    );
  });

  test("tensors allowed by name are left out and reported", () => {
    const options = { allowMissing: ["pooler.*"], allowUnknown: ["extra", "other"] };
    const { problems, report } = problemsOf((tensors) => {
      tensors.delete("pooler.dense.bias");
      tensors.delete("pooler.dense.weight");
      tensors.set("extra", float32([1]));
    }, options);
    expect(problems).toEqual([]);
    expect(report.fresh.map(({ name }) => name)).toEqual(["pooler.weight", "pooler.bias"]);
    expect(report.ignored).toEqual([{ key: "extra", reason: "allowed to be left out" }]);
    expect(report.unusedAllowances).toEqual(["other"]);
  });

  test.each([
    ["extra", false],
    ["extra.one.weight", true],
    ["extra.*", true],
    ["ex*", true],
    ["*", true],
    ["*.weight", true],
    ["ex*one*t", true],
    ["ex*two*t", false],
    ["*.one", false],
    ["extra+one.weight", false],
    ["extra.one.weight*weight", false],
  ])("the allowance `%s` covers `extra.one.weight`: %s", (pattern, covers) => {
    const { problems, report } = problemsOf((tensors) => tensors.set("extra.one.weight", float32([1])), {
      allowUnknown: [pattern],
    });
    expect([problems.length, report.unusedAllowances]).toEqual(covers ? [0, []] : [1, [pattern]]);
  });

  test("an expert of several views has no counterpart in the original", () => {
    const { tensors } = vlmoFile();
    const { targets, context, layout } = model();
    const experts = [{ name: "vision", views: ["image", "pair"] as const }, ...context.experts.slice(1)];
    const { problems } = planImport(memorySource("x", tensors), { layout, targets, context: { ...context, experts } });
    expect(problems[0]).toEqual({ kind: "unmapped", name: "layers.1.experts.vision.norm.weight", shape: [32] });
    expect(problemsText(problems, 1)).toBe(
      "48 problems" +
        "\n  `layers.*.experts.vision.norm.weight` [32] has no counterpart in this layout (4 times)" +
        "\n  and 11 more",
    );
  });

  test("two heads of one kind read the same keys; only one is exported", async () => {
    const { tensors, context, targets } = vlmoFile();
    const heads = [...context.heads, { name: "irtr", kind: "contrastive" as const }];
    const more = targets
      .filter(({ name }) => name.startsWith("heads.itc."))
      .map(({ name, shape }) => ({ name: name.replace("itc", "irtr"), shape }));
    const two = { layout: layouts.vlmo, targets: [...targets, ...more], context: { ...context, heads } };
    const read = await importCheckpoint(memorySource("x", tensors), two);
    expect(read.tensors.get("heads.irtr.scale")).toEqual(read.tensors.get("heads.itc.scale"));
    const { left } = exportCheckpoint(read.tensors, layouts.vlmo, two.context);
    expect(left).toContainEqual({ name: "heads.irtr.scale", reason: "another parameter is `logit_scale`" });
  });
});

const shared = fileURLToPath(new URL("../../../../shared/fixtures", import.meta.url));
if (!existsSync(shared)) console.log("skipped: importing the original's checkpoints (../shared/fixtures is absent)");

describe.skipIf(!existsSync(shared))("checkpoints of the original", () => {
  test.each([
    ["dev/checkpoint.pt", {}, pretraining],
    ["dev/checkpoint.safetensors", {}, pretraining],
    ["dev/checkpoint_vqa.pt", {}, ["vqa"]],
    ["dev/checkpoint_nlvr2.pt", { types: 2 }, ["nlvr2"]],
    ["dev_plus/checkpoint.pt", { plus: true }, pretraining],
    ["dev_plus/checkpoint_vqa.pt", { plus: true }, ["vqa"]],
    ["dev_plus/checkpoint_nlvr2.pt", { plus: true, types: 2 }, ["nlvr2"]],
  ] as const)("%s: every key is accounted for and exported back", async (file, sizes, names) => {
    const source = await openTensorFile(join(shared, file));
    const target = model(sizes, names);
    const { tensors, report } = await importCheckpoint(source, target);
    await source.close();
    expect([...tensors.keys()]).toEqual(target.targets.map(({ name }) => name));
    expect(report.used.length + report.ignored.length).toBe(source.shapes.size);
    const back = exportCheckpoint(tensors, layouts.vlmo, target.context);
    expect(back.left).toEqual([]);
    const original = await readSafetensors(join(shared, file.replace(/\.pt$/, ".safetensors")));
    for (const { key } of report.ignored) original.delete(key);
    expect(differing(back.tensors, original)).toEqual([]);
  });

  test.each([
    {
      folder: "dev",
      sizes: {},
      rule: "relative_table",
      name: "position.relative",
      key: "relative_position_bias_table",
    },
    {
      folder: "dev_plus",
      sizes: { plus: true },
      rule: "image_positions",
      name: "position.image",
      key: "transformer.pos_embed",
    },
  ] as const)(
    "$folder: positions are resized as the original resizes them",
    async ({ folder, sizes, rule, name, key }) => {
      const source = await openTensorFile(join(shared, folder, "checkpoint.pt"));
      const { tensors } = await importCheckpoint(source, model({ ...sizes, imageSize: 48 }), { resize: [rule] });
      await source.close();
      const expected = (await readSafetensors(join(shared, folder, "outputs.safetensors"))).get(`interp48.${key}`);
      const wanted = [...(expected?.data ?? [])];
      const got = tensors.get(name)?.data;
      expect(got).toHaveLength(wanted.length);
      const largest = Math.max(...wanted.map(Math.abs));
      const difference = Math.max(...wanted.map((value, i) => Math.abs(value - (got?.[i] ?? NaN))));
      // PyTorch sums in float32: a tolerance of eight ulps of the largest element.
      expect(difference).toBeLessThan(8 * 2 ** -23 * largest);
    },
  );

  test("a BEiT file initialises the image part of the text stage, as the original converts it", async () => {
    const source = await openTensorFile(join(shared, "dev/beit_like.pt"));
    const target = model({}, ["mlm"], layouts.beit);
    const { tensors, report } = await importCheckpoint(source, target);
    await source.close();
    const back = exportCheckpoint(tensors, layouts.vlmo, target.context);
    expect(back.left).toEqual([]);
    const expected = await readSafetensors(join(shared, "dev/stage2_from_beit.safetensors"));
    expect(differing(back.tensors, expected)).toEqual([]);
    const own = exportCheckpoint(tensors, layouts.beit, target.context);
    const beit = await readSafetensors(join(shared, "dev/beit_like.safetensors"));
    for (const { key } of report.ignored) beit.delete(key);
    expect(differing(own.tensors, beit)).toEqual([]);
    expect(report.used.length + report.fresh.length).toBe(target.targets.length);
    expect(report.ignored.map(({ key }) => key).sort()).toEqual(
      ["head.weight", "head.bias", "fc_norm.weight", "fc_norm.bias"]
        .concat([0, 1, 2, 3].map((block) => `blocks.${block}.attn.relative_position_index`))
        .sort(),
    );
  });
});
