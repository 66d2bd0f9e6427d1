// The files of VQA v2: questions joined to answers and images by id, test sets without answers, and errors for files that do
// not match.
import { describe, expect, it } from "vitest";

import { evaluationBatches } from "../../../../runtime/data/batches/batch-source.js";
import { openSource } from "../../../support/sources.js";
import { itemsOf, useDisk } from "../disk.js";

const disk = useDisk();

const questions = [
  { image_id: 42, question_id: 420, question: "Is it red?" },
  { image_id: 42, question_id: 421, question: "How many?" },
  { image_id: 123456789012, question_id: 7, question: "What is it?" },
];
const answered = (id: number, ...answers: readonly string[]) => ({
  question_id: id,
  answers: answers.map((answer, i) => ({ answer, answer_confidence: "yes", answer_id: i + 1 })),
});
const annotations = [answered(7, "a Cross", "cross"), answered(420, "yes", "no", "yes", "yes"), answered(421, "two")];

interface Given {
  readonly questions?: unknown;
  readonly annotations?: readonly unknown[] | null;
  readonly subtype?: string | null;
  readonly more?: object;
}

/** Opens questions about images 42 and 123456789012, of `val2014` by default. */
async function vqa({
  questions: asked = questions,
  annotations: given = annotations,
  subtype = "val2014",
  more,
}: Given = {}) {
  const part = subtype === null ? {} : { data_subtype: subtype };
  await disk.write({
    "questions.json": JSON.stringify({ info: {}, ...part, questions: asked }),
    "annotations.json": JSON.stringify({ info: {}, ...part, annotations: given ?? [] }),
    "images/COCO_val2014_000000000042.jpg": null,
    "images/COCO_val2014_123456789012.jpg": null,
    "images/COCO_test2015_000000000042.jpg": null,
    "images/COCO_test2015_123456789012.jpg": null,
    "images/0042.png": null,
    "images/123456789012.png": null,
  });
  const files = { questions: "questions.json", ...(given !== null && { annotations: "annotations.json" }) };
  return openSource("vqa2", "questions", { ...files, images: "images", ...more }, disk.folder);
}

const imagesOf = (set: Awaited<ReturnType<typeof vqa>>) =>
  itemsOf(set).map(({ images: [image] }) => image?.key.split("/").at(-1));

