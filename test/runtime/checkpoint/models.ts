// The small models of the fixtures as checked specifications, for import tests.
import {
  parametersOf,
  type Channels,
  type AnyHead,
  type ModelSpec,
  type PositionSpec,
} from "../../../compiler/index.js";
import type { Span } from "../../../grammar/index.js";
import { layoutContext } from "../../../runtime/checkpoint/layouts/context.js";
import type { LayoutContext, Target } from "../../../runtime/checkpoint/layouts/index.js";

// Boundary: importing never reads a model's span.
const span = {} as Span;
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const relative: PositionSpec = { kind: "relative", span: 20, table: "shared" };
const absolute: PositionSpec = { kind: "absolute", image: true, text: true };

export interface Sizes {
  readonly plus?: boolean;
  readonly imageSize?: number;
  readonly channels?: Channels;
  readonly types?: number;
  readonly length?: number;
}

/** The model of `fixtures/dev` (or `dev_plus`), with pair experts on layers 3 and 4. */
export function fixtureModel({
  plus = false,
  imageSize = 32,
  channels = 3,
  types = 1,
  length = 12,
}: Sizes = {}): ModelSpec {
  const all = range(1, 4);
  const expert = { ratio: 4, activation: "gelu", span } as const;
  return {
    ...{
      name: "Dev",
      layers: 4,
      width: 32,
      normEps: 1e-6,
      dropPath: 0,
      init: "beit" as const,
      layerScale: plus ? null : 0.1,
      span,
    },
    attention: { heads: 4, bias: ["query", "value"], share: "all", position: plus ? absolute : relative, span },
    image: { size: imageSize, patch: 8, channels, types, span },
    text: {
      tokenizer: { vocabulary: 99, file: null, span },
      length,
      dropout: 0,
      normEps: 1e-12,
      unreadPositions: !plus,
      span,
    },
    experts: [
      { ...expert, name: "vision", views: ["image"], layers: all },
      { ...expert, name: "language", views: ["text"], layers: all },
      { ...expert, name: "fusion", views: ["pair"], layers: [3, 4] },
    ],
  };
}

const base = (name: string) => ({ name, parametersOf: name, features: [], span });

export const heads = {
  mlm: {
    ...base("mlm"),
    kind: "masked_tokens",
    mask: 0.15,
    wholeWord: true,
    variant: "default",
    decoder: "free",
    normEps: 1e-12,
  },
  itc: {
    ...base("itc"),
    kind: "contrastive",
    temperature: 0.07,
    fused: true,
    pool: "micro",
    loss: "softmax",
    bias: 0,
    falseNegatives: "keep",
  },
  itm: { ...base("itm"), kind: "matching", negatives: { head: "itc", from: "pool" }, falseNegatives: "keep" },
  vqa: {
    ...base("vqa"),
    kind: "classify",
    classes: 17,
    answerCount: null,
    hidden: 64,
    normEps: 1e-5,
    loss: "bce",
    labelSmoothing: 0,
  },
  nlvr2: { ...base("nlvr2"), kind: "compare", classes: 2, hidden: 64, normEps: 1e-5, labelSmoothing: 0 },
} as const satisfies Readonly<Record<string, AnyHead>>;

export type HeadName = keyof typeof heads;

/** The parameters of a model with these heads, and the properties a layout needs. */
export function importTarget(
  model: ModelSpec,
  names: readonly HeadName[],
): { targets: readonly Target[]; context: LayoutContext } {
  const chosen = names.map((name) => heads[name]);
  return { targets: parametersOf(model, chosen), context: layoutContext(model, chosen) };
}
