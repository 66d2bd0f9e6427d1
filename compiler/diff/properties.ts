// A declaration as a flat list of properties: two declarations have the same meaning if their properties are equal.
// Positions, comments, order and inheritance are not properties.
import { planModel } from "../plan/plan.js";
import { positionRuleOf } from "../positions/index.js";
import { plainNumber } from "../schema/defaults.js";
import { featureText } from "../spec/feature-text.js";
import { expertsIn, layersOf } from "../spec/routing.js";
import type { DataSpec, EvaluationSpec, HeadSpec, ModelSpec, WindowsSpec } from "../spec/spec.js";
import type { Names } from "./pairs.js";

/** A group of properties listed together; plain settings have no title. */
export type PropertyGroup =
  "" | "experts by layer" | "parameters" | "FLOPs" | "tensors" | "hand-over" | "model of the stage";

/** A single property of a declaration. */
export interface Property {
  readonly group: PropertyGroup;
  readonly what: string;
  /** A number is a count: of parameters, FLOPs, or tensors. */
  readonly value: string | number;
}

/** Settings by key, nested ones with dots; `none` for null, undefined ones are left out. */
export function settings(values: Readonly<Record<string, unknown>>, prefix = ""): Property[] {
  return Object.entries(values).flatMap(([key, value]): Property[] => {
    if (value === undefined) return [];
    const what = `${prefix}${key}`;
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return settings(Object.fromEntries(Object.entries(value)), `${what}.`);
    return [{ group: "", what, value: plainText(value) }];
  });
}

function plainText(value: unknown): string {
  if (value === null) return "none";
  if (typeof value === "number") return plainNumber(value);
  return Array.isArray(value) ? `[${value.map(plainText).join(", ")}]` : String(value);
}

/** Properties of a model after `extends`; the order of views within an expert has no meaning. */
export function modelProperties(model: ModelSpec): Property[] {
  const { attention, image, text, experts } = model;
  const plan = planModel(model);
  const byName = experts.map(({ name, views, ratio, activation }): [string, string] => [
    name,
    `ffn(${views.toSorted().join(", ")}, ratio: ${plainNumber(ratio)}, activation: ${activation})`,
  ]);
  return [
    ...settings({
      layers: model.layers,
      width: model.width,
      attention: {
        heads: attention.heads,
        bias: attention.bias.toSorted(),
        share: attention.share,
        position: positionRuleOf(attention.position).text(attention.position),
      },
      norm: `layer_norm(eps: ${plainNumber(model.normEps)})`,
      layer_scale: model.layerScale,
      drop_path: model.dropPath,
      init: initText(model),
      image:
        image === null
          ? null
          : { size: `${image.size}px`, patch: `${image.patch}px`, channels: image.channels, types: image.types },
      text: text === null ? null : textSettings(text),
      experts: Object.fromEntries(byName.toSorted()),
    }),
    ...layersOf(model).map((layer): Property => {
      const names = expertsIn(model, layer).map(({ name }) => name);
      return { group: "experts by layer", what: `layer ${layer}`, value: names.toSorted().join(", ") || "none" };
    }),
    { group: "parameters", what: "all", value: plan.parameters },
    ...plan.parts.map(({ part, parameters }): Property => ({ group: "parameters", what: part, value: parameters })),
    ...plan.views.map(({ view, flops }): Property => ({ group: "FLOPs", what: `view ${view}`, value: flops })),
  ];
}

function textSettings(text: NonNullable<ModelSpec["text"]>): Readonly<Record<string, unknown>> {
  const { tokenizer, length, dropout, normEps, unreadPositions } = text;
  const { vocabulary, file } = tokenizer;
  return {
    tokenizer: { vocabulary, file },
    length,
    dropout,
    norm_eps: normEps,
    unread_positions: unreadPositions,
  };
}

/** Properties of a head; names of other heads are mapped by `names`, so that renaming alone is no difference. */
export function headProperties(head: HeadSpec, names: Names): Property[] {
  const { kind, features, parametersOf } = head;
  const kept = byName(asWritten(without(head, notSettings)), names);
  const shares = parametersOf === head.name ? null : names.head(parametersOf);
  return settings({ kind, features: features.map(featureText), share: shares, ...kept });
}

/** Settings with every other head replaced by its name. */
function byName(values: object, names: Names): Readonly<Record<string, unknown>> {
  const one = (key: string, value: unknown): unknown => {
    if (key === "head") return names.head(String(value));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return "parametersOf" in value && "name" in value ? names.head(String(value.name)) : byName(value, names);
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, one(key, value)]));
}

/** Spans, and properties that are listed separately. */
const notSettings: readonly string[] = ["kind", "name", "span", "features", "parametersOf"];

/** Settings by their keys in the language: `label_smoothing` for the record's `labelSmoothing`. */
export function asWritten(values: object): Readonly<Record<string, unknown>> {
  const key = (setting: string): string => setting.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(values).map(([setting, value]) => [key(setting), value]));
}

/** The values without these keys. */
export function without(values: object, keys: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !keys.includes(key)));
}

/** Properties of a data set, defaults of its format included. */
export function dataProperties(
  { kind, format, settings: given, lists, images, items, onError }: DataSpec,
  names: Names,
): Property[] {
  const taken = Object.entries(lists ?? {}).map(([key, { name }]): [string, unknown] => [
    key,
    `from(${names.data(name)})`,
  ]);
  const properties = settings({
    ...given,
    ...Object.fromEntries(taken),
    kind,
    format,
    items,
    on_error: onError,
    images: "images" in given ? given.images : images,
  });
  return properties.toSorted((a, b) => a.what.localeCompare(b.what));
}

/** Properties of an evaluation: data, stage, metrics with their arguments. */
export function evaluationProperties(evaluation: EvaluationSpec, names: Names): Property[] {
  const metrics = evaluation.metrics.map(({ name, arguments: at, head, rerank, windows }) => {
    const anew = rerank === null ? [] : [`rerank: top(${rerank.top}, by: ${names.head(rerank.head)})`];
    const slid = windows === null ? [] : [`windows: ${windowsText(windows)}`];
    const inner = [...at.map(String), ...(head === null ? [] : [names.head(head)]), ...anew, ...slid];
    return `${name}(${inner.join(", ")})`;
  });
  return settings({
    data: names.data(evaluation.data.name),
    stage: names.stage(evaluation.stage),
    metrics: metrics.toSorted(),
    batch: evaluation.batch,
  });
}

function windowsText({ stride, shortSide }: WindowsSpec): string {
  return `slide(stride: ${stride}px, short_side: ${shortSide === null ? "none" : `${shortSide}px`})`;
}

/** The scheme of the whole model, then those of its parts. */
function initText({ init, initParts }: ModelSpec): string {
  const parts = [...(initParts ?? [])].map(([part, scheme]) => `${part}: ${scheme}`).toSorted();
  return [init, ...parts].join(", ");
}
