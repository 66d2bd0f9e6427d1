// Builds questions about COCO's images in VQA v2's JSON, for vqa.vlmo: how many objects of a kind there are, and whether there
// is one.
//   node specs/examples/make-vqa.js COCO OUT
// COCO holds `instances_train2017.json` and `instances_val2017.json`; OUT gets, for each split and each type of question, a
// file of questions and one of annotations, with ten answers per question. Questions about the presence of an object are half
// true and half false. People miscount: the more objects there are, the more of the ten answers are wrong. Everything is
// determined by a seed.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { choices, folders, one, readInstances } from "./coco.js";

const [coco, out] = folders("make-vqa.js");
const { of, next } = choices(1);
mkdirSync(out, { recursive: true });

/** The largest count; more is hard for people too. */
const most = 6;

const plurals = {
  person: "people",
  knife: "knives",
  sheep: "sheep",
  skis: "skis",
  scissors: "scissors",
  mouse: "mice",
};
const plural = (name) => plurals[name] ?? (/(s|x|ch|sh)$/.test(name) ? `${name}es` : `${name}s`);

/** Ten answers, some of them off by one where there is much to count. */
function tenCounts(count) {
  return Array.from({ length: 10 }, () => String(next() < count / 20 ? count + of([-1, 1]) : count));
}

function questionsOf({ id, objects }, seen) {
  const here = [...new Set(objects.map(({ name }) => name))];
  const counts = here.flatMap((name) => {
    const things = objects.filter((object) => object.name === name);
    if (things.length > most || things.some(({ crowd }) => crowd)) return [];
    return { type: "how many", id, text: `How many ${plural(name)} are there?`, answers: tenCounts(things.length) };
  });
  const absent = seen.filter((name) => !here.includes(name));
  const asked = here.flatMap((name) => [
    { type: "is there a", id, text: `Is there ${one(name)}?`, answers: Array(10).fill("yes") },
    { type: "is there a", id, text: `Is there ${one(of(absent))}?`, answers: Array(10).fill("no") },
  ]);
  return [...counts, ...asked];
}

function write(name, split, list, part) {
  const head = { data_type: "mscoco", data_subtype: split };
  writeFileSync(join(out, `v2_${name}_${part}.json`), JSON.stringify({ ...head, [part]: list }));
}

for (const split of ["train", "val"]) {
  const images = readInstances(coco, split);
  // Drawn in proportion to the number of images they are in, so that the question itself says little about the answer.
  const seen = images.flatMap(({ objects }) => [...new Set(objects.map(({ name }) => name))]);
  const made = images
    .flatMap((image) => questionsOf(image, seen))
    .map((row, i) => ({ ...row, number: row.id * 1000 + i }));
  for (const [type, name] of [
    ["how many", "how_many"],
    ["is there a", "is_there"],
  ]) {
    const rows = made.filter((row) => row.type === type);
    const questions = rows.map(({ id, text, number }) => ({ image_id: id, question: text, question_id: number }));
    const annotations = rows.map(({ id, answers, number }) => ({
      question_type: type,
      answer_type: type === "how many" ? "number" : "yes/no",
      multiple_choice_answer: answers.toSorted((a, b) => count(answers, b) - count(answers, a))[0],
      answers: answers.map((answer, person) => ({ answer, answer_confidence: "yes", answer_id: person + 1 })),
      image_id: id,
      question_id: number,
    }));
    write(`OpenEnded_mscoco_${split}2017_${name}`, `${split}2017`, questions, "questions");
    write(`mscoco_${split}2017_${name}`, `${split}2017`, annotations, "annotations");
    console.log(`${split}, ${type}: ${rows.length} questions about ${images.length} images`);
  }
}

function count(list, value) {
  return list.filter((other) => other === value).length;
}
