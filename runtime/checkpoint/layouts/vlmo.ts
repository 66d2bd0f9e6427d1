// The state dict of the original VLMo (modules/vlmo_module.py): its keys for our parameters, as a table of fixed names and
// three patterns (layers, experts, heads). Shapes differ only by leading dimensions of 1.
import type { HeadKind, View } from "../../../compiler/index.js";
import { single, type Layout, type LayoutContext, type Mapping, type Target } from "./layout.js";

/** Our name → the original's key, and the number of leading dimensions of 1 there. */
const fixed: Readonly<Record<string, readonly [key: string, lead?: number]>> = {
  "embed.image.patch.weight": ["transformer.patch_embed.proj.weight"],
  "embed.image.patch.bias": ["transformer.patch_embed.proj.bias"],
  "embed.image.cls": ["transformer.cls_token", 2],
  "embed.text.word.weight": ["text_embeddings.word_embeddings.weight"],
  "embed.text.types.weight": ["text_embeddings.token_type_embeddings.weight"],
  "embed.text.norm.weight": ["text_embeddings.LayerNorm.weight"],
  "embed.text.norm.bias": ["text_embeddings.LayerNorm.bias"],
  "embed.text.unread_positions": ["text_embeddings.position_embeddings.weight"],
  "embed.type.weight": ["token_type_embeddings.weight"],
  "position.text": ["text_embeddings.position_embeddings.weight"],
  "position.image": ["transformer.pos_embed", 1],
  "position.relative": ["relative_position_bias_table"],
  "final_norm.weight": ["transformer.norm.weight"],
  "final_norm.bias": ["transformer.norm.bias"],
  "pooler.weight": ["pooler.dense.weight"],
  "pooler.bias": ["pooler.dense.bias"],
};

/** Keys inside a layer → keys inside a block of the original, which BEiT's blocks share. */
export const layerKeys: Readonly<Record<string, string>> = {
  "norm1.weight": "norm1.weight",
  "norm1.bias": "norm1.bias",
  "attention.qkv.weight": "attn.qkv.weight",
  "attention.query_bias": "attn.q_bias",
  "attention.value_bias": "attn.v_bias",
  "attention.proj.weight": "attn.proj.weight",
  "attention.proj.bias": "attn.proj.bias",
  "layer_scale.attention": "gamma_1",
  "layer_scale.ffn": "gamma_2",
};

/** The original names experts by their view; each serves a single one. */
const expertSuffixes = { text: "text", image: "imag", pair: "vl" } as const satisfies Readonly<Record<View, string>>;

const classifierKeys = (name: string): Readonly<Record<string, string>> => ({
  "fc1.weight": `${name}.0.weight`,
  "fc1.bias": `${name}.0.bias`,
  "norm.weight": `${name}.1.weight`,
  "norm.bias": `${name}.1.bias`,
  "fc2.weight": `${name}.3.weight`,
  "fc2.bias": `${name}.3.bias`,
});

/** Keys of the heads that the original has, by kind. */
const headKeys: { readonly [kind: string]: Readonly<Record<string, string>> } = {
  masked_tokens: {
    "transform.weight": "mlm_score.transform.dense.weight",
    "transform.bias": "mlm_score.transform.dense.bias",
    "norm.weight": "mlm_score.transform.LayerNorm.weight",
    "norm.bias": "mlm_score.transform.LayerNorm.bias",
    "decoder.weight": "mlm_score.decoder.weight",
    "decoder.bias": "mlm_score.bias",
  },
  contrastive: {
    "image.weight": "itc_image_proj.fc.weight",
    "text.weight": "itc_text_proj.fc.weight",
    scale: "logit_scale",
    "fused_image.weight": "itc_vl_image_proj.fc.weight",
    "fused_text.weight": "itc_vl_text_proj.fc.weight",
    fused_scale: "logit_vl_scale",
  },
  matching: { "fc.weight": "itm_score.fc.weight", "fc.bias": "itm_score.fc.bias" },
  classify: classifierKeys("vqa_classifier"),
  compare: classifierKeys("nlvr2_classifier"),
} satisfies { readonly [Kind in HeadKind]?: unknown };

/** Buffers that the original computes from its sizes. */
const computed = new Set([
  "relative_position_index",
  "text_relative_position_index",
  "text_imag_relative_position_index",
  "text_embeddings.position_ids",
]);