describe("vqa2", () => {
  it("gives every question with the scored answers of its id", async () => {
    const set = await vqa();
    expect(set.answers).toEqual(["2", "cross", "yes", "no"]);
    expect(itemsOf(set).map(({ name, text }) => [name, text])).toEqual([
      ["questions.json:questions[0]", "Is it red?"],
      ["questions.json:questions[1]", "How many?"],
      ["questions.json:questions[2]", "What is it?"],
    ]);
    const scores = itemsOf(set).map(({ answers = [] }) => answers.map(({ index }) => set.answers?.[index]));
    expect(scores).toEqual([["yes", "no"], ["2"], ["cross"]]);
    expect(imagesOf(set)).toEqual(
      [42, 42, 123456789012].map((id) => `COCO_val2014_${String(id).padStart(12, "0")}.jpg`),
    );
  });

  const typed = annotations.map((each, i) => ({ ...each, answer_type: ["other", "yes/no", "number"][i] }));

  it("keeps the answer type of a question", async () => {
    const types = itemsOf(await vqa({ annotations: typed })).map(({ answerType }) => answerType);
    expect(types).toEqual(["yes/no", "number", "other"]);
    expect(itemsOf(await vqa()).some((item) => "answerType" in item)).toBe(false);
  });

  it.each<[what: string, more: object, texts: string[]]>([
    [
      "a field of the annotations",
      { where: { field: "answer_type", is: ["number", "other"] } },
      ["How many?", "What is it?"],
    ],
    ["a field of the questions", { where: { field: "image_id", is: ["42"] } }, ["Is it red?", "How many?"]],
  ])("selects questions by %s", async (_, more, texts) => {
    expect(itemsOf(await vqa({ annotations: typed, more })).map(({ text }) => text)).toEqual(texts);
  });

  it("holds out all questions about an image", async () => {
    const textsOf = async (part: string) => {
      const split = { by: "image_id", hold_out: 0.5, part };
      return itemsOf(await vqa({ annotations: typed, more: { split } })).map(({ text }) => text);
    };
    const parts = [await textsOf("train"), await textsOf("validation")].sort((a, b) => a.length - b.length);
    expect(parts).toEqual([["What is it?"], ["Is it red?", "How many?"]]);
  });

  it("lists the fields if `where` has an unknown one", async () => {
    const found = await disk.mistakes(vqa({ annotations: typed, more: { where: { field: "type", is: ["number"] } } }));
    expect(found[0]).toMatch(
      /^V912 questions.json the record has no field `questions\[0\].type`; it has .*`answer_type`/,
    );
  });

  it("reads the images of `test2015` for `test-dev2015`, and of other names unchanged", async () => {
    const test = await vqa({ annotations: null, subtype: "test-dev2015" });
    expect(imagesOf(test)[0]).toBe("COCO_test2015_000000000042.jpg");
    expect(imagesOf(await vqa({ subtype: null, more: { image_names: "0000.png" } }))[0]).toBe("0042.png");
  });

  it("reads a test set without answers, which training refuses", async () => {
    const set = await vqa({ annotations: null, more: { answers: ["yes", "no"] } });
    expect([...set.supplies]).toEqual(["image", "text"]);
    expect(set.answers).toEqual(["yes", "no"]);
    const asked = evaluationBatches({ dataSet: set, needs: { answers: true }, batch: 1, seed: 1 }).next();
    expect(await disk.mistakes(asked)).toEqual([
      "V919  the data set `questions.json` cannot feed this run: `questions` supplies image, text, but the run needs answers",
    ]);
  });

  it("notes answers without a question", async () => {
    expect((await vqa({ annotations: [...annotations, answered(9, "x")] })).notes).toEqual([
      { says: "1 annotation is of no question", count: 1, names: ["9"] },
    ]);
  });

  it.each<[what: string, given: Given, said: string]>([
    [
      "a question without answers",
      { annotations: annotations.slice(1) },
      "V913 questions.json the field `questions[2].question_id` should be the number of a question that `annotations` answer, but is 7",
    ],
    [
      "a duplicate question id",
      { questions: [...questions, questions[0]] },
      "V913 questions.json the field `questions[3].question_id` should be a number that occurs once in the file, but is 420",
    ],
    [
      "a duplicate annotation id",
      { annotations: [...annotations, annotations[0]] },
      "V913 annotations.json the field `annotations[3].question_id` should be a number that occurs once in the file, but is 7",
    ],
    [
      "a missing image",
      { questions: [...questions.slice(1), { ...questions[0], image_id: 43 }] },
      "V916 questions.json there is no image `images/COCO_val2014_000000000043.jpg`",
    ],
    [
      "an image path out of the folder",
      { questions: [...questions.slice(1), { ...questions[0], image_id: "/../../../secret" }] },
      "V915 questions.json the image path `COCO_val2014_/../../../secret.jpg` leads out of `images`",
    ],
    [
      "an invalid answer",
      { annotations: [...annotations.slice(0, 2), { question_id: 421, answers: [{ text: "x" }] }] },
      "V912 annotations.json the record has no field `annotations[2].answers[0].answer`; it has `text`",
    ],
  ])("reports %s", async (_, given, said) => {
    expect((await disk.mistakes(vqa(given)))[0]).toEqual(said);
    expect((await vqa({ ...given, more: { on_error: "skip" } })).length).toBeGreaterThanOrEqual(2);
  });

  it("requires `image_names` if the file does not name its split", async () => {
    expect(await disk.mistakes(vqa({ subtype: null }))).toEqual([
      "V912 questions.json the record has no field `data_subtype`; it has no such name",
    ]);
  });

  it("distinguishes annotations from questions", async () => {
    const swapped = { questions: "annotations.json", annotations: "questions.json", images: "." };
    await vqa();
    expect(await disk.mistakes(openSource("vqa2", "questions", swapped, disk.folder))).toEqual([
      "V982 annotations.json `annotations.json` is the answers of VQA v2, not the questions of VQA v2",
    ]);
  });

  it.each([
    [{ questions: "coco.json", annotations: "annotations.json" }, "not the questions of VQA v2"],
    [{ questions: "questions.json", annotations: "coco.json" }, "not the annotations of VQA v2"],
  ])("recognises COCO captions among %j", async (files, not) => {
    await vqa();
    const caption = { image_id: 42, id: 1, caption: "a red circle" };
    await disk.write({
      "coco.json": JSON.stringify({ images: [{ id: 42, file_name: "a.jpg" }], annotations: [caption] }),
    });
    expect(await disk.mistakes(openSource("vqa2", "questions", { ...files, images: "images" }, disk.folder))).toEqual([
      `V982 coco.json \`coco.json\` is COCO captions, ${not}`,
    ]);
  });
});
