// A caption for every scene of a split, true of that scene and of no other in the split. A caption starts as a random choice of
// what to mention; while it is true of another scene, one more detail is added.
import { stream, type RandomStream } from "../../random.js";
import { inTurns } from "../../turns.js";
import { related, RELATIONS, type Description, type Fact, type Link } from "./logic.js";
import { indexOf, type SceneIndex } from "./scene-index.js";
import type { Attribute, Scene, SceneObject, Split } from "./scene.js";
import { countWords, indefinite, numberWord, relationWords } from "./wording.js";

/** A sentence with its meaning. */
export interface Caption {
  readonly text: string;
  /** Its meaning: it is true of a scene if all of these hold. */
  readonly facts: readonly Fact[];
}

/** What a caption will mention; objects by their index in `order`. */
interface CaptionPlan {
  readonly order: readonly SceneObject[];
  /** Attributes to mention, for the first objects of `order`. */
  readonly said: Set<Attribute>[];
  readonly links: Link[];
  total: boolean;
  counted: Attribute | undefined;
}

/** Words and punctuation marks in the longest caption: with [CLS] and [SEP] it fits 32 tokens. */
export const LONGEST = 30;

/** Captions of `scenes`, a whole split: each is checked against all of them, by meaning. */
export async function captionsOf(seed: number, split: Split, scenes: readonly Scene[]): Promise<Caption[]> {
  const index = indexOf(scenes);
  const captions: Caption[] = [];
  for await (const scene of inTurns(scenes)) {
    const random = stream(seed, "shapes", "caption", split, scene.index);
    let caption: Caption;
    do caption = captionOf(scene, index, random);
    while (lengthOf(caption.text) > LONGEST);
    captions.push(caption);
  }
  return captions;
}

function captionOf(scene: Scene, index: SceneIndex, random: RandomStream): Caption {
  const plan = firstPlan(scene, random);
  let facts = factsOf(plan);
  while (index.hasOther(scene, facts)) {
    sayMore(plan, random);
    facts = factsOf(plan);
  }
  return { text: wordsOf(plan, random), facts };
}

function lengthOf(text: string): number {
  return text.match(/\w+|[^\w\s]/g)?.length ?? 0;
}

function firstPlan(scene: Scene, random: RandomStream): CaptionPlan {
  const order = random.shuffle([...scene.objects]);
  const mentioned = order.length <= 2 || random.chance(0.7) ? Math.min(order.length, 3) : order.length - 1;
  const said = order.slice(0, mentioned).map(() => firstAttributes(random));
  const links: Link[] = [];
  for (let i = 0; i + 1 < mentioned; i++) addLink(links, order, i, random);
  for (const { from, to } of links) {
    for (const end of [from, to]) if (random.chance(0.7)) forgetPlace(said[end]);
  }
  return { order, said, links, total: random.chance(0.4), counted: countable(scene, random) };
}

function firstAttributes(random: RandomStream): Set<Attribute> {
  const said = new Set<Attribute>();
  if (random.chance(0.95)) said.add("colour");
  if (said.size === 0 || random.chance(0.93)) said.add("shape");
  if (random.chance(0.5)) said.add("size");
  const place = random.uniform();
  if (place < 0.5) said.add("row");
  if (place < 0.38 || (place >= 0.5 && place < 0.62)) said.add("column");
  return said;
}

function forgetPlace(said: Set<Attribute> | undefined): void {
  said?.delete("row");
  said?.delete("column");
}

/** With some probability relates an object to the next one mentioned, never twice in a row: "A left of B and C above D". */
function addLink(links: Link[], order: readonly SceneObject[], from: number, random: RandomStream): void {
  const [a, b] = [order[from], order[from + 1]];
  if (a === undefined || b === undefined || links.at(-1)?.to === from || !random.chance(0.4)) return;
  const options = RELATIONS.filter((relation) => related(a, relation, b));
  if (options.length > 0) links.push({ from, to: from + 1, is: random.pick(options) });
}

