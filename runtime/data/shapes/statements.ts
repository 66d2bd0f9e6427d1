// True and false statements about one image or two. They come in fours: a sentence s that is true of A and false of B, and an
// edited s′ (one word changed, or a swap) that is true of B and false of A. So every sentence and every image is in as many
// true statements as false ones, and neither alone gives the answer away.
import { stream, type RandomStream } from "../../random.js";
import { inTurns } from "../../turns.js";
import { countOf, holds, holdsOfPair, related, RELATIONS, type Description, type Fact, type Having } from "./logic.js";
import type { PairFact, Relation, ScenePair } from "./logic.js";
import { attributes, otherValue, type Attribute, type Scene, type SceneObject, type Split } from "./scene.js";
import { factWords, pairFactWords } from "./wording.js";

/** A sentence about the scenes with these indices in the split. */
export interface Statement<F> {
  readonly scenes: readonly number[];
  readonly text: string;
  readonly fact: F;
  readonly isTrue: boolean;
}

const KINDS = ["object", "object", "placed", "placed", "count", "count", "relation", "relation", "more"] as const;
type Kind = (typeof KINDS)[number];

/** Four statements for each scene of a split: s of A, s of B, s′ of B, s′ of A. */
export async function statementsOf(seed: number, split: Split, scenes: readonly Scene[]): Promise<Statement<Fact>[]> {
  const statements: Statement<Fact>[] = [];
  for await (const scene of inTurns(scenes)) {
    statements.push(...statementsAbout(scene, scenes, stream(seed, "shapes", "statement", split, scene.index)));
  }
  return statements;
}

function statementsAbout(scene: Scene, scenes: readonly Scene[], random: RandomStream): Statement<Fact>[] {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const kind = KINDS[(scene.index + Math.floor(attempt / 20)) % KINDS.length] ?? "object";
    const fact = trueFact(kind, scene, random);
    const edit = fact && edited(fact, random);
    if (fact === undefined || edit === undefined || holds(edit, scene)) continue;
    const other = search(scenes, random, (b) => holds(edit, b) && !holds(fact, b));
    if (other === undefined) continue;
    const way = random.integer(12);
    const [sentence, changed] = [factWords(fact, way), factWords(edit, way)];
    return fourOf([scene.index], [other.index], [sentence, fact], [changed, edit]);
  }
  return [];
}

/** Four statements about two images for each scene of a split. */
export async function pairStatementsOf(
  seed: number,
  split: Split,
  scenes: readonly Scene[],
): Promise<Statement<PairFact>[]> {
  const statements: Statement<PairFact>[] = [];
  for await (const scene of inTurns(scenes)) {
    statements.push(
      ...pairStatementsAbout(scene, scenes, stream(seed, "shapes", "pair statement", split, scene.index)),
    );
  }
  return statements;
}

function pairStatementsAbout(first: Scene, scenes: readonly Scene[], random: RandomStream): Statement<PairFact>[] {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const pair = [first, random.pick(scenes)] as const;
    const fact = truePairFact(pair, random);
    const edit = fact && editedPair(fact, random);
    if (fact === undefined || edit === undefined || holdsOfPair(edit, pair)) continue;
    const other = searchPair(scenes, random, (b) => holdsOfPair(edit, b) && !holdsOfPair(fact, b));
    if (other === undefined) continue;
    const [a, b] = [pair.map(({ index }) => index), other.map(({ index }) => index)];
    return fourOf(a, b, [pairFactWords(fact), fact], [pairFactWords(edit), edit]);
  }
  return [];
}

const ATTEMPTS = 400;
const PAIR_TRIES = 1500;

type Said<F> = readonly [text: string, fact: F];

function fourOf<F>(a: readonly number[], b: readonly number[], s: Said<F>, edit: Said<F>): Statement<F>[] {
  const say = (scenes: readonly number[], [text, fact]: Said<F>, isTrue: boolean) => ({ scenes, text, fact, isTrue });
  return [say(a, s, true), say(b, s, false), say(b, edit, true), say(a, edit, false)];
}

function search(scenes: readonly Scene[], random: RandomStream, wanted: (scene: Scene) => boolean): Scene | undefined {
  const start = random.integer(scenes.length);
  for (let i = 0; i < scenes.length; i++) {
    const scene = scenes[(start + i) % scenes.length];
    if (scene !== undefined && wanted(scene)) return scene;
  }
  return undefined;
}

function searchPair(scenes: readonly Scene[], random: RandomStream, wanted: (pair: ScenePair) => boolean) {
  for (let i = 0; i < PAIR_TRIES; i++) {
    const pair = [random.pick(scenes), random.pick(scenes)] as const;
    if (wanted(pair)) return pair;
  }
  return undefined;
}

