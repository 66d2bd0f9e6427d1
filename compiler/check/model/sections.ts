// The sections of a model that have keys of their own: attention, images, texts.
import type { Span } from "../../../grammar/index.js";
import { positionOf } from "../../positions/index.js";
import type { BlockNode } from "../../resolve/blocks.js";
import { attentionSchema, imageSchema, textSchema } from "../../schema/blocks.js";
import { readPartly } from "../../schema/read.js";
import type { AttentionSpec, ImageSpec, TextSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import type { Doubt } from "../doubts.js";

/** How parts of a model are read; mistakes add a doubt. */
export interface ModelReading {
  readonly context: Context;
  readonly doubts: Set<Doubt>;
}

/** As in model.ts. */
const standIn = { heads: 1, pixels: 16, length: 16, vocabulary: 100, eps: 1e-6 } as const;

/** Adds the doubts that follow from wrong keys. */
export function noteDoubts(
  failed: ReadonlySet<string>,
  about: Readonly<Record<string, Doubt>>,
  doubts: Set<Doubt>,
): void {
  for (const [key, each] of Object.entries(about)) if (failed.has(key)) doubts.add(each);
}

/** The `attention` section; anything missing or wrong is replaced by a stand-in and added to `doubts`. */
export function readAttention(
  block: BlockNode | undefined,
  otherwise: Span,
  { context, doubts }: ModelReading,
): AttentionSpec {
  const span = block?.key ?? otherwise;
  if (block === undefined) doubts.add("attention heads").add("position");
  const read = block && readPartly(attentionSchema, block, { what: "`attention`", span }, context.reading);
  if (read !== undefined) noteDoubts(read.failed, { heads: "attention heads", position: "position" }, doubts);
  const { heads = standIn.heads, bias = ["query", "value"], share = "all", position } = read?.values ?? {};
  return { heads, bias, share, position: positionOf(position ?? { kind: "none" }), span };
}

/** The `image` section; sizes are sides in pixels. */
export function readImage(block: BlockNode, { context, doubts }: ModelReading): ImageSpec {
  const owner = { what: "`image`", span: block.key };
  const { values, failed } = readPartly(imageSchema, block, owner, context.reading);
  if (failed.size > 0) doubts.add("image");
  const { size = standIn.pixels, patch = standIn.pixels, channels = 3, types = 1 } = values;
  return { size, patch, channels, types, span: block.key };
}

/** The `text` section; `length` includes [CLS] and [SEP]. */
export function readText(block: BlockNode, { context, doubts }: ModelReading): TextSpec {
  const { values, failed } = readPartly(textSchema, block, { what: "`text`", span: block.key }, context.reading);
  if (failed.size > 0) doubts.add("text");
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
