// Features: outputs of a view. Parses `pair[1].pooled` and `image.layer(3)`, and classifies each.
import {
  didYouMean,
  pathText,
  spanText,
  type Call,
  type Expression,
  type Reference,
  listed,
} from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { ValueNode } from "../../resolve/blocks.js";
import { mismatch, readField } from "../../schema/fields.js";
import { count } from "../../schema/numbers.js";
import { runs, throughTrunk } from "../../spec/routing.js";
import type { FeatureSpec, StageSpec, View } from "../../spec/spec.js";
import type { Context } from "../context.js";

/** `vector`: one per sample; `sequence`: one per token; the others are each for particular heads. */
export type FeatureKind = "vector" | "sequence" | "grid" | "layer" | "image" | "causal";

const table = {
  "image.cls": { view: "image", part: "cls", kind: "vector" },
  "image.tokens": { view: "image", part: "tokens", kind: "sequence" },
  "image.patches": { view: "image", part: "patches", kind: "sequence" },
  "image.grid": { view: "image", part: "grid", kind: "grid" },
  "image.layer": { view: "image", part: "layer", kind: "layer" },
  image: { view: "image", part: "pixels", kind: "image" },
  "text.cls": { view: "text", part: "cls", kind: "vector" },
  "text.tokens": { view: "text", part: "tokens", kind: "sequence" },
  "pair.cls": { view: "pair", part: "cls", kind: "vector" },
  "pair.pooled": { view: "pair", part: "pooled", kind: "vector" },
  "pair.text": { view: "pair", part: "text", kind: "sequence" },
  "pair.patches": { view: "pair", part: "patches", kind: "sequence" },
  "pair.tokens": { view: "pair", part: "tokens", kind: "sequence" },
  "pair.causal": { view: "pair", part: "text", kind: "causal" },
} as const satisfies Readonly<Record<string, { view: View; part: FeatureSpec["part"]; kind: FeatureKind }>>;

/** A feature without the image or layer that it selects: `pair.pooled`. */
export type FeatureName = keyof typeof table;

/** A feature as written, with its kind. */
export interface Feature {
  readonly name: FeatureName;
  readonly spec: FeatureSpec;
  readonly kind: FeatureKind;
  readonly text: string;
}

/** Names of all features, for the reference page and suggestions. */
export const featureNames = Object.keys(table);

/** By name: the features with one vector per sample, of views that the heads of a stage read and its model runs. */
export function vectorFeatures({ heads, model }: StageSpec): Map<string, FeatureSpec> {
  const read = new Set(heads.flatMap((head) => throughTrunk(head).map(({ view }) => view)));
  return new Map(
    Object.entries(table).flatMap(([name, { view, part, kind }]) => {
      if (kind !== "vector" || !read.has(view) || !runs(model, view)) return [];
      return [[name, { view, image: null, causal: false, part, layer: null, span: model.span }] as const];
    }),
  );
}

/** Parses one argument of a head. */
export function readFeature(node: ValueNode, context: Context): Feature | null {
  const { expression } = node;
  if (expression.kind === "reference") return featureOf(expression, node, undefined, context);
  if (expression.kind === "call") return featureOf(expression.callee, node, expression, context);
  return mismatch(node, { label: "feature", reading: context.reading }, "a feature such as `pair.pooled`");
}

function featureOf(path: Reference, node: ValueNode, call: Call | undefined, context: Context): Feature | null {
  const name = pathText(path);
  if (!isFeature(name)) return unknownFeature(path, node.expression, context);
  const entry = table[name];
  const layer = entry.kind === "layer" ? readLayer(call, node, context) : null;
  if (entry.kind === "layer" && layer === null) return null;
  if (entry.kind !== "layer" && call !== undefined) return unknownFeature(path, node.expression, context);
  const [first, ...rest] = path.segments;
  const image = first.layers === undefined ? null : readImage(first.layers, node, context);
  if (image === undefined) return null;
  if (rest.some((segment) => segment.layers !== undefined)) return unknownFeature(path, node.expression, context);
  if (first.layers !== undefined && entry.view !== "pair") return unknownFeature(path, node.expression, context);
  const { view, part, kind } = entry;
  const spec: FeatureSpec = { view, image, causal: kind === "causal", part, layer, span: node.expression.span };
  return { name, spec, kind, text: spanText(node.expression.span) };
}

function isFeature(name: string): name is FeatureName {
  return Object.hasOwn(table, name);
}

function unknownFeature(path: Reference, whole: Expression, context: Context): null {
  const text = pathText(path);
  const [view] = path.segments;
  const sisters = featureNames.filter((name) => name.startsWith(`${view.name.text}.`));
  const others = sisters.length > 0 ? `there are ${listed(sisters)}` : "views are `image`, `text` and `pair`";
  const known = featureNames.includes(text);
  const { fix, ...help } = didYouMean(whole.span, known ? [] : featureNames, others, text);
  // Brackets are not part of the name.
  const extra = fix !== undefined && spanText(whole.span) === text ? { ...help, fix } : help;
  context.report(diagnose("V401", whole.span, { feature: spanText(whole.span) }, extra));
  return null;
}

/** Undefined: it is wrong and was reported. */
function readImage(layers: readonly Expression[], node: ValueNode, context: Context): 1 | 2 | undefined {
  const [only, more] = layers;
  if (only === undefined || more !== undefined) {
    mismatch(node, { label: "pair", reading: context.reading }, "`pair[1]` or `pair[2]`");
    return undefined;
  }
  const result = readField(count({ most: 2 }), {
    node: { ...node, expression: only },
    label: "pair",
    reading: context.reading,
  });
  if (!result.success) return undefined;
  return result.data === 2 ? 2 : 1;
}

function readLayer(call: Call | undefined, node: ValueNode, context: Context): number | null {
  const [only, more] = call?.args ?? [];
  if (only === undefined || more !== undefined)
    return mismatch(node, { label: "feature", reading: context.reading }, "a layer: `image.layer(3)`");
  const result = readField(count(), {
    node: { ...node, expression: only.value },
    label: "layer",
    reading: context.reading,
  });
  return result.success ? result.data : null;
}