/** An attribute that other objects share with the first, to be counted at the end; usually none. */
function countable({ objects }: Scene, random: RandomStream): Attribute | undefined {
  const attribute = random.pick(["colour", "shape", "size"] as const);
  const said = random.chance(0.4);
  const shared = objects.filter((object) => object[attribute] === objects[0]?.[attribute]).length;
  return said && shared >= 2 ? attribute : undefined;
}

/** Adds a detail: the size of an object, its position, another object, or how many there are. */
function sayMore(plan: CaptionPlan, random: RandomStream): void {
  const options: (() => void)[] = [];
  plan.said.forEach((said) => {
    for (const attribute of ["colour", "shape", "size"] as const) {
      if (!said.has(attribute)) options.push(() => said.add(attribute));
    }
    if (!said.has("row") || !said.has("column")) options.push(() => said.add("row").add("column"));
  });
  if (!plan.total) options.push(() => (plan.total = true));
  if (options.length === 0 || (plan.said.length < plan.order.length && random.chance(0.2))) {
    if (plan.said.length >= plan.order.length) throw new Error("internal: two scenes with the same meaning");
    plan.said.push(firstAttributes(random));
    return;
  }
  random.pick(options)();
}

function factsOf({ order, said, links, total, counted }: CaptionPlan): Fact[] {
  const things = said.map((attributes, i) => describe(order[i], attributes));
  const facts: Fact[] = [];
  if (total) facts.push({ kind: "count", of: {}, is: order.length });
  if (counted !== undefined) facts.push(sharedCount(order, counted));
  facts.push({ kind: "some", things, links });
  return facts;
}

function sharedCount(order: readonly SceneObject[], counted: Attribute): Extract<Fact, { kind: "count" }> {
  const values = order.map((object) => object[counted]);
  const times = (value: number): number => values.filter((other) => other === value).length;
  const commonest = values.reduce((best, value) => (times(value) > times(best) ? value : best));
  return { kind: "count", of: { [counted]: commonest }, is: times(commonest) };
}

function describe(object: SceneObject | undefined, said: ReadonlySet<Attribute>): Description {
  const description: Partial<Record<Attribute, number>> = {};
  for (const attribute of said) if (object !== undefined) description[attribute] = object[attribute];
  return description;
}

function wordsOf(plan: CaptionPlan, random: RandomStream): string {
  const things = plan.said.map((said, i) => indefinite(describe(plan.order[i], said)));
  const phrases: string[] = [];
  for (let i = 0; i < things.length; i++) {
    const link = plan.links.find(({ from }) => from === i);
    const thing = things[i] ?? "";
    if (link === undefined) phrases.push(thing);
    else {
      const joint = plan.said[i]?.has("row") || plan.said[i]?.has("column") ? " that is" : "";
      phrases.push(`${thing}${joint} ${relationWords(link.is, random.integer(2))} ${things[++i] ?? ""}`);
    }
  }
  const list = [phrases.slice(0, -1).join(" , "), phrases.at(-1) ?? ""].filter((part) => part !== "").join(" and ");
  return framed(list, plan, random).replaceAll(" ,", ",");
}

function framed(list: string, plan: CaptionPlan, random: RandomStream): string {
  const n = plan.order.length;
  const shapes = `${numberWord(n)} ${n === 1 ? "shape" : "shapes"}`;
  const opening = random.pick(["", "there is ", "an image with ", "a picture of ", "the image has "]);
  const body = !plan.total
    ? `${opening}${list}`
    : random.chance(0.5)
      ? `${shapes}: ${list}`
      : `${opening}${list}, ${shapes} in all`;
  if (plan.counted === undefined) return body;
  const { of, is } = sharedCount(plan.order, plan.counted);
  return `${body}. ${countWords(of, is, 1)}`;
}