function trueFact(kind: Kind, scene: Scene, random: RandomStream): Fact | undefined {
  const object = random.pick(scene.objects);
  switch (kind) {
    case "object":
      return { kind: "some", things: [described(object, [], random)], links: [] };
    case "placed":
      return { kind: "some", things: [{ ...described(object, [], random), ...placed(object, random) }], links: [] };
    case "count": {
      const of = described(random.chance(0.7) ? object : otherObject(object, random), [], random);
      return { kind: "count", of, is: countOf(scene, of) };
    }
    case "relation":
      return trueRelation(scene, random);
    case "more":
      return trueMore(scene, object, random);
  }
}

/** Colour, shape or both, always including `always`, and sometimes the size. */
function described(object: SceneObject, always: readonly Attribute[], random: RandomStream): Description {
  const said = random.pick([["colour"], ["shape"], ["colour", "shape"]] as const);
  const size = random.chance(0.25) ? (["size"] as const) : [];
  return Object.fromEntries([...new Set([...size, ...said, ...always])].map((key) => [key, object[key]]));
}

function placed(object: SceneObject, random: RandomStream): Description {
  const said = random.pick([["row"], ["column"], ["row", "column"], ["row", "column"]] as const);
  return Object.fromEntries(said.map((key) => [key, object[key]]));
}

function otherObject(object: SceneObject, random: RandomStream): SceneObject {
  return {
    ...object,
    colour: random.integer(attributes.colour.length),
    shape: random.integer(attributes.shape.length),
  };
}

function trueRelation(scene: Scene, random: RandomStream): Fact | undefined {
  const [a, b] = random.shuffle([...scene.objects]);
  if (a === undefined || b === undefined) return undefined;
  const options = RELATIONS.filter((relation) => related(a, relation, b));
  if (options.length === 0) return undefined;
  const things = [described(a, [], random), described(b, [], random)];
  return { kind: "some", things, links: [{ from: 0, to: 1, is: random.pick(options) }] };
}

function trueMore(scene: Scene, object: SceneObject, random: RandomStream): Fact | undefined {
  const key = random.pick(["colour", "shape", "size"] as const);
  const of = { [key]: object[key] };
  const than = { [key]: otherValue(key, object[key], random) };
  return countOf(scene, of) > countOf(scene, than) ? { kind: "more", of, than } : undefined;
}

const OPPOSITE = { left: "right", right: "left", above: "below", below: "above" } as const satisfies Record<
  Relation,
  Relation
>;

/** The fact with one thing changed. */
function edited(fact: Fact, random: RandomStream): Fact | undefined {
  switch (fact.kind) {
    case "more":
      return { kind: "more", of: fact.than, than: fact.of };
    case "count":
      return random.chance(0.6) || Object.keys(fact.of).length === 0
        ? { ...fact, is: nextCount(fact.is, random) }
        : { ...fact, of: changed(fact.of, random) };
    case "some": {
      const [link] = fact.links;
      if (link !== undefined && random.chance(0.6)) return { ...fact, links: [{ ...link, is: OPPOSITE[link.is] }] };
      const place = random.integer(fact.things.length);
      return { ...fact, things: fact.things.map((thing, i) => (i === place ? changed(thing, random) : thing)) };
    }
  }
}

function nextCount(n: number, random: RandomStream): number {
  return n === 0 ? 1 : n >= 3 ? n - 1 : n + (random.chance(0.5) ? 1 : -1);
}

/** The description with another value for one attribute; for one of position, if a position is mentioned. */
function changed(thing: Description, random: RandomStream): Description {
  const said = (Object.keys(attributes) as Attribute[]).filter((key) => thing[key] !== undefined); // the table's keys
  const places = said.filter((key) => key === "row" || key === "column");
  const key = random.pick(places.length > 0 && random.chance(0.7) ? places : said);
  return { ...thing, [key]: otherValue(key, thing[key] ?? 0, random) };
}

/** A fact that is true of two images; draws a limited number of times. */
function truePairFact(pair: ScenePair, random: RandomStream): PairFact | undefined {
  const kind = random.pick(["both", "one", "first", "second", "more_in"] as const);
  const object = random.pick(random.pick(pair).objects);
  const of = described(object, [], random);
  if (kind === "more_in") {
    const anything = random.chance(0.3) ? {} : of;
    const fact = { kind, of: anything, image: random.pick(["first", "second"] as const) };
    return holdsOfPair(fact, pair) ? fact : undefined;
  }
  const counted: Having = { kind: "count", of: random.chance(0.4) ? {} : of, is: 1 + random.integer(3) };
  const having: Having = random.chance(0.3) ? counted : { kind: "some", things: [of], links: [] };
  const fact = { kind, fact: having };
  return holdsOfPair(fact, pair) ? fact : undefined;
}

const OTHER_IMAGE = { first: "second", second: "first" } as const;

function editedPair(pair: PairFact, random: RandomStream): PairFact | undefined {
  if (pair.kind === "more_in") return { ...pair, image: OTHER_IMAGE[pair.image] };
  if ((pair.kind === "first" || pair.kind === "second") && random.chance(0.4)) {
    return { ...pair, kind: OTHER_IMAGE[pair.kind] };
  }
  const fact = edited(pair.fact, random);
  return fact === undefined || fact.kind === "more" ? undefined : { ...pair, fact };
}
