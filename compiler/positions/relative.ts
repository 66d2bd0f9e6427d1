// Relative position bias (the original's modules/vlmo_module.py): one table for image offsets, text offsets and the two
// cross-modal offsets, gathered by index tables that are constants of the program.
import { z } from "zod";
import { once, parameter, type BuildContext } from "../build/context.js";
import type { Checking } from "../check/model/place.js";
import { diagnose } from "../codes.js";
import type { Value } from "../ir/graph.js";
import { gather } from "../ops/indexing.js";
import { constant, reshape, slice, transpose } from "../ops/structure.js";
import { choice, doc } from "../schema/fields.js";
import { most } from "../schema/most.js";
import { count } from "../schema/numbers.js";
import { imageTokens, patchesPerSide, relativeRows } from "../spec/geometry.js";
import { parameter as tensor, zero } from "../spec/parameter.js";
import type { ModelSpec } from "../spec/spec.js";
import { positionRule, type LayerOfView, type PositionOf } from "./position.js";

type Relative = PositionOf<"relative">;

/** A bias for each offset, in every layer and attention head. */
export const relative = positionRule({
  kind: "relative",
  doc: "A learnt bias for every distance between two tokens, per head and layer.",
  positional: [],
  schema: z.object({
    span: doc(
      count({ least: 2, most: most.tokens }).default(196),
      "The longest text for which the table holds distances.",
    ),
    table: doc(
      choice("shared", "per_layer").default("shared"),
      "One tensor for all layers, or one per layer; the same values.",
    ),
  }),
  make: ({ span, table }) => ({ kind: "relative", span, table }),
  check: checkSpan,
  parameters: (model, { span }) => {
    const columns = model.attention.heads * model.layers;
    // A table per layer and one table with a column per layer and head hold the same numbers; here all layers are one tensor.
    const table = tensor(
      "position.relative",
      [relativeRows(model, span), columns],
      { part: "position" },
      "table",
      zero,
    );
    return [{ ...table, decay: { by_role: false, original: false } }];
  },
  tables: {
    "position.relative": {
      of: "all",
      rule: "relative_table",
      resized,
      // Tables can have equal sizes but different meanings, if image and text offsets trade places.
      meansSame: (from, to) => patchesPerSide(from) === patchesPerSide(to),
    },
  },
  embedding: () => null,
  bias: biasOf,
  biasElements: ({ layers, attention }, tokens) => layers * attention.heads * tokens ** 2,
  fitting: ({ span }) => ({ span }),
  text: ({ span, table }) => `relative(span: ${span}, table: ${table})`,
});

function checkSpan({ span }: Relative, { model: { text }, place, report }: Checking): void {
  if (text === null || text.length <= span) return;
  const { length } = text;
  const related = [{ span: place("attention", "position"), message: `span ${span}` }];
  const help = `set \`relative(span: ${length})\`, or a shorter length`;
  report(diagnose("V303", place("text", "length"), { length, span }, { related, help }));
}

function resized(from: ModelSpec, to: ModelSpec): string | null {
  const [before, after] = [from.attention.position, to.attention.position];
  if (before.kind !== "relative" || after.kind !== "relative" || after.span > before.span) return null;
  const image = patchesPerSide(from) === patchesPerSide(to) ? [] : ["image offsets interpolated"];
  const text = before.span === after.span ? [] : [`text distances cut to ${after.span}`];
  return [...image, ...text].join(", ");
}

function biasOf(context: BuildContext, { span }: Relative, { view, text, layer }: LayerOfView): Value {
  const { model } = context;
  const { heads } = model.attention;
  const all = once(context, `bias ${view}`, () => {
    const index = indexTable(model, span, { view, text });
    const length = Math.sqrt(index.length);
    const columns = heads * model.layers;
    const picked = gather(parameter(context, "position.relative"), constant([length * length], index));
    return reshape(transpose(picked, [1, 0]), [columns, length, length]);
  });
  const [, rows = 0, columns = 0] = all.type.shape;
  return reshape(slice(all, 0, (layer - 1) * heads, layer * heads), [1, heads, rows, columns]);
}

/** Table row for every (query, key), row-major [N·N], with `text` text tokens. */
function indexTable(model: ModelSpec, span: number, { view, text }: Pick<LayerOfView, "view" | "text">): Int32Array {
  if (view === "image") return imageIndex(model);
  if (view === "text") return textIndex(model, span, text);
  return pairIndex(model, textIndex(model, span, text), text);
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

/** Text offsets are key minus query, the opposite sign: as in the original's checkpoints. */
function textIndex(model: ModelSpec, span: number, length: number): Int32Array {
  const rows = relativeRows(model, span);
  const base = rows - 2 * span; // R + 2: image rows and the two cross-modal rows come first
  return square(length, (query, key) => {
    if (query === 0 && key === 0) return rows - 1;
    if (query === 0) return rows - 3;
    if (key === 0) return rows - 2;
    return key - query + (span - 2) + base;
  });
}

/** Text first, then image; all pairs of a cross-modal direction share one row. */
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
