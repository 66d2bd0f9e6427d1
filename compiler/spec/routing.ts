// Which expert processes which tokens: the only code that reads a model's placements. The checker, `plan`, reachability
// and the builder all ask here, so that what is checked is what is built.
import type { ExpertSpec, FeatureSpec, HeadSpec, ModelSpec, View } from "./spec.js";
import { memoized } from "./memoize.js";

/** The experts of one view in one layer; null if the view has no such tokens, or no expert for them. */
export interface Route {
  readonly text: ExpertSpec | null;
  readonly image: ExpertSpec | null;
}

const nowhere: Route = { text: null, image: null };

/** The experts of a layer (1…n), in the order of the model. */
export function expertsIn(model: ModelSpec, layer: number): ExpertSpec[] {
  return model.experts.filter((expert) => expert.layers.includes(layer));
}

/** By view and layer. */
interface Routing {
  /** 1…n. */
  readonly layers: readonly number[];
  readonly serving: Readonly<Record<View, readonly (ExpertSpec | null)[]>>;
  readonly routes: Readonly<Record<View, readonly Route[]>>;
}

// Memoized: asked for every layer, view and feature, many times over; a model never changes.
const routings = new WeakMap<ModelSpec, Routing>();

function routingIn(model: ModelSpec): Routing {
  return memoized(routings, model, () => {
    const layers = Array.from({ length: model.layers }, (_, i) => i + 1);
    const held = layers.map((layer) => expertsIn(model, layer));
    const of = (view: View): (ExpertSpec | null)[] =>
      held.map((experts) => experts.find((expert) => expert.views.includes(view)) ?? null);
    const serving = { image: of("image"), text: of("text"), pair: of("pair") };
    const routes = {
      image: serving.image.map((image) => ({ text: null, image })),
      text: serving.text.map((text) => ({ text, image: null })),
      pair: serving.pair.map((pair, i) => ({
        text: pair ?? serving.text[i] ?? null,
        image: pair ?? serving.image[i] ?? null,
      })),
    };
    return { layers, serving, routes };
  });
}

/** The layer's expert for whole sequences of `view`, or null. */
export function expertServing(model: ModelSpec, view: View, layer: number): ExpertSpec | null {
  return routingIn(model).serving[view][layer - 1] ?? null;
}

/**
 * The experts for the tokens of `view` in `layer`. A whole pair goes through the layer's pair expert if there is one,
 * otherwise its text and image tokens are routed separately; a one-modality view goes through its own expert.
 */
export function expertFor(model: ModelSpec, view: View, layer: number): Route {
  return routingIn(model).routes[view][layer - 1] ?? nowhere;
}

/** Whether a model has experts for the tokens of a view in every layer. */
export function runs(model: ModelSpec, view: View): boolean {
  const sides = view === "pair" ? (["text", "image"] as const) : ([view] as const);
  const served = (layer: number): boolean => sides.every((side) => expertFor(model, view, layer)[side] !== null);
  return sides.every((side) => model[side] !== null) && layersOf(model).every(served);
}

/** The layers with an expert for whole pairs, ascending. */
export function pairLayers(model: ModelSpec): number[] {
  return layersOf(model).filter((layer) => expertServing(model, "pair", layer) !== null);
}

/**
 * The lowest of the consecutive top layers with pair experts, where the fused branch of a contrastive head leaves the
 * trunk; null if the layers with pair experts are not consecutive up to the top.
 */
export function fusedFrom(model: ModelSpec): number | null {
  const layers = pairLayers(model);
  const first = layers[0];
  if (first === undefined || layers.at(-1) !== model.layers) return null;
  return layers.length === model.layers - first + 1 ? first : null;
}

/** 1…n. */
export function layersOf(model: ModelSpec): readonly number[] {
  return routingIn(model).layers;
}

/** The features that a head reads through the trunk, pixels excluded. */
export function throughTrunk({ features }: HeadSpec): readonly FeatureSpec[] {
  return features.filter(({ part }) => part !== "pixels");
}