const keysOfNoLayer = new Set([
  ...Object.values(fixed).map(([key]) => key),
  ...Object.values(headKeys).flatMap((keys) => Object.values(keys)),
  ...computed,
]);
const keyOfLayer = /^transformer\.blocks\.(\d+)\.(gamma_[12]$|(norm1|attn|norm2_(text|imag|vl)|mlp_(text|imag|vl))\.)/;

const tableOfPositions = "text_embeddings.position_embeddings.weight";

/** The layout of the original's checkpoints. */
export const vlmo: Layout = {
  name: "vlmo",
  whose: "the original VLMo's",
  sizes: {
    width: [
      ["transformer.cls_token", 2],
      ["transformer.patch_embed.proj.weight", 0],
      ["transformer.norm.weight", 0],
      ["text_embeddings.word_embeddings.weight", 1],
    ],
    patch: [["transformer.patch_embed.proj.weight", 3]],
    layer: keyOfLayer,
    firstLayer: 0,
    headsOfAll: [["relative_position_bias_table", 1]],
    headsOfOne: [],
    imageTokens: [
      ["transformer.pos_embed", 1],
      ["relative_position_index", 0],
    ],
    imageRows: [],
    vocabulary: [["text_embeddings.word_embeddings.weight", 0]],
    text: [[tableOfPositions, 0]],
  },
  knows: (key) => keysOfNoLayer.has(key) || keyOfLayer.test(key),
  writes: () => true,
  map(targets, context) {
    const mapped = targets.map((target) => ({ target, mapping: mappingOf(target, context) }));
    return {
      mappings: mapped.flatMap(({ mapping }) => mapping ?? []),
      fresh: [],
      unmapped: mapped.filter(({ mapping }) => mapping === undefined).map(({ target }) => target),
    };
  },
  ignored(key, targets) {
    if (computed.has(key)) return "an index that follows from the sizes";
    const names = new Set(targets.map(({ name }) => name));
    const unread = names.has("position.relative") && !names.has("position.text");
    if (key === tableOfPositions && unread) {
      return "a table that the original never reads when positions are relative";
    }
    return undefined;
  },
};

function mappingOf(target: Target, context: LayoutContext): Mapping | undefined {
  const row = fixed[target.name];
  if (row !== undefined) return single(target, row[0], row[1] ?? 0);
  const key = layerKey(target.name, context) ?? headKey(target.name, context);
  return key === undefined ? undefined : single(target, key);
}

function layerKey(name: string, { experts }: LayoutContext): string | undefined {
  const layer = layerPart(name);
  if (layer === undefined) return undefined;
  const block = `transformer.blocks.${layer.number - 1}`;
  const shared = layerKeys[layer.rest];
  if (shared !== undefined) return `${block}.${shared}`;
  const expert = expertPart(layer.rest);
  const views = experts.find((candidate) => candidate.name === expert?.name)?.views ?? [];
  const [view, ...more] = views;
  if (expert === undefined || view === undefined || more.length > 0) return undefined;
  const suffix = expertSuffixes[view];
  return expert.rest.startsWith("norm.")
    ? `${block}.norm2_${suffix}.${expert.rest.slice("norm.".length)}`
    : `${block}.mlp_${suffix}.${expert.rest}`;
}

/** `layers.3.norm1.bias` → 3, `norm1.bias`. */
export function layerPart(name: string): { readonly number: number; readonly rest: string } | undefined {
  const [, number, rest] = /^layers\.(\d+)\.(.+)$/.exec(name) ?? [];
  return number === undefined || rest === undefined ? undefined : { number: Number(number), rest };
}

/** `experts.vision.fc1.weight` → `vision`, `fc1.weight`. */
export function expertPart(rest: string): { readonly name: string; readonly rest: string } | undefined {
  const [, name, inner] = /^experts\.([^.]+)\.(.+)$/.exec(rest) ?? [];
  return name === undefined || inner === undefined ? undefined : { name, rest: inner };
}

function headKey(name: string, { heads }: LayoutContext): string | undefined {
  const [, head, rest] = /^heads\.([^.]+)\.(.+)$/.exec(name) ?? [];
  const kind = heads.find((candidate) => candidate.name === head)?.kind;
  return kind === undefined || rest === undefined ? undefined : headKeys[kind]?.[rest];
}
