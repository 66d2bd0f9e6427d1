// Submissions to evaluation servers, from the files of VQA v2 and NLVR2 as downloaded.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { checkpointOf, drawImage } from "../../support/trained.js";
import { inProcess } from "../cli/in-process.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-submission-"));
const at = (...names: string[]): string => join(folder, ...names);

const questions = [
  { image_id: 7, question: "is it red?", question_id: 700 },
  { image_id: 9, question: "what is it?", question_id: 901 },
];
const sentences = [
  { identifier: "test1-0-0-0", sentence: "both are red" },
  { identifier: "test1-1-0-1", sentence: "there is a dog" },
];

beforeAll(async () => {
  mkdirSync(at("images"));
  const names = [7, 9].map((id) => `COCO_test2015_${String(id).padStart(12, "0")}.jpg`);
  const pairs = ["test1-0-0", "test1-1-0"].flatMap((name) => [`${name}-img0.png`, `${name}-img1.png`]);
  await drawImage(at("red.png"), [200, 30, 30]);
  for (const name of [...names, ...pairs]) copyFileSync(at("red.png"), at("images", name));
  writeFileSync(at("questions.json"), JSON.stringify({ data_subtype: "test2015", questions }));
  writeFileSync(
    at("test1.json"),
    sentences.map((each) => `${JSON.stringify({ ...each, left_url: "", label: undefined })}\n`).join(""),
  );
});

const submit = async (stage: string, ...args: string[]) => {
  const place = await checkpointOf(folder, stage, { labels: { answer: ["yes", "no", "red", "dog"] } });
  return inProcess(["predict", place, ...args]);
};

const submitAnswers = (file: string) =>
  submit("of_answer", at("images"), "--records", at("questions.json"), "--submission", file);

describe("a submission", () => {
  it("to VQA v2 is a list of answers by question id", async () => {
    const said = await submitAnswers(at("vqa.json"));
    expect(said, said.stderr).toMatchObject({ exit: 0, stdout: `2 answers → ${at("vqa.json")}\n` });
    const list = JSON.parse(readFileSync(at("vqa.json"), "utf8")) as { question_id: number; answer: string }[];
    expect(list.map(({ question_id: id }) => id)).toEqual([700, 901]);
    const alone = await submit("of_answer", at("images"), "--records", at("questions.json"), "--json");
    const tops = alone.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { id: number; top: { label: string }[] });
    expect(tops.map(({ id, top: [best] }) => ({ question_id: id, answer: best?.label }))).toEqual(list);
  });

  it("to NLVR2 has one line per sentence", async () => {
    const said = await submit("of_two", at("images"), "--records", at("test1.json"), "--submission", at("nlvr2.csv"));
    expect(said, said.stderr).toMatchObject({ exit: 0 });
    expect(readFileSync(at("nlvr2.csv"), "utf8")).toMatch(/^test1-0-0-0,(True|False)\ntest1-1-0-1,(True|False)\n$/);
  });

  it("lists its missing entries if an image cannot be read", async () => {
    writeFileSync(at("images", "COCO_test2015_000000000009.jpg"), "no image");
    const said = await submitAnswers(at("less.json"));
    expect(said).toMatchObject({ exit: 1, stderr: expect.stringContaining("1 question is missing in it") });
    expect(JSON.parse(readFileSync(at("less.json"), "utf8"))).toHaveLength(1);
  });

  it.each([
    { args: ["--text", "a dog"], says: "answers the questions of VQA v2 or the sentences of NLVR2" },
    { args: ["--records", "own.jsonl"], says: "answers the questions of VQA v2 or the sentences of NLVR2" },
  ])("is refused before anything is computed: $args", async ({ args, says }) => {
    writeFileSync(at("own.jsonl"), '{"image": "images/x.png", "text": "a"}\n{"image": "images/y.png", "text": "b"}\n');
    const given = args.map((arg) => (arg === "own.jsonl" ? at(arg) : arg));
    const images = args.includes("--text") ? [at("red.png")] : [];
    const said = await submit("of_answer", ...images, ...given, "--submission", at("none.json"));
    expect(said).toMatchObject({ exit: 1, stderr: expect.stringContaining(says) });
  });
});
