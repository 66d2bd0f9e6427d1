// The sections of a model that have keys of their own: attention, images, texts.
import type { Span } from "../../../grammar/index.js";
import { positionOf } from "../../positions/index.js";
import type { BlockNode } from "../../resolve/blocks.js";
import type { Declared } from "../../resolve/module.js";
import { holdsUnread } from "../../resolve/unread.js";
import { attentionSchema, imageSchema, textSchema } from "../../schema/blocks.js";
import { readPartly } from "../../schema/read.js";
import type { AttentionSpec, ImageSpec, TextSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import type { Doubt } from "../doubts.js";

/** How parts of a model are read; mistakes add a doubt. */
export interface ModelReading {
  readonly context: Context;
  readonly doubts: Set<Doubt>;
  /** Of a model that inherits, where text of it or of its parents could not be read: the declaration whose own values alone are known. */
  readonly alone: Declared | null;
}

/** As in model.ts. */
const standIn = { heads: 1, pixels: 16, length: 16, vocabulary: 100, eps: 1e-6 } as const;

/** The doubt that follows from each key of a block if its value is unknown; null: nothing that is compared. */
export type DoubtsOf<Schema extends { readonly shape: object }> = Readonly<Record<keyof Schema["shape"], Doubt | null>>;

const attentionDoubts: DoubtsOf<typeof attentionSchema> = {
  heads: "attention heads",
  bias: null,
  position: "position",
  share: null,
};

const imageDoubts: DoubtsOf<typeof imageSchema> = {
  size: "image",
  patch: "image",
  channels: "tensors",
  types: "tensors",
};

const textDoubts: DoubtsOf<typeof textSchema> = {
  tokenizer: "tensors",
  length: "text",
  dropout: null,
  norm_eps: null,
  unread_positions: "tensors",
};

/** Adds the doubts that follow from keys that are wrong or whose value is unknown. */
export function noteDoubts(
  block: BlockNode,
  failed: ReadonlySet<string>,
  about: Readonly<Record<string, Doubt | null>>,
  { doubts, alone }: Pick<ModelReading, "doubts" | "alone">,
): void {
  for (const [key, doubt] of Object.entries(about))
    if (doubt !== null && (failed.has(key) || isUnread(block, key, alone))) doubts.add(doubt);
}

/** Whether a value is not there in a block that lacks something, might have been replaced there, or a syntax error touches it. */
function isUnread({ entries, incomplete = false }: BlockNode, key: string, alone: Declared | null): boolean {
  const node = entries.get(key)?.node;
  if (node === undefined) return incomplete || alone !== null;
  if (node.kind === "block") return false;
  return (alone !== null && node.origin !== alone) || holdsUnread(node.origin.module.unread, node.expression.span);
}

/** The `attention` section; anything missing or wrong is replaced by a stand-in and added to `doubts`. */
export function readAttention(block: BlockNode | undefined, otherwise: Span, reading: ModelReading): AttentionSpec {
  const span = block?.key ?? otherwise;
  if (block === undefined) reading.doubts.add("attention heads").add("position");
  const owner = { what: "`attention`", span };
  const read = block && readPartly(attentionSchema, block, owner, reading.context.reading);
  if (block !== undefined && read !== undefined) noteDoubts(block, read.failed, attentionDoubts, reading);
  const { heads = standIn.heads, bias = ["query", "value"], share = "all", position } = read?.values ?? {};
  return { heads, bias, share, position: positionOf(position ?? { kind: "none" }), span };
}

/** The `image` section; sizes are sides in pixels. */
export function readImage(block: BlockNode, reading: ModelReading): ImageSpec {
  const owner = { what: "`image`", span: block.key };
  const { values, failed } = readPartly(imageSchema, block, owner, reading.context.reading);
  noteDoubts(block, failed, imageDoubts, reading);
  const { size = standIn.pixels, patch = standIn.pixels, channels = 3, types = 1 } = values;
  return { size, patch, channels, types, span: block.key };
}

/** The `text` section; `length` includes [CLS] and [SEP]. */
export function readText(block: BlockNode, reading: ModelReading): TextSpec {
  const owner = { what: "`text`", span: block.key };
  const { values, failed } = readPartly(textSchema, block, owner, reading.context.reading);
  noteDoubts(block, failed, textDoubts, reading);
  const { vocabulary = standIn.vocabulary, file = null } = values.tokenizer ?? {};
  return {
    tokenizer: { vocabulary, file, span: block.entries.get("tokenizer")?.node.key ?? block.key },
    length: values.length ?? standIn.length,
    dropout: values.dropout ?? 0,
    normEps: values.norm_eps ?? standIn.eps,
    unreadPositions: values.unread_positions ?? false,
    span: block.key,
  };
}
