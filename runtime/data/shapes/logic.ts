// The meaning of sentences about scenes: facts, and whether a fact holds for a scene. Captions, statements and questions are
// made from facts and then put into words, so that truth is computed and never derived from text.
import type { Attribute, Scene, SceneObject } from "./scene.js";

/** "a big red circle in the top row": the attributes that an object must have. Empty: any object. */
export type Description = Readonly<Partial<Record<Attribute, number>>>;

/** Spatial relations between two objects in the image. */
export const RELATIONS = ["left", "right", "above", "below"] as const;
/** The name of a relation. */
export type Relation = (typeof RELATIONS)[number];

/** Compare columns (or rows) of two objects; in the same column (row) neither relation holds. */
const relations = {
  left: (a, b) => a.column < b.column,
  right: (a, b) => a.column > b.column,
  above: (a, b) => a.row < b.row,
  below: (a, b) => a.row > b.row,
} as const satisfies Record<Relation, (a: SceneObject, b: SceneObject) => boolean>;

/** A relation between things `from` and `to` of a list. */
export interface Link {
  readonly from: number;
  readonly to: number;
  readonly is: Relation;
}

/** What a sentence can state about a scene. */
export type Fact =
  /** There are distinct objects, one for each description, with these relations. */
  | { readonly kind: "some"; readonly things: readonly Description[]; readonly links: readonly Link[] }
  /** Exactly `is` objects match. */
  | { readonly kind: "count"; readonly of: Description; readonly is: number }
  /** More objects match `of` than `than`. */
  | { readonly kind: "more"; readonly of: Description; readonly than: Description };

type Some = Extract<Fact, { readonly kind: "some" }>;

/** The facts that can follow "the image has". */
export type Having = Exclude<Fact, { readonly kind: "more" }>;

/** A fact about two images. */
export type PairFact =
  | { readonly kind: "both" | "one" | "first" | "second"; readonly fact: Having }
  /** More objects match in one image than in the other. */
  | { readonly kind: "more_in"; readonly of: Description; readonly image: "first" | "second" };

function fits(object: SceneObject, description: Description): boolean {
  const { colour, shape, size, row, column } = description;
  return (
    (colour === undefined || colour === object.colour) &&
    (shape === undefined || shape === object.shape) &&
    (size === undefined || size === object.size) &&
    (row === undefined || row === object.row) &&
    (column === undefined || column === object.column)
  );
}

/** Whether the relation holds, by cells; shifts within a cell do not count. */
export function related(a: SceneObject, relation: Relation, b: SceneObject): boolean {
  return relations[relation](a, b);
}

/** The number of objects that match a description. */
export function countOf(scene: Scene, description: Description): number {
  let count = 0;
  for (const object of scene.objects) if (fits(object, description)) count += 1;
  return count;
}

/** Whether a fact holds for a scene. */
export function holds(fact: Fact, scene: Scene): boolean {
  switch (fact.kind) {
    case "some":
      return assignable(fact, scene.objects, []);
    case "count":
      return countOf(scene, fact.of) === fact.is;
    case "more":
      return countOf(scene, fact.of) > countOf(scene, fact.than);
  }
}

/** The two scenes of a fact about two images. */
export type ScenePair = readonly [Scene, Scene];

/** Whether a fact holds for two images. */
export function holdsOfPair(fact: PairFact, [first, second]: ScenePair): boolean {
  switch (fact.kind) {
    case "both":
      return holds(fact.fact, first) && holds(fact.fact, second);
    case "one":
      return holds(fact.fact, first) !== holds(fact.fact, second);
    case "first":
      return holds(fact.fact, first);
    case "second":
      return holds(fact.fact, second);
    case "more_in": {
      const difference = countOf(first, fact.of) - countOf(second, fact.of);
      return fact.image === "first" ? difference > 0 : difference < 0;
    }
  }
}

/**
 * Whether distinct objects can be chosen for the remaining things so that all links hold. Without allocations, since checking
 * that captions are unique calls this a million times.
 */
function assignable(some: Some, objects: readonly SceneObject[], chosen: SceneObject[]): boolean {
  const next = some.things[chosen.length];
  if (next === undefined) return true;
  for (const object of objects) {
    if (!fits(object, next) || chosen.includes(object)) continue;
    chosen.push(object);
    const possible = linksMayHold(some.links, chosen) && assignable(some, objects, chosen);
    chosen.pop();
    if (possible) return true;
  }
  return false;
}

/** False only if both ends of a link are chosen and its relation does not hold. */
function linksMayHold(links: readonly Link[], chosen: readonly SceneObject[]): boolean {
  for (const { from, to, is } of links) {
    const a = chosen[from];
    const b = chosen[to];
    if (a !== undefined && b !== undefined && !related(a, is, b)) return false;
  }
  return true;
}
