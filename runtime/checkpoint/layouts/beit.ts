// BEiT's state dict as the original reads it in its first stage (`convert_to_textpt_ckpt` in modules/vlmo_module.py), with
// BEiT's own key names and with Hugging Face's: image parts only, with a relative position table per block or, before
// fine-tuning, one for all blocks. Text parts, pair experts and heads are newly initialised.
import { sizeOf } from "../../../compiler/index.js";
import { float32 } from "../../tensor.js";
import {
  imageRows,
  single,
  type Joint,
  type Layout,
  type LayoutContext,
  type Mapping,
  type SizeAxes,
  type Target,
} from "./layout.js";
import { expertPart, layerKeys, layerPart } from "./vlmo.js";

/** Our name → their key, and the number of leading dimensions of 1 there. */
type Keys = Readonly<Record<string, readonly [key: string, lead?: number]>>;

/** Key names of BEiT's tensors in one program. */
interface Names extends Pick<Layout, "name" | "whose"> {
  readonly fixed: Keys;
  /** Tensors that only some files have: before fine-tuning the mask token and the final norm. */
  readonly optional: Keys;
  /** The prefix of a layer's keys; layers are counted from 0. */
  readonly layer: string;
  /** Keys inside a layer, ours → theirs; those of the image expert without its name. Several: concatenated along the rows. */
  readonly inLayer: Readonly<Record<string, string | readonly string[]>>;
  /** The relative position table of a layer (a key inside it), and the one shared by all layers. */
  readonly table: string;
  readonly sharedTable: string;
  readonly ignored: readonly (readonly [RegExp, string])[];
}

const index = "an index that follows from the sizes";
const pooling = "the norm of BEiT's mean pooling, which VLMo does not have";

/** BEiT's own names. */
export const beit = layoutOf({
  name: "beit",
  whose: "BEiT's",
  fixed: {
    "embed.image.patch.weight": ["patch_embed.proj.weight"],
    "embed.image.patch.bias": ["patch_embed.proj.bias"],
    "embed.image.cls": ["cls_token", 2],
    "position.image": ["pos_embed", 1],
  },
  optional: {
    "embed.image.mask": ["mask_token", 2],
    "final_norm.weight": ["norm.weight"],
    "final_norm.bias": ["norm.bias"],
  },
  layer: "blocks",
  inLayer: {
    ...layerKeys,
    "norm.weight": "norm2.weight",
    "norm.bias": "norm2.bias",
    "fc1.weight": "mlp.fc1.weight",
    "fc1.bias": "mlp.fc1.bias",
    "fc2.weight": "mlp.fc2.weight",
    "fc2.bias": "mlp.fc2.bias",
  },
  table: "attn.relative_position_bias_table",
  sharedTable: "rel_pos_bias.relative_position_bias_table",
  ignored: [
    [/(^|\.)relative_position_index$/, index],
    [/^(head|lm_head)\.(weight|bias)$/, "BEiT's own head"],
    [/^fc_norm\.(weight|bias)$/, pooling],
  ],
});

/** The names in `transformers`; in a model with a head these keys have the prefix `beit.`. */
export const huggingfaceBeit = layoutOf({
  name: "huggingface_beit",
  whose: "Hugging Face's of BEiT",
  fixed: {
    "embed.image.patch.weight": ["embeddings.patch_embeddings.projection.weight"],
    "embed.image.patch.bias": ["embeddings.patch_embeddings.projection.bias"],
    "embed.image.cls": ["embeddings.cls_token", 2],
    "position.image": ["embeddings.position_embeddings", 1],
  },
  optional: {
    "embed.image.mask": ["embeddings.mask_token", 2],
    "final_norm.weight": ["layernorm.weight"],
    "final_norm.bias": ["layernorm.bias"],
  },
  layer: "encoder.layer",
  inLayer: {
    "norm1.weight": "layernorm_before.weight",
    "norm1.bias": "layernorm_before.bias",
    "attention.qkv.weight": ["query", "key", "value"].map((name) => `attention.attention.${name}.weight`),
    "attention.query_bias": "attention.attention.query.bias",
    "attention.value_bias": "attention.attention.value.bias",
    "attention.proj.weight": "attention.output.dense.weight",
    "attention.proj.bias": "attention.output.dense.bias",
    "layer_scale.attention": "lambda_1",
    "layer_scale.ffn": "lambda_2",
    "norm.weight": "layernorm_after.weight",
    "norm.bias": "layernorm_after.bias",
    "fc1.weight": "intermediate.dense.weight",
    "fc1.bias": "intermediate.dense.bias",
    "fc2.weight": "output.dense.weight",
    "fc2.bias": "output.dense.bias",
  },
  table: "attention.attention.relative_position_bias.relative_position_bias_table",
  sharedTable: "encoder.relative_position_bias.relative_position_bias_table",
  ignored: [
    [/(^|\.)relative_position_index$/, index],
    [/^(classifier|lm_head)\.(weight|bias)$/, "BEiT's own head"],
    [/^(decode_head|auxiliary_head|fpn[1-4])\./, "BEiT's own head for segmentation"],
    [/^pooler\.layernorm\.(weight|bias)$/, pooling],
  ],
});

