// Relative position bias (the original's modules/vlmo_module.py): one table for image offsets, text offsets and the two
// crossings, read by index tables that are known when the program is built.
import type { Value } from "../ir/graph.js";
import { mul, add } from "../ops/elementwise.js";
import { gather } from "../ops/indexing.js";
import { constant, fill, reshape, slice, transpose } from "../ops/structure.js";
import { imageTokens, patchesPerSide, relativeRows } from "../spec/geometry.js";
import type { ModelSpec, View } from "../spec/spec.js";
import { once, parameter, type BuildContext } from "./context.js";
import { textTokensOf } from "./embed.js";

/** Bias of every layer for a view: [1, H, N, N] by layer 1…L, or null where positions are not relative. */
export function relativeBias(context: BuildContext, view: View, layer: number): Value | null {
  const { model } = context;
  const { position, heads } = model.attention;
  if (position.kind !== "relative") return null;
  const all = once(context, `bias ${view}`, () => {
    const index = indexTable(model, position.span, view, textTokensOf(context, view));
    const length = Math.sqrt(index.length);
    const columns = heads * model.layers;
    const picked = gather(parameter(context, "position.relative"), constant([length * length], index));
    return reshape(transpose(picked, [1, 0]), [columns, length, length]);
  });
  const [, rows = 0, columns = 0] = all.type.shape;
  return reshape(slice(all, 0, (layer - 1) * heads, layer * heads), [1, heads, rows, columns]);
}

/** 0 for keys that are tokens, -1e9 for padding: mask [B, N] of ones and zeros → [B, 1, 1, N]. */
export function keyMask(mask: Value): Value {
  const [batch = 0, length = 0] = mask.type.shape;
  return reshape(mul(add(mask, fill(-1)), fill(1e9)), [batch, 1, 1, length]);
}

/** Row of the table for every (query, key), row-major [N·N], with `length` tokens of text. */
function indexTable(model: ModelSpec, span: number, view: View, length: number): Int32Array {
  if (view === "image") return imageIndex(model);
  if (view === "text") return textIndex(model, span, length);
  return pairIndex(model, textIndex(model, span, length), length);
}

/** Image offsets are query minus key; the last three rows of this part are cls→any, any→cls, cls→cls. */
function imageIndex(model: ModelSpec): Int32Array {
  const side = patchesPerSide(model);
  const tokens = imageTokens(model);
  const offsets = (2 * side - 1) ** 2;
  return square(tokens, (query, key) => {
    if (query === 0 && key === 0) return offsets + 2;
    if (query === 0) return offsets;
    if (key === 0) return offsets + 1;
    const [q, k] = [query - 1, key - 1];
    const down = Math.floor(q / side) - Math.floor(k / side) + side - 1;
    const across = (q % side) - (k % side) + side - 1;
    return down * (2 * side - 1) + across;
  });
}

/** Text offsets are key minus query, the opposite sign: the original's checkpoints hold them so. */
function textIndex(model: ModelSpec, span: number, length: number): Int32Array {
  const rows = relativeRows(model, span);
  const base = rows - 2 * span; // R + 2: image rows and the two crossings come first
  return square(length, (query, key) => {
    if (query === 0 && key === 0) return rows - 1;
    if (query === 0) return rows - 3;
    if (key === 0) return rows - 2;
    return key - query + (span - 2) + base;
  });
}

/** Text first, then image; each crossing is one row for all its pairs. */
function pairIndex(model: ModelSpec, text: Int32Array, length: number): Int32Array {
  const image = imageIndex(model);
  const tokens = imageTokens(model);
  const crossing = (2 * patchesPerSide(model) - 1) ** 2 + 3;
  return square(length + tokens, (query, key) => {
    if (query < length) return key < length ? (text[query * length + key] ?? 0) : crossing;
    return key < length ? crossing + 1 : (image[(query - length) * tokens + key - length] ?? 0);
  });
}

function square(size: number, row: (query: number, key: number) => number): Int32Array {
  return Int32Array.from({ length: size * size }, (_, i) => row(Math.floor(i / size), i % size));
}
