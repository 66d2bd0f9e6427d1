// Questions about a scene with exactly one right answer, from a closed list of answers.
import { stream, type RandomStream } from "../../random.js";
import { inTurns } from "../../turns.js";
import { countOf, holds, related, RELATIONS, type Description, type Fact } from "./logic.js";
import { attributes, COLOURS, COLUMNS, otherValue, ROWS, SHAPES, SIZES } from "./scene.js";
import type { Attribute, Scene, SceneObject, Split } from "./scene.js";
import { indefinite, nounPhrase, NUMBERS, relationWords } from "./wording.js";

/** A question with its answer. */
export interface Question {
  readonly scene: number;
  readonly text: string;
  readonly answer: string;
}

const places = ROWS.flatMap((row) => COLUMNS.map((column) => `${row} ${column}`));

/** All possible answers. */
export const ANSWERS: readonly string[] = [...COLOURS, ...SHAPES, ...SIZES, ...NUMBERS, ...places, "no", "yes"];

const KINDS = ["colour", "shape", "size", "place", "count", "is there", "relation"] as const;
type Kind = (typeof KINDS)[number];

const QUESTIONS_PER_SCENE = 3;

/** Three questions for each scene of a split. */
export async function questionsOf(seed: number, split: Split, scenes: readonly Scene[]): Promise<Question[]> {
  const questions: Question[] = [];
  for await (const scene of inTurns(scenes)) {
    const random = stream(seed, "shapes", "question", split, scene.index);
    for (let i = 0; i < QUESTIONS_PER_SCENE; i++) questions.push(ask(scene, random));
  }
  return questions;
}

/** The kind, and whether the answer is yes, are drawn first and kept while searching for a question, to keep both balanced. */
function ask(scene: Scene, random: RandomStream): Question {
  const yes = random.chance(0.5);
  for (;;) {
    const kind = random.pick(KINDS);
    for (let i = 0; i < TRIES; i++) {
      const asked = attempt(kind, scene, yes, random);
      if (asked !== undefined) return { scene: scene.index, ...asked };
    }
  }
}

const TRIES = 20;

type QuestionContext = Pick<Question, "text" | "answer"> | undefined;

function attempt(kind: Kind, scene: Scene, yes: boolean, random: RandomStream): QuestionContext {
  const object = random.pick(scene.objects);
  switch (kind) {
    case "colour":
    case "shape":
    case "size":
    case "place":
      return detailQuestion(kind, scene, object, random);
    case "count":
      return countQuestion(scene, object, random);
    case "is there":
      return existence(scene, object, yes, random);
    case "relation":
      return relationQuestion(scene, yes, random);
  }
}

function word(attribute: Attribute, value: number): string {
  return attributes[attribute][value] ?? "";
}

type Detail = "colour" | "shape" | "size" | "place";

const OPENINGS = {
  colour: "what color is",
  shape: "what shape is",
  size: "what size is",
  place: "where is",
} as const satisfies Record<Detail, string>;

/** Asks for one detail of an object, identified by one or two other details. */
function detailQuestion(detail: Detail, scene: Scene, object: SceneObject, random: RandomStream): QuestionContext {
  const others = random.shuffle((Object.keys(OPENINGS) as Detail[]).filter((other) => other !== detail)); // the table's keys
  const said = others.slice(0, 1 + random.integer(2)).flatMap(attributesOf);
  const the: Description = Object.fromEntries(said.map((key) => [key, object[key]]));
  if (countOf(scene, the) !== 1) return undefined;
  const answer = attributesOf(detail).map((key) => word(key, object[key]));
  const noun = nounPhrase(the, false, detail === "shape" ? "object" : "shape");
  return { text: `${OPENINGS[detail]} the ${noun}?`, answer: answer.join(" ") };
}

function attributesOf(detail: Detail): Attribute[] {
  return detail === "place" ? ["row", "column"] : [detail];
}

function countQuestion(scene: Scene, object: SceneObject, random: RandomStream): QuestionContext {
  const key = random.pick(["colour", "shape", "size", "all"] as const);
  const of: Description =
    key === "all" ? {} : { [key]: random.chance(0.8) ? object[key] : otherValue(key, object[key], random) };
  return { text: `how many ${nounPhrase(of, true)} are there?`, answer: NUMBERS[countOf(scene, of)] ?? "" };
}

function existence(scene: Scene, object: SceneObject, yes: boolean, random: RandomStream): QuestionContext {
  const of = { colour: object.colour, shape: object.shape };
  const key = random.pick(["colour", "shape"] as const);
  const thing = yes ? of : { ...of, [key]: otherValue(key, object[key], random) };
  return yesNo(yes, scene, { kind: "some", things: [thing], links: [] }, `is there ${indefinite(thing)}?`);
}

function relationQuestion(scene: Scene, yes: boolean, random: RandomStream): QuestionContext {
  const [a, b] = random.shuffle([...scene.objects]);
  if (a === undefined || b === undefined) return undefined;
  const is = random.pick(RELATIONS.filter((relation) => related(a, relation, b) === yes));
  const things = [a, b].map(({ colour, shape }) => ({ colour, shape }));
  const [first, second] = things.map((thing) => indefinite(thing));
  const fact: Fact = { kind: "some", things, links: [{ from: 0, to: 1, is }] };
  return yesNo(yes, scene, fact, `is ${first ?? ""} ${relationWords(is, random.integer(2))} ${second ?? ""}?`);
}

/** The question, if it has the wanted answer. */
function yesNo(yes: boolean, scene: Scene, fact: Fact, text: string): QuestionContext {
  return holds(fact, scene) === yes ? { text, answer: yes ? "yes" : "no" } : undefined;
}