function layoutOf(names: Names): Layout {
  const { name, whose, fixed, optional } = names;
  const layer = new RegExp(`^${names.layer.replaceAll(".", "\\.")}\\.(\\d+)\\.(.+)$`);
  const ofLayer = new Set([names.table, ...Object.values(names.inLayer).flat()]);
  const ofNone = new Set([
    names.sharedTable,
    ...[fixed, optional].flatMap((keys) => Object.values(keys).map(([key]) => key)),
  ]);
  const ignored = (key: string) => names.ignored.find(([pattern]) => pattern.test(key))?.[1];
  return {
    ...{ name, whose, ignored, sizes: sizesOf(names, layer) },
    knows: (key) => ofNone.has(key) || ofLayer.has(layer.exec(key)?.[2] ?? "") || ignored(key) !== undefined,
    // A table per block, as after fine-tuning, since our tables may differ between layers.
    writes: (key) => key !== names.sharedTable,
    map(targets, context, has) {
      const layers = new Set(targets.flatMap((target) => layerPart(target.name)?.number ?? []));
      const mappings: Mapping[] = [];
      const fresh: Target[] = [];
      for (const target of targets) {
        const mapping =
          target.name === "position.relative"
            ? relativeTable(target, { names, rows: imageRows(context), layers: layers.size }, has)
            : mappingOf(target, { names, context }, has);
        if (mapping === undefined) fresh.push(target);
        else mappings.push(mapping);
      }
      const reason = "BEiT files do not hold it";
      return { mappings, fresh: fresh.map((target) => ({ target, reason })), unmapped: [] };
    },
  };
}

function sizesOf({ fixed, layer: inFront, table, sharedTable }: Names, layer: RegExp): SizeAxes {
  const [cls = "", patch = "", positions = ""] = ["embed.image.cls", "embed.image.patch.weight", "position.image"].map(
    (name) => fixed[name]?.[0],
  );
  const tables = [sharedTable, `${inFront}.0.${table}`];
  return {
    width: [
      [cls, 2],
      [patch, 0],
    ],
    patch: [[patch, 3]],
    ...{ layer, firstLayer: 0, headsOfAll: [] },
    headsOfOne: tables.map((key) => [key, 1]),
    imageTokens: [[positions, 1]],
    imageRows: tables.map((key) => [key, 0]),
    ...{ vocabulary: [], text: [] },
  };
}

interface Looked {
  readonly names: Names;
  readonly context: LayoutContext;
}

function mappingOf(target: Target, { names, context }: Looked, has: (key: string) => boolean): Mapping | undefined {
  const row = names.fixed[target.name];
  if (row !== undefined) return single(target, row[0], row[1] ?? 0);
  const maybe = names.optional[target.name];
  if (maybe !== undefined) return has(maybe[0]) ? single(target, maybe[0], maybe[1] ?? 0) : undefined;
  const layer = layerPart(target.name);
  if (layer === undefined) return undefined;
  const expert = expertPart(layer.rest);
  const serves = context.experts.find(({ name }) => name === expert?.name)?.views ?? [];
  if (expert !== undefined && !serves.includes("image")) return undefined;
  const keys = names.inLayer[expert?.rest ?? layer.rest];
  if (keys === undefined) return undefined;
  const inFront = `${names.layer}.${layer.number - 1}`;
  return typeof keys === "string" ? single(target, `${inFront}.${keys}`) : stacked(target, inFront, keys);
}

/** Several tensors concatenated along the rows, with equally many each. */
function stacked(target: Target, inFront: string, keys: readonly string[]): Mapping {
  const [rows = 0, ...rest] = target.shape;
  const parts = keys.map((key) => ({ key: `${inFront}.${key}`, shape: [rows / keys.length, ...rest] }));
  return { target, parts, joint: oneBelowTheOther };
}

const oneBelowTheOther: Joint = {
  assemble: (parts, shape) => {
    const into = new Float32Array(sizeOf(shape));
    let at = 0;
    for (const { data } of parts) {
      into.set(data, at);
      at += data.length;
    }
    return float32(shape, into);
  },
  divide: ({ data }, shapes) => {
    let at = 0;
    return shapes.map((shape) => float32(shape, Float32Array.from(data.subarray(at, (at += sizeOf(shape))))));
  },
};

interface Tables {
  readonly names: Names;
  readonly rows: number;
  readonly layers: number;
}

/** Our table [A, heads·layers] from one [rows, heads] per block: concatenated along the columns; rows after `rows` are zero. */
function relativeTable(target: Target, { names, rows, layers }: Tables, has: (key: string) => boolean): Mapping {
  const columns = target.shape[1] ?? 0;
  const keys = Array.from({ length: layers }, (_, i) =>
    has(names.sharedTable) ? names.sharedTable : `${names.layer}.${i}.${names.table}`,
  );
  return { target, parts: keys.map((key) => ({ key, shape: [rows, columns / layers] })), joint: sideBySide };
}

const sideBySide: Joint = {
  assemble: (parts, shape) => {
    const into = new Float32Array(sizeOf(shape));
    const columns = shape[1] ?? 0;
    parts.forEach(({ data, shape: [rows = 0, width = 0] }, part) => {
      for (let row = 0; row < rows; row++) {
        into.set(data.subarray(row * width, (row + 1) * width), row * columns + part * width);
      }
    });
    return float32(shape, into);
  },
  divide: ({ data, shape: [, columns = 0] }, shapes) =>
    shapes.map((shape, part) => {
      const [, width = 0] = shape;
      const at = (i: number): number => Math.floor(i / width) * columns + part * width + (i % width);
      return float32(
        shape,
        Float32Array.from({ length: sizeOf(shape) }, (_, i) => data[at(i)] ?? 0),
      );
    }),
};
