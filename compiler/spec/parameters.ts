// The tensors of a model: name, shape, role, initial value, weight decay. With those of its heads
// (spec/parameter-list.ts) the single list that the builder, selectors, checkpoints, the optimizer and `plan` read.
import {
  bert,
  drawn,
  inGroups,
  linear,
  norm,
  parameter,
  rolePath,
  trunk,
  zero,
  type InitSettings,
  type Initial,
  type ParameterGroup,
  type ParameterSpec,
  type Role,
} from "./parameter.js";
import { positionRuleOf } from "../positions/index.js";
import type { ExpertSpec, InitScheme, ModelSpec } from "./spec.js";

/** Settings that determine initial values. */
type DrawnInit = InitSettings & { readonly initParts?: ModelSpec["initParts"] | undefined };

/** The initial value by the longest path in `init` that matches a parameter. */
function byPart(parameter: ParameterSpec, parts: ReadonlyMap<string, InitScheme>, width: number): ParameterSpec {
  const { initial, role } = parameter;
  if (initial.kind !== "normal" && initial.kind !== "truncated") return parameter;
  const path = rolePath(role);
  const leading = [...parts].filter(([part]) => path === part || path.startsWith(`${part}.`));
  const [longest] = leading.sort(([a], [b]) => b.length - a.length);
  if (longest === undefined) return parameter;
  const [, scheme] = longest;
  return { ...parameter, initial: drawn(scheme === "beit" ? "truncated" : initial.kind, scheme, width) };
}

/** The image embedding: with a mask token if patches are masked. */
export function imageGroups(model: ModelSpec, masksPatches: boolean): ParameterGroup[] {
  return groupsIn(model, imageEmbedding(model, masksPatches));
}

/** The parameters that do not depend on heads: all of the trunk except the image embedding. */
export function bodyGroups(model: ModelSpec): ParameterGroup[] {
  const { position } = model.attention;
  const embeddings = groupsIn(model, [
    ...textEmbedding(model),
    ...positionRuleOf(position).parameters(model, position),
  ]);
  return [...embeddings, ...layers(model), ...groupsIn(model, finals(model))];
}

const none: ReadonlyMap<string, InitScheme> = new Map();

/** Parameters in groups, with the initial values that the model sets by part. */
export function groupsIn(model: DrawnInit, parameters: readonly ParameterSpec[]): ParameterGroup[] {
  const { initParts = none, width } = model;
  return inGroups(initParts.size === 0 ? parameters : parameters.map((each) => byPart(each, initParts, width)));
}

function imageEmbedding(model: ModelSpec, masked: boolean): ParameterSpec[] {
  if (model.image === null) return [];
  const { width } = model;
  const { patch, channels } = model.image;
  const bound = 1 / Math.sqrt(channels * patch * patch);
  const framework: Initial = { kind: "uniform", bound };
  const role: Role = { part: "embed.image" };
  return [
    parameter("embed.image.patch.weight", [width, channels, patch, patch], role, "matrix", framework),
    parameter("embed.image.patch.bias", [width], role, "bias", framework),
    parameter("embed.image.cls", [width], role, "token", trunk(model)),
    ...(masked ? [parameter("embed.image.mask", [width], role, "token", trunk(model))] : []),
  ];
}

function textEmbedding(model: ModelSpec): ParameterSpec[] {
  const types = model.image === null ? 1 : 1 + model.image.types;
  const type = parameter(
    "embed.type.weight",
    [types < 2 ? 2 : types, model.width],
    { part: "embed.type" },
    "table",
    bert(model),
  );
  if (model.text === null) return [type];
  const { width, text } = model;
  const role: Role = { part: "embed.text" };
  return [
    parameter("embed.text.word.weight", [text.tokenizer.vocabulary, width], role, "table", bert(model)),
    parameter("embed.text.types.weight", [2, width], role, "table", bert(model)),
    ...norm("embed.text.norm", width, role),
    ...(text.unreadPositions
      ? [parameter("embed.text.unread_positions", [text.length, width], role, "table", bert(model))]
      : []),
    type,
  ];
}

/** Everything that determines the parameters of a layer, except its number and its experts. */
interface Layered extends DrawnInit, Pick<ModelSpec, "layerScale"> {
  readonly attention: Pick<ModelSpec["attention"], "share" | "bias">;
}

