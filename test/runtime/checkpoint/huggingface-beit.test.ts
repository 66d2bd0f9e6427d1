// BEiT in Hugging Face's layout gives the parameters of BEiT's own file: the keys are renamed here as transformers' conversion
// script renames them.
import { expect, test } from "vitest";
import { sizeOf } from "../../../compiler/index.js";
import { exportCheckpoint } from "../../../runtime/checkpoint/export.js";
import { importCheckpoint } from "../../../runtime/checkpoint/import.js";
import { bestFit } from "../../../runtime/checkpoint/layouts/fit.js";
import { layouts } from "../../../runtime/checkpoint/layouts/index.js";
import { memorySource } from "../../../runtime/checkpoint/source.js";
import { float32, type Tensor } from "../../../runtime/tensor.js";
import { differing } from "../formats/compare.js";
import { model } from "./vlmo-file.js";

/** BEiT's own file for the model of the fixtures, with distinct values; a position table per block or one for all. */
function beitFile({ shared, plus }: { shared: boolean; plus: boolean }): Map<string, Tensor> {
  const target = model({ plus }, ["mlm"], layouts.beit);
  const has = (key: string) => !key.startsWith("rel_pos_bias") || shared;
  let next = 1;
  const numbered = (shape: readonly number[]) =>
    float32(
      shape,
      Float32Array.from({ length: sizeOf(shape) }, () => next++),
    );
  const { mappings } = target.layout.map(target.targets, target.context, has);
  const shapes = new Map(mappings.flatMap(({ parts }) => parts.map(({ key, shape }) => [key, shape] as const)));
  return new Map([...shapes].map(([key, shape]) => [key, numbered(shape)]));
}

const names: readonly (readonly [RegExp, string])[] = [
  [/^cls_token$/, "beit.embeddings.cls_token"],
  [/^mask_token$/, "beit.embeddings.mask_token"],
  [/^pos_embed$/, "beit.embeddings.position_embeddings"],
  [/^patch_embed\.proj\./, "beit.embeddings.patch_embeddings.projection."],
  [/^norm\./, "layernorm."],
  [/^rel_pos_bias\./, "beit.encoder.relative_position_bias."],
  [/^blocks\.(\d+)\.norm1\./, "beit.encoder.layer.$1.layernorm_before."],
  [/^blocks\.(\d+)\.norm2\./, "beit.encoder.layer.$1.layernorm_after."],
  [/^blocks\.(\d+)\.attn\.proj\./, "beit.encoder.layer.$1.attention.output.dense."],
  [/^blocks\.(\d+)\.attn\.q_bias$/, "beit.encoder.layer.$1.attention.attention.query.bias"],
  [/^blocks\.(\d+)\.attn\.v_bias$/, "beit.encoder.layer.$1.attention.attention.value.bias"],
  [/^blocks\.(\d+)\.attn\.rel/, "beit.encoder.layer.$1.attention.attention.relative_position_bias.rel"],
  [/^blocks\.(\d+)\.mlp\.fc1\./, "beit.encoder.layer.$1.intermediate.dense."],
  [/^blocks\.(\d+)\.mlp\.fc2\./, "beit.encoder.layer.$1.output.dense."],
  [/^blocks\.(\d+)\.gamma_/, "beit.encoder.layer.$1.lambda_"],
];

function huggingFace(beit: ReadonlyMap<string, Tensor>, prefix: string): Map<string, Tensor> {
  const renamed = new Map<string, Tensor>();
  const put = (key: string, tensor: Tensor) => renamed.set(key.replace(/^beit\./, prefix), tensor);
  for (const [key, tensor] of beit) {
    const [, block] = /^blocks\.(\d+)\.attn\.qkv\.weight$/.exec(key) ?? [];
    const [width = 0] = (tensor.shape[0] ?? 0) % 3 === 0 ? [(tensor.shape[0] ?? 0) / 3] : [];
    const [pattern, name = ""] = names.find(([known]) => known.test(key)) ?? [];
    if (block !== undefined) {
      for (const [i, part] of ["query", "key", "value"].entries()) {
        const rows = tensor.data.slice(i * width * width, (i + 1) * width * width) as Float32Array;
        put(`beit.encoder.layer.${block}.attention.attention.${part}.weight`, float32([width, width], rows));
      }
    } else if (pattern !== undefined) put(key.replace(pattern, name), tensor);
    else throw new Error(`no name for ${key}`);
  }
  return renamed;
}

test.each([
  { title: "a table for all layers, the mask token and the final norm", shared: true, plus: false, prefix: "beit." },
  { title: "a table per layer", shared: false, plus: false, prefix: "" },
  { title: "absolute positions and no layer scale", shared: false, plus: true, prefix: "beit." },
])("$title: gives the same parameters as BEiT's own layout", async ({ shared, plus, prefix }) => {
  const beit = beitFile({ shared, plus });
  const ours = huggingFace(beit, prefix);
  const fit = bestFit([...ours.keys()]);
  // The final norm is outside `beit.`, as in BeitForMaskedImageModeling.
  expect([fit?.layout.name, fit?.prefix, fit?.count]).toEqual([
    "huggingface_beit",
    prefix,
    ours.size - (prefix === "" ? 0 : 2),
  ]);
  const stripped = new Map([...ours].map(([key, tensor]) => [key.replace(/^beit\./, ""), tensor]));
  // Tensors of other tasks' files that this model does not need.
  for (const key of ["classifier.weight", "lm_head.bias", "pooler.layernorm.weight", "decode_head.classifier.bias"])
    stripped.set(key, float32([1]));
  const expected = await importCheckpoint(memorySource("beit", beit), model({ plus }, ["mlm"], layouts.beit));
  const source = memorySource("hf", stripped);
  const { tensors, report } = await importCheckpoint(source, model({ plus }, ["mlm"], layouts.huggingface_beit));
  expect(differing(tensors, expected.tensors)).toEqual([]);
  expect(tensors.size).toBeGreaterThan(50);
  expect(report.fresh).toEqual(expected.report.fresh);
  expect(report.ignored).toHaveLength(4);
  const { context } = model({ plus }, ["mlm"]);
  const { tensors: back } = exportCheckpoint(tensors, layouts.huggingface_beit, context);
  // One table for all layers is exported as one per layer.
  const one = [...stripped.keys()].find((key) => key.startsWith("encoder.relative_position_bias")) ?? "";
  const kept = [...stripped].filter(([key]) => back.has(key));
  expect(kept).toHaveLength(stripped.size - report.ignored.length - (one === "" ? 0 : 1));
  for (const [key, tensor] of kept) expect([key, back.get(key)]).toEqual([key, tensor]);
  for (const key of back.keys())
    if (!stripped.has(key) && /relative_position_bias_table$/.test(key))
      expect(back.get(key)).toEqual(stripped.get(one));
});
