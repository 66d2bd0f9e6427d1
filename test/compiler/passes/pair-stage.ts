// A small hand-made pair stage (contrast, matching with mined negatives, masked tokens) and seeded tensors for every
// input of its programs, to run two forms of one program on the same values.
import {
  sizeOf,
  type Graph,
  type AnyHead,
  type HeadSpec,
  type ModelSpec,
  type Program,
  type StageSpec,
} from "../../../compiler/index.js";
import { reachOfAll } from "../../../compiler/spec/reach.js";
import { createSource } from "../../../grammar/index.js";
import { float32, int32, type Tensor } from "../../../runtime/tensor.js";
import { drawFrom } from "../../support/draw.js";

const span = { file: createSource("pair-stage.vlmo", ""), start: 0, end: 0 };

export interface StageOptions {
  readonly layers?: number;
  readonly width?: number;
  readonly heads?: number;
  /** The first layer with the fusion expert; none has it if this is above the last. */
  readonly fusionFrom?: number;
  readonly position?: "relative" | "absolute";
  readonly dropPath?: number;
  readonly fused?: boolean;
  readonly image?: number;
  readonly text?: number;
  readonly vocabulary?: number;
  readonly batch?: number;
  readonly decoder?: "tied" | "free";
}

const defaults = {
  layers: 3,
  width: 16,
  heads: 2,
  dropPath: 0,
  fused: false,
  position: "relative",
  image: 16,
  text: 6,
  vocabulary: 23,
  batch: 3,
  decoder: "tied",
} as const satisfies StageOptions;

/** The stage, with everything trained and no gradient clipping. */
export function pairStage(given: StageOptions = {}): StageSpec {
  const options = { ...defaults, ...given };
  const { layers, width, heads, dropPath, fused } = options;
  const fusionFrom = given.fusionFrom ?? layers;
  const every = Array.from({ length: layers }, (_, i) => i + 1);
  const expert = (name: string, view: "image" | "text" | "pair", from: number): ModelSpec["experts"][number] => ({
    name,
    views: [view],
    ratio: 4,
    activation: "gelu",
    layers: every.filter((layer) => layer >= from),
    span,
  });
  const model: ModelSpec = {
    name: "Small",
    layers,
    width,
    span,
    normEps: 1e-6,
    init: "beit",
    layerScale: 0.1,
    dropPath,
    attention: {
      heads,
      bias: ["query", "value"],
      share: "all",
      span,
      position:
        options.position === "absolute"
          ? { kind: "absolute", image: true, text: true }
          : { kind: "relative", span: 196, table: "shared" },
    },
    image: { size: options.image, patch: options.image > 100 ? 16 : 8, channels: 3, types: 1, span },
    text: {
      tokenizer: { vocabulary: options.vocabulary, file: null, span },
      length: options.text,
      dropout: 0,
      normEps: 1e-12,
      unreadPositions: false,
      span,
    },
    experts: [expert("vision", "image", 1), expert("language", "text", 1), expert("fusion", "pair", fusionFrom)],
  };
  const feature = (view: "image" | "text" | "pair", part: "cls" | "pooled" | "text"): HeadSpec["features"][number] => ({
    view,
    part,
    image: null,
    causal: false,
    layer: null,
    span,
  });
  const itc: AnyHead = {
    kind: "contrastive",
    name: "itc",
    parametersOf: "itc",
    features: [feature("image", "cls"), feature("text", "cls")],
    temperature: 0.07,
    fused,
    pool: "global",
    loss: "softmax",
    bias: 0,
    falseNegatives: "keep",
    span,
  };
  const itm: AnyHead = {
    kind: "matching",
    name: "itm",
    parametersOf: "itm",
    features: [feature("pair", "pooled")],
    negatives: { head: "itc", from: "pool" },
    falseNegatives: "keep",
    span,
  };
  const mlm: AnyHead = {
    kind: "masked_tokens",
    name: "mlm",
    parametersOf: "mlm",
    features: [feature("pair", "text")],
    mask: 0.15,
    wholeWord: false,
    variant: "default",
    decoder: options.decoder,
    normEps: 1e-12,
    span,
  };
  const all = [itc, itm, mlm];
  return {
    name: "pairs",
    word: "stage",
    model,
    heads: all,
    span,
    from: { kind: "scratch" },
    data: [],
    learn: [
      { head: itc, weight: 1, span },
      { head: itm, weight: 1, span },
      { head: mlm, weight: 0.25, span },
    ],
    trained: reachOfAll(model, all, all),
    frozen: new Set(),
    unreached: new Set(),
    copies: [],
    batch: options.batch,
    micro: options.batch,
    cached: false,
    mean: "batch",
    gatherGradient: "global",
    weights: null,
    duration: { unit: "steps", value: 1 },
    schedule: { kind: "constant", warmup: { unit: "steps", value: 0 } },
    augment: [],
    mix: [],
    validate: null,
    seed: 0,
    optimizer: {
      kind: "adamw",
      lr: 1e-3,
      betas: [0.9, 0.98],
      eps: 1e-8,
      weightDecay: 0.01,
      variant: "torch",
      decay: "by_role",
      clip: null,
      factors: new Map(),
    },
  };
}

/** Seeded tensors for every input of a program. */
export function tensorsFor({ graph, noise }: Program, stage: StageSpec): Map<string, Tensor> {
  const limits: Readonly<Record<string, number>> = {
    text_ids: stage.model.text?.tokenizer.vocabulary ?? 1,
    text_ids_mlm: stage.model.text?.tokenizer.vocabulary ?? 1,
    "mlm.values": stage.model.text?.tokenizer.vocabulary ?? 1,
    "mlm.positions": stage.batch * (stage.model.text?.length ?? 1),
  };
  return new Map(graph.inputs.map((entry) => [entry.name, tensorFor(entry, limits, noise)]));
}

function tensorFor(
  { name, role, value: { type } }: Graph["inputs"][number],
  limits: Readonly<Record<string, number>>,
  noise: Program["noise"],
): Tensor {
  const draw = drawFrom("pair stage", name);
  if (type.dtype === "int32") {
    const limit = limits[name];
    return limit === undefined
      ? int32(type.shape, new Int32Array(sizeOf(type.shape)).fill(-1))
      : draw.ids(type.shape, limit);
  }
  if (name === "lr") return float32([], Float32Array.of(2 ** -7));
  if (role === "scalar") return float32([], Float32Array.of(name.startsWith("correction") ? 0.25 : 4));
  if (name.startsWith("adam.v")) return draw.floats(type.shape, 2 ** -8, 2 ** -6);
  if (name === "text_masks") return masks(type.shape);
  if (noise.get(name)?.kind === "keep") return draw.flags(type.shape);
  return draw.floats(type.shape, -0.5, 0.5);
}

/** Masks of texts padded to different lengths. */
function masks(shape: readonly number[]): Tensor {
  const length = shape[1] ?? 1;
  return float32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) =>
      i % length < length - 1 - (Math.floor(i / length) % 2) ? 1 : 0,
    ),
  );
}