function layers(model: ModelSpec): ParameterGroup[] {
  const { width, init, initParts, layerScale } = model;
  const attention = { share: model.attention.share, bias: model.attention.bias };
  // A copy instead of the model itself: the cache must not keep the model's source text alive.
  const layered: Layered = { width, init, initParts, layerScale, attention };
  const key = JSON.stringify([layered, [...(initParts ?? [])]]);
  const common = recent(key, (layer) => groupsIn(layered, layerParameters(layered, layer)));
  const experts = model.experts.map(({ name, ratio, layers: at }) => {
    const make: InLayer = (layer) => groupsIn(layered, expertParameters({ name, ratio }, layered, layer));
    return { at, inLayer: recent(`${name} ${ratio} ${key}`, make) };
  });
  const groups: ParameterGroup[] = [];
  for (let layer = 1; layer <= model.layers; layer += 1) {
    groups.push(...common(layer));
    for (const { at, inLayer } of experts) if (at.includes(layer)) groups.push(...inLayer(layer));
  }
  return groups;
}

type InLayer = (layer: number) => readonly ParameterGroup[];

// Models are mostly alike, in particular those of two stages. Equal layers then are the same object, which makes
// comparing them fast.
const known = new Map<string, InLayer>();
// As many as a file of 10,000 lines may have: an editor checks it again after each change.
const mostRecent = 256;

/** `make` by layer, memoized; `key`: everything that its results depend on, as text. */
function recent(key: string, make: InLayer): InLayer {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made: (readonly ParameterGroup[])[] = [];
  const inLayer: InLayer = (layer) => (made[layer] ??= make(layer));
  const [oldest = ""] = known.size < mostRecent ? [] : known.keys();
  known.delete(oldest);
  known.set(key, inLayer);
  return inLayer;
}

/** Parameters that every layer has, whatever its experts. */
function layerParameters(model: Layered, layer: number): ParameterSpec[] {
  const { width, layerScale } = model;
  const prefix = `layers.${layer}`;
  const role: Role = { part: "layer_scale", layer };
  const initial: Initial = { kind: "constant", value: layerScale ?? 1 };
  const gamma = (branch: string): ParameterSpec =>
    parameter(`${prefix}.layer_scale.${branch}`, [width], role, "scale", initial);
  return [
    ...norm(`${prefix}.norm1`, width, { part: "norm1", layer }),
    ...attentionParameters(model, layer),
    ...(layerScale === null ? [] : [gamma("attention"), gamma("ffn")]),
  ];
}

/** The prefixes of a layer's attention: one, or one per modality if attention is not shared. */
export function attentionPrefixes({ attention }: Pick<Layered, "attention">, layer: number): string[] {
  const base = `layers.${layer}.attention`;
  return attention.share === "all" ? [base] : [`${base}.text`, `${base}.image`];
}

function attentionParameters(model: Layered, layer: number): ParameterSpec[] {
  const { width, attention } = model;
  const role: Role = { part: "attention", layer };
  return attentionPrefixes(model, layer).flatMap((prefix) => [
    parameter(`${prefix}.qkv.weight`, [3 * width, width], role, "matrix", trunk(model)),
    ...(["query", "key", "value"] as const)
      .filter((which) => attention.bias.includes(which))
      .map((which) => parameter(`${prefix}.${which}_bias`, [width], role, "bias", zero)),
    parameter(`${prefix}.proj.weight`, [width, width], role, "matrix", trunk(model)),
    parameter(`${prefix}.proj.bias`, [width], role, "bias", zero),
  ]);
}

function expertParameters(
  { name, ratio }: Pick<ExpertSpec, "name" | "ratio">,
  model: Layered,
  layer: number,
): ParameterSpec[] {
  const { width } = model;
  const prefix = `layers.${layer}.experts.${name}`;
  const role: Role = { part: "experts", expert: name, layer };
  const hidden = Math.round(ratio * width);
  // The original's list of parameters without weight decay has `norm2.weight`, which the names of its expert norms do
  // not contain (modules/vlmo_utils.py).
  const [weight, bias] = norm(`${prefix}.norm`, width, role);
  return [
    { ...weight, decay: { by_role: false, original: true } },
    bias,
    ...linear(`${prefix}.fc1`, [hidden, width], role, trunk(model)),
    ...linear(`${prefix}.fc2`, [width, hidden], role, trunk(model)),
  ];
}

function finals(model: ModelSpec): ParameterSpec[] {
  return [
    ...norm("final_norm", model.width, { part: "final_norm" }),
    ...linear("pooler", [model.width, model.width], { part: "pooler" }, bert(model)),
  ];
}
