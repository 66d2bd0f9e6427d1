// What sentences about scenes mean: facts, and whether a fact holds of a scene. Captions, statements and questions are
// built from these and only then put into words, so that truth is computed and never guessed from strings.
import type { Attribute, Scene, SceneObject } from "./scene.js";

/** "a big red circle in the top row": the attributes that an object must have. Empty: any object. */
export type Description = Readonly<Partial<Record<Attribute, number>>>;

/** How an object may stand to another, as seen. */
export const RELATIONS = ["left", "right", "above", "below"] as const;
/** One of the relations. */
export type Relation = (typeof RELATIONS)[number];

/** Of two different objects: the column (row) of one against that of the other; the same one is neither. */
const relations = {
  left: (a, b) => a.column < b.column,
  right: (a, b) => a.column > b.column,
  above: (a, b) => a.row < b.row,
  below: (a, b) => a.row > b.row,
} as const satisfies Record<Relation, (a: SceneObject, b: SceneObject) => boolean>;

/** Things `from` and `to` of a list of things stand in a relation. */
export interface Link {
  readonly from: number;
  readonly to: number;
  readonly is: Relation;
}

/** What a sentence can say of a scene. */
export type Fact =
  /** There are different objects, one for each description, that stand in these relations. */
  | { readonly kind: "some"; readonly things: readonly Description[]; readonly links: readonly Link[] }
  /** Exactly so many objects fit. */
  | { readonly kind: "count"; readonly of: Description; readonly is: number }
  /** More objects fit the one than the other. */
  | { readonly kind: "more"; readonly of: Description; readonly than: Description };

type Some = Extract<Fact, { readonly kind: "some" }>;

/** What an image may be said to have. */
export type Having = Exclude<Fact, { readonly kind: "more" }>;

/** A fact about two images. */
export type PairFact =
  | { readonly kind: "both" | "one" | "first" | "second"; readonly fact: Having }
  /** More objects fit in the one than in the other image. */
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

/** Objects of a scene that fit a description. */
export function countOf(scene: Scene, description: Description): number {
  let count = 0;
  for (const object of scene.objects) if (fits(object, description)) count += 1;
  return count;
}

/** Whether a fact holds of a scene. */
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

/** The two scenes that a fact about two images is true of, or not. */
export type ScenePair = readonly [Scene, Scene];

/** Whether a fact holds of two images. */
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
 * Whether the things after the chosen ones can be given different objects so that all links hold. Written without
 * allocations: checking that captions are unique asks this a million times.
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

/** False only when both ends of a link are chosen and its relation does not hold. */
function linksMayHold(links: readonly Link[], chosen: readonly SceneObject[]): boolean {
  for (const { from, to, is } of links) {
    const a = chosen[from];
    const b = chosen[to];
    if (a !== undefined && b !== undefined && !related(a, is, b)) return false;
  }
  return true;
}
