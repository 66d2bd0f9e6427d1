// Which parameters a head's loss reaches, derived from the model's routing alone: no graph is built. Exact: what the
// checker calls unreached gets no gradient in the differentiated program.
import type { ParameterSpec, Role } from "./parameter.js";
import { attentionPrefixes } from "./parameters.js";
import type { FeatureSpec, HeadSpec, Modality, ModelSpec } from "./spec.js";
import { isFused, ruleOf } from "../heads/index.js";
import { positionTable } from "../positions/index.js";
import { parametersOf } from "./parameter-list.js";
import { expertFor, expertServing, fusedFrom } from "./routing.js";

const modalities: readonly Modality[] = ["text", "image"];

/**
 * Names of the parameters of `model` (with `heads`) that the loss of `head` reaches. Tokens of a sequence attend to
 * each other, so that a layer below the top reaches all its parameters for the view; in the top layer only the tokens
 * that the feature reads pass through an expert.
 */
export function reachOf(model: ModelSpec, heads: readonly HeadSpec[], head: HeadSpec): Set<string> {
  return reachOfAll(model, heads, [head]);
}

/** The union of `reachOf` over several heads. */
export function reachOfAll(model: ModelSpec, heads: readonly HeadSpec[], learnt: readonly HeadSpec[]): Set<string> {
  const reached = parametersOf(model, heads).filter(reachTest(model, learnt));
  return new Set(reached.map(({ name }) => name));
}

type Test = (parameter: ParameterSpec) => boolean;

/** Whether the losses of some heads reach a parameter. */
export function reachTest(model: ModelSpec, learnt: readonly HeadSpec[]): Test {
  const tests = learnt.flatMap((head) => [
    ...head.features.map((feature) => featureReach(model, feature)),
    headReach(model, head),
  ]);
  let last: Role | undefined;
  let known = false;
  return (parameter) => {
    if (parameter.role === last) return known;
    last = isAlike(parameter.role, model) ? parameter.role : undefined;
    return (known = tests.some((test) => test(parameter)));
  };
}

/** Whether either all parameters of a role are reached or none, whatever their names. */
function isAlike({ part }: Role, { attention }: ModelSpec): boolean {
  return part === "attention" ? attention.share === "all" : part !== "position" && !part.startsWith("embed.");
}

/**
 * What one layer contributes to a feature: the names of its experts, the modalities that are keys and values, and those
 * that are read.
 */
interface LayerReach {
  readonly experts: readonly (string | undefined)[];
  readonly sides: readonly Modality[];
  readonly read: readonly Modality[];
}

function featureReach(model: ModelSpec, feature: FeatureSpec): Test {
  if (feature.part === "pixels") return () => false;
  const sides = modalities.filter((side) => feature.view === "pair" || feature.view === side);
  const top = feature.part === "layer" ? (feature.layer ?? model.layers) : model.layers;
  const layers = new Map<number, LayerReach>();
  for (let layer = 1; layer <= top; layer += 1) {
    const read = layer === top ? sidesRead(feature, sides) : sides;
    const route = expertFor(model, feature.view, layer);
    layers.set(layer, { experts: read.map((side) => route[side]?.name), sides, read });
  }
  return ({ name, role }) => {
    switch (role.part) {
      case "norm1":
      case "layer_scale":
        return layers.has(role.layer);
      case "attention":
        return attentionReached(model, name, role.layer, layers.get(role.layer));
      case "experts":
        return layers.get(role.layer)?.experts.includes(role.expert) ?? false;
      case "final_norm":
        return feature.part !== "layer";
      case "pooler":
        return feature.part === "pooled";
      case "heads":
        return false;
      case "position":
      case "embed.image":
      case "embed.text":
      case "embed.type":
        return embeddingReached(name, sides);
    }
  };
}

/** The modalities whose tokens the feature reads after the last layer. */
function sidesRead(feature: FeatureSpec, sides: readonly Modality[]): readonly Modality[] {
  if (feature.view !== "pair") return sides;
  switch (feature.part) {
    case "cls":
    case "pooled":
    case "text":
      return ["text"];
    case "patches":
    case "grid":
    case "layer":
      return ["image"];
    case "tokens":
    case "pixels":
      return sides;
  }
}

function embeddingReached(name: string, sides: readonly Modality[]): boolean {
  if (name === "embed.type.weight") return true;
  if (name === "embed.image.mask" || name === "embed.text.unread_positions") return false;
  const side = positionTable(name)?.of ?? (name.startsWith("embed.image.") ? "image" : "text");
  return side === "all" || sides.includes(side);
}

/** With an attention per modality, tokens that are not read any more still serve as keys and values, but not as queries. */
function attentionReached(model: ModelSpec, name: string, layer: number, reach: LayerReach | undefined): boolean {
  if (reach === undefined) return false;
  if (model.attention.share === "all") return true;
  const prefix = attentionPrefixes(model, layer).find((candidate) => name.startsWith(`${candidate}.`)) ?? "";
  const side = modalities.find((modality) => prefix.endsWith(`.${modality}`));
  if (side === undefined || reach.read.includes(side)) return true;
  return reach.sides.includes(side) && ["qkv.weight", "key_bias", "value_bias"].some((part) => name.endsWith(part));
}

function headReach(model: ModelSpec, head: HeadSpec): Test {
  const fused = isFused(head) ? fusedFrom(model) : null;
  const own = ruleOf(head).reaches?.(head) ?? [];
  return ({ name, role }) => {
    if (role.part === "heads") return role.head === head.parametersOf;
    if (own.includes(name)) return true;
    if (fused === null || role.part !== "experts" || role.layer < fused) return false;
    return expertServing(model, "pair", role.layer)?.name === role.expert;
  };
}
