// BEiT's state dict as the original's first stage takes it (facts.md §8, "BEiT conversion"; §11): image parts only, with
// a relative table per block or, before fine-tuning, one for all. Text, pair experts and heads begin fresh.
import type { Shape } from "../../../compiler/index.js";
import { float32, type Tensor } from "../../tensor.js";
import { imageRows, single, type Layout, type LayoutContext, type Mapping, type Target } from "./layout.js";
import { expertPart, layerKeys, layerPart } from "./vlmo.js";

const fixed: Readonly<Record<string, readonly [key: string, lead?: number]>> = {
  "embed.image.patch.weight": ["patch_embed.proj.weight"],
  "embed.image.patch.bias": ["patch_embed.proj.bias"],
  "embed.image.cls": ["cls_token", 2],
  "position.image": ["pos_embed", 1],
};

/** Parts that only some BEiT files hold: before fine-tuning the mask token and the final norm. */
const optional: Readonly<Record<string, readonly [key: string, lead?: number]>> = {
  "embed.image.mask": ["mask_token", 2],
  "final_norm.weight": ["norm.weight"],
  "final_norm.bias": ["norm.bias"],
};

const sharedTable = "rel_pos_bias.relative_position_bias_table";

const ignoredKeys: readonly (readonly [RegExp, string])[] = [
  [/relative_position_index$/, "an index that follows from the sizes"],
  [/^(head|lm_head)\./, "BEiT's own head"],
  [/^fc_norm\./, "the norm of BEiT's mean pooling, which VLMo does not have"],
];

export const beit: Layout = {
  name: "beit",
  map(targets, context, has) {
    const layers = new Set(targets.flatMap(({ name }) => layerPart(name)?.number ?? []));
    const mappings: Mapping[] = [];
    const fresh: Target[] = [];
    for (const target of targets) {
      const mapping =
        target.name === "position.relative"
          ? relativeTable(target, { rows: imageRows(context), layers: layers.size }, has)
          : mappingOf(target, context, has);
      if (mapping === undefined) fresh.push(target);
      else mappings.push(mapping);
    }
    const reason = "BEiT files do not hold it";
    return { mappings, fresh: fresh.map((target) => ({ target, reason })), unmapped: [] };
  },
  ignored: (key) => ignoredKeys.find(([pattern]) => pattern.test(key))?.[1],
};

function mappingOf(target: Target, context: LayoutContext, has: (key: string) => boolean): Mapping | undefined {
  const row = fixed[target.name];
  if (row !== undefined) return single(target, row[0], row[1] ?? 0);
  const maybe = optional[target.name];
  if (maybe !== undefined) return has(maybe[0]) ? single(target, maybe[0], maybe[1] ?? 0) : undefined;
  const layer = layerPart(target.name);
  if (layer === undefined) return undefined;
  const block = `blocks.${layer.number - 1}`;
  const shared = layerKeys[layer.rest];
  if (shared !== undefined) return single(target, `${block}.${shared}`);
  const expert = expertPart(layer.rest);
  const serves = context.experts.find(({ name }) => name === expert?.name)?.views ?? [];
  if (expert === undefined || !serves.includes("image")) return undefined;
  const inner = expert.rest.startsWith("norm.") ? `norm2.${expert.rest.slice("norm.".length)}` : `mlp.${expert.rest}`;
  return single(target, `${block}.${inner}`);
}

/** Our [A, heads·layers] from each block's [rows, heads]: side by side in the first rows; the others are zero. */
function relativeTable(
  target: Target,
  { rows, layers }: { readonly rows: number; readonly layers: number },
  has: (key: string) => boolean,
): Mapping {
  const columns = target.shape[1] ?? 0;
  const keys = Array.from({ length: layers }, (_, i) =>
    has(sharedTable) ? sharedTable : `blocks.${i}.attn.relative_position_bias_table`,
  );
  return { target, parts: keys.map((key) => ({ key, shape: [rows, columns / layers] })), assemble: sideBySide };
}

function sideBySide(parts: readonly Tensor[], shape: Shape): Tensor {
  const into = new Float32Array(shape.reduce((product, dimension) => product * dimension, 1));
  const columns = shape[1] ?? 0;
  parts.forEach(({ data, shape: [rows = 0, width = 0] }, part) => {
    for (let row = 0; row < rows; row++) {
      into.set(data.subarray(row * width, (row + 1) * width), row * columns + part * width);
    }
  });
  return float32(shape, into);
}
