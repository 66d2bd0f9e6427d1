// VQA v2 as downloaded: questions in one file, the ten answers to each in another, images referred to by id. A test set has no
// answers.
import { inTurns } from "../../turns.js";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import { noted } from "../notes.js";
import {
  fieldOf,
  idIn,
  isObject,
  listsIn,
  readJsonFile,
  textAt,
  type Json,
  type JsonFile,
  type Part,
} from "./json-file.js";
import { shown } from "./json-text.js";
import { attempted } from "./record-set.js";
import { expectFormat } from "./recognise.js";
import { recordFields } from "../../../compiler/index.js";
import { valuesOf, type Reading, type Row, type Table, type TableRead } from "./rows.js";
import type { SourceSettings } from "./settings.js";

type Settings = Pick<SourceSettings<"vqa2">, "questions" | "annotations" | "image_names">;

/** The questions of a file; paths are resolved. */
export function vqaTable(settings: Settings): Table {
  const { questions: file } = settings;
  return {
    file,
    read: (reading) => readQuestions(settings, reading),
    expect: () => expectFormat(file, "vqa2"),
    empty: "it has no questions",
  };
}

async function readQuestions(
  { questions, annotations, image_names: names }: Settings,
  reading: Reading,
): Promise<TableRead> {
  const file = await readJsonFile(questions, "vqa2");
  reading.hash.update(file.hash.digest());
  const { questions: asked } = listsIn(file, ["questions"]);
  const given = annotations === undefined ? undefined : await readAnswers(annotations, reading);
  const imageOf = namesOf(names ?? publishedNames(file));
  const seen = new Set<number | string>();
  const rows: Row[] = [];
  for await (const [index, value] of inTurns(asked.entries())) {
    const question = { value, at: `questions[${index}]`, of: file };
    const row = attempted(reading.problems, () => {
      const id = idOnce(question, seen);
      const annotation = given === undefined ? undefined : annotationOf(question, id, given);
      const answer = annotation === undefined ? {} : { [recordFields.answers]: annotation.answers };
      const image = imageOf(idIn(question, "image_id"));
      // Other fields are read if records are selected by them; they may be in either file.
      const all = { ...annotation?.fields, ...fieldsIn(value), image, text: textAt(question, "question"), ...answer };
      const type = annotation?.fields["answer_type"];
      const answerType = typeof type === "string" ? { answerType: type } : {};
      return { file: questions, at: question.at, id, ...valuesOf(all, reading.fields), ...answerType };
    });
    if (row !== undefined) rows.push(row);
  }
  if (given === undefined) return { rows, lacks: ["answers"] };
  const without = [...given.keys()].filter((id) => !seen.has(id)).map(String);
  return { rows, notes: noted(without, "annotation is of no question", "annotations are of no question") };
}

/** By question id. */
type Answers = ReadonlyMap<number | string, Annotation>;

interface Annotation {
  readonly answers: unknown;
  readonly fields: Json;
}

async function readAnswers(annotations: string, { hash, problems }: Reading): Promise<Answers> {
  const file = await readJsonFile(annotations, "vqa2_answers");
  hash.update(file.hash.digest());
  const answers = new Map<number | string, Annotation>();
  const seen = new Set<number | string>();
  const { annotations: list } = listsIn(file, ["annotations"]);
  if (!list.some((each) => isObject(each) && "question_id" in each)) expectFormat(annotations, "vqa2_answers");
  for await (const [index, value] of inTurns(list.entries())) {
    const annotation = { value, at: `annotations[${index}]`, of: file };
    attempted(problems, () => {
      const id = idOnce(annotation, seen);
      answers.set(id, { answers: givenIn(annotation), fields: fieldsIn(value) });
    });
  }
  return answers;
}

/** The answers that people gave; a single one counts as that of everybody. */
function givenIn(annotation: Part): unknown {
  const { value, at, of } = annotation;
  if (isObject(value) && value["answers"] === undefined && value["multiple_choice_answer"] !== undefined)
    return textAt(annotation, "multiple_choice_answer");
  const list = fieldOf(annotation, "answers");
  if (!Array.isArray(list)) {
    throw vlmoError("V913", { field: `${at}.answers`, wanted: "a list of answers", got: shown(list) }, of.place);
  }
  return list.map((entry: unknown, i) => fieldOf({ value: entry, at: `${at}.answers[${i}]`, of }, "answer"));
}

/** The id of a question, which must be unique in its list. */
function idOnce(part: Part, seen: Set<number | string>): number | string {
  const id = idIn(part, "question_id");
  if (!seen.has(id)) {
    seen.add(id);
    return id;
  }
  const holes = { field: `${part.at}.question_id`, wanted: "a number that occurs once in the file", got: shown(id) };
  throw vlmoError("V913", holes, part.of.place);
}

function fieldsIn(value: unknown): Json {
  return isObject(value) ? value : {};
}

function annotationOf({ at, of }: Part, id: number | string, answers: Answers): Annotation {
  const found = answers.get(id);
  if (found !== undefined) return found;
  const wanted = "the number of a question that `annotations` answer";
  const help = "name the annotations of the same split, or leave `annotations` out where the questions have no answers";
  throw vlmoError("V913", { field: `${at}.question_id`, wanted, got: shown(id) }, { ...of.place, help });
}

/**
 * The pattern of image names (the name of the file of image 0), from the one of `names` that belongs to the first question;
 * undefined if there is none. `head`: the beginning of the file of questions.
 */
export function namesLike(names: readonly string[], head: string): string | undefined {
  const [, number] = /"image_id"\s*:\s*(\d+)/.exec(head) ?? [];
  if (number === undefined) return undefined;
  const name = names.find((each) => new RegExp(`(?<!\\d)0*${number}\\.[^.]*$`).test(each));
  return name?.replace(/\d+(?=\.[^.]*$)/, (digits) => "0".repeat(digits.length));
}

/** File names from a pattern: the id replaces its last zeros. */
function namesOf(pattern: string): (id: number | string) => string {
  const [zeros = ""] = /0+(?=[^0]*$)/.exec(pattern) ?? [];
  const at = pattern.lastIndexOf(zeros);
  return (id) => `${pattern.slice(0, at)}${String(id).padStart(zeros.length, "0")}${pattern.slice(at + zeros.length)}`;
}

/** COCO's image names for the part that a file states: `val2014`; `test-dev2015` has the images of `test2015`. */
function publishedNames(file: JsonFile): string {
  const { value, place } = file;
  const part = isObject(value) ? value["data_subtype"] : undefined;
  if (typeof part === "string" && /^[\w-]+$/.test(part)) return `COCO_${part.replace("-dev", "")}_000000000000.jpg`;
  throw noNames(place);
}

function noNames(place: JsonFile["place"]): VlmoError {
  const help = 'say what the file of image 0 would be called: `image_names: "COCO_val2014_000000000000.jpg"`';
  return vlmoError("V912", { field: "data_subtype", has: "no such name" }, { ...place, help });
}
