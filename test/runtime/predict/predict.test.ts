// Predictions from a checkpoint: every kind of head on a newly initialised model, by the library and the command line.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import type { HeadSpec } from "../../../compiler/index.js";
import { createImageLoader } from "../../../runtime/data/index.js";
import { engines } from "../../../runtime/engines/index.js";
import { execProgram } from "../../../runtime/program/exec.js";
import type { Answer, Question } from "../../../runtime/predict/answer.js";
import { askedOf, softmax } from "../../../runtime/predict/heads.js";
import { openModel } from "../../../runtime/predict/model.js";
import { predict } from "../../../runtime/predict/predict.js";
import { questionsFor, type Inputs } from "../../../runtime/predict/questions.js";
import { float32 } from "../../../runtime/tensor.js";
import { stageOf } from "../../support/specs.js";
import { checkpointOf as trainedCheckpoint, drawImage, headsSpec } from "../../support/trained.js";
import { vlmo } from "../cli/command.js";
import { inProcess } from "../cli/in-process.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-predict-"));
const at = (...names: string[]): string => join(folder, ...names);
const [first, second] = [at("images", "first.png"), at("images", "second.png")];

beforeAll(async () => {
  mkdirSync(at("images"));
  await drawImage(first, [200, 30, 30]);
  await drawImage(second, [10, 90, 240]);
});

/** A newly initialised checkpoint of a stage. */
const checkpointOf = (name: string, labels: Readonly<Record<string, readonly string[]>> = {}) =>
  trainedCheckpoint(folder, name, { labels });

interface Asking {
  readonly stage: string;
  readonly head?: string;
  readonly engine?: "ort" | "reference";
  readonly batch?: number;
}

const candidates = ["a dog", "a cat"].map((text) => ({ label: text, text }));

async function ask({ stage, head: name, engine: by = "reference", batch = 2 }: Asking, given: Partial<Inputs>) {
  const model = await openModel(await checkpointOf(stage, { label: ["red", "green", "blue"] }));
  const head = model.stage.learn.map((each) => each.head).find((each) => name === undefined || each.name === name);
  if (head === undefined) throw new Error(`no head in ${stage}`);
  const inputs = { images: [], texts: [], records: null, fields: {}, ...given };
  const questions = await questionsFor(head, inputs);
  const engine = await engines[by]({ threads: 1, backend: null });
  const said: { readonly question: Question; readonly answer: Answer }[] = [];
  await predict({ model, head, questions, candidates, engine, batch, top: 9 }, (each) => void said.push(each));
  engine.dispose();
  return { model, head, said };
}

/** The inputs of a head, as given by a user. */
function inputsFor(head: HeadSpec): Partial<Inputs> {
  const { images, text } = askedOf(head);
  return { images: images === 0 ? [] : [first, second], texts: text ? ["a [MASK] dog", "a cat"] : [] };
}

describe("every kind of head answers", () => {
  it.each([
    { stage: "of_label", form: "choice", answers: 2 },
    { stage: "of_answer", form: "choice", answers: 4 },
    { stage: "of_linear_label", form: "choice", answers: 4 },
    { stage: "of_two", form: "choice", answers: 2 },
    { stage: "of_contrast", form: "choice", answers: 2 },
    { stage: "of_fused_contrast", form: "choice", answers: 2 },
    { stage: "of_match", head: "match", form: "truth", answers: 4 },
    { stage: "of_words", form: "words", answers: 2 },
    { stage: "of_words_in_pairs", form: "words", answers: 4 },
    { stage: "of_caption", form: "caption", answers: 2 },
    { stage: "of_pixels", form: "regions", answers: 2 },
  ])("$stage: $form", async ({ form, answers, ...asking }) => {
    const stage = stageOf(headsSpec, asking.stage);
    const head = stage.learn.map((each) => each.head).find(({ name }) => (asking.head ?? name) === name);
    if (head === undefined) throw new Error("a head");
    const { said } = await ask(asking, inputsFor(head));
    expect(said.map(({ answer }) => answer.form)).toEqual(Array.from({ length: answers }, () => form));
    const alone = await ask({ ...asking, engine: "ort", batch: 1 }, inputsFor(head));
    expect(rounded(alone.said)).toEqual(rounded(said));
  });
});

function rounded(said: readonly object[]): unknown {
  return JSON.parse(
    JSON.stringify(said, (_, value: unknown) => (typeof value === "number" ? Number(value.toFixed(4)) : value)),
  );
}

it("gives the softmax of the logits of the program `forward`, by class name", async () => {
  const { model, head, said } = await ask({ stage: "of_label" }, { images: [at("images")] });
  const image = float32([2, 3, 8, 8]);
  const loader = createImageLoader();
  for (const [i, file] of [first, second].entries()) {
    const source = { kind: "file", key: file, path: file, place: { file } } as const;
    await loader.loadInto(image.data.subarray(i * 192, (i + 1) * 192) as Float32Array, {
      source,
      size: 8,
      channels: 3,
    });
  }
  const engine = await engines.reference({ threads: 1, backend: null });
  const request = { stage: model.stage, program: "forward", outputs: [`${head.name}.logits`], batch: 2 } as const;
  const { outputs } = await execProgram(request, {
    engine,
    parameters: { where: "checkpoint", tensors: model.parameters },
    inputs: { where: "test", tensors: new Map([["image", image]]) },
    step: 1,
  });
  const logits = outputs.get(`${head.name}.logits`)?.data ?? [];
  const wanted = [0, 1].map((row) => softmax(logits.slice(row * 3, (row + 1) * 3)));
  const found = said.map(({ answer }) => (answer.form === "choice" ? answer.top : []));
  for (const [row, top] of found.entries()) {
    for (const { label, probability } of top)
      expect(probability).toBeCloseTo(wanted[row]?.[["red", "green", "blue"].indexOf(label)] ?? NaN, 6);
  }
  expect(found.map((top) => top.length)).toEqual([3, 3]);
});

it("fills [MASK] with whole words only", async () => {
  const { said } = await ask({ stage: "of_words" }, { texts: ["a [MASK] dog"] });
  const [{ answer } = { answer: null }] = said;
  if (answer?.form !== "words") throw new Error("words");
  const labels = answer.blanks.flatMap((top) => top.map(({ label }) => label));
  expect(labels.toSorted()).toEqual([".", "a", "cat", "dog", "is", "on", "red"]);
  expect(answer.text).toBe(`a ${labels[0]} dog`.replace(" .", "."));
});

describe("vlmo predict", () => {
  const predicted = (...args: string[]) => inProcess(["predict", "--threads", "1", ...args]);

  it("needs only the checkpoint, and accepts a folder", async () => {
    const place = await checkpointOf("of_label", { label: ["red", "green", "blue"] });
    const { exit, stdout } = await inProcess(["predict", place, "images", "--top", "1"], folder);
    expect(exit).toBe(0);
    expect(stdout).toMatch(
      /^images\/first\.png {2,}\d\d\.\d % {2}(red|green|blue)\nimages\/second\.png {2,}\d\d\.\d % {2}\w+\n$/,
    );
  });

  it("reports truncated texts and missing [MASK]", async () => {
    const place = await checkpointOf("of_words");
    const { stderr } = await predicted(place, "--text", "a [MASK] dog is on a red cat", "--text", "a cat");
    expect(stderr).toBe(
      "a cat: nothing to fill in: no [MASK] in what the model reads of the text\n1 text was truncated to the model's text length\n",
    );
  });

  it("counts a class given twice once", async () => {
    const place = await checkpointOf("of_contrast");
    const chosen = (...names: string[]) => predicted(place, first, "--csv", ...names);
    const [twice, once] = [await chosen("--classes", "dog,cat,dog"), await chosen("--classes", "dog,cat")];
    expect(twice.stdout).toBe(once.stdout);
    expect(await chosen("--classes", " , ")).toMatchObject({ exit: 2, stdout: "" });
  });

  it("reads records with any field names, and prints a table", async () => {
    const place = await checkpointOf("of_answer");
    const rows = [
      { path: "images/first.png", question: 'is it "red"?' },
      { path: "images/second.png", question: "a dog" },
    ];
    writeFileSync(at("asked.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const args = [place, "--records", at("asked.jsonl"), "--fields", "image=path,text=question", "--csv"];
    const { exit, stdout } = await predicted(...args);
    expect(exit).toBe(0);
    const [head, one, two] = stdout.split("\n");
    expect(head).toBe("name,images,text,answer,probability");
    expect(one).toMatch(/asked\.jsonl:1,\S+first\.png,"is it ""red""\?",\d,0\.\d+$/);
    expect(two).toMatch(/asked\.jsonl:2,\S+second\.png,a dog,\d,0\.\d+$/);
  });

  it.each([
    { file: "lack.jsonl", text: '{"image":"a.png","asked":"is it?"}\n'.repeat(3), says: /V912.*no field `text`; it has `image`, `asked`/ },
    { file: "lack.csv", text: "image,asked\na.png,is it?\na.png,is it?\n", says: /V912.*no column `text`; it has `image`, `asked`/ },
  ])("reports a field missing from all records once, with how to name it: $file", async ({ file, text, says }) => {
    writeFileSync(at(file), text);
    const { exit, stderr } = await predicted(await checkpointOf("of_answer"), "--records", at(file));
    expect(exit).toBe(1);
    expect(stderr).toMatch(says);
    expect(stderr.match(/error\[/g)).toHaveLength(1);
    expect(stderr).toMatch(/= help: name the field that holds it, as in --fields text=question\n$/);
  }); // prettier-ignore

  it.each([
    { what: "JSON lines", input: `${JSON.stringify({ image: "images/first.png", text: "a dog" })}\n` },
    { what: "a table", input: "image,text\nimages/first.png,a dog\n" },
  ])("reads $what from stdin, with paths relative to the working folder", async ({ input }) => {
    const place = await checkpointOf("of_answer");
    const { exit, stdout, stderr } = await vlmo(["predict", place, "--records", "-", "--csv"], { cwd: folder, input });
    expect([exit, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^name,images,text,answer,probability\nstdin:[12],.*first.png,a dog,\d+,/);
  });

  it.each([
    { args: ["--records", "-"], input: "<html></html>\n", exit: 1, says: /V982.*: `stdin` is a web page/ },
    { args: ["--records", "-"], input: '{"image": "no.png", "text": "a"}\n', exit: 1, says: /V916.*no\.png.*\n.*stdin:1\n.*correct the path in the record/ },
    { args: ["--records", "-"], input: "", exit: 1, says: /^error\[V9\d\d\]/ },
    { args: ["--records", "-", "--submission", "x.json"], input: "", exit: 2, says: /a file of questions as it was downloaded/ },
  ])("reports a mistake in stdin: $says", async ({ args, input, exit, says }) => {
    const place = await checkpointOf("of_answer");
    const told = await vlmo(["predict", place, ...args], { cwd: folder, input });
    expect([told.exit, told.stderr]).toEqual([exit, expect.stringMatching(says)]);
  }); // prettier-ignore

  it("chooses among class names by a template, and prints JSON lines", async () => {
    const place = await checkpointOf("of_contrast");
    const { stdout } = await predicted(place, first, "--classes", "dog,cat", "--template", "a {}", "--json");
    const { top } = JSON.parse(stdout) as { top: { label: string; probability: number }[] };
    expect(top.map(({ label }) => label).toSorted()).toEqual(["cat", "dog"]);
    expect(top.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
  });

  it("chooses among texts with a contrast", async () => {
    const place = await checkpointOf("of_contrast");
    const { exit, stdout } = await predicted(place, first, "--text", "a dog", "--text", "a cat", "--json");
    expect(exit).toBe(0);
    const { top } = JSON.parse(stdout) as { top: { label: string }[] };
    expect(top.map(({ label }) => label).toSorted()).toEqual(["a cat", "a dog"]);
  });

  it("writes masks of class numbers at the size of their images, and overlays", async () => {
    const place = await checkpointOf("of_pixels");
    const { exit } = await predicted(place, first, "--out", at("masks"));
    expect(exit).toBe(0);
    const { width, height, channels } = await sharp(readFileSync(at("masks", "first.png"))).metadata();
    expect({ width, height, channels }).toEqual({ width: 12, height: 9, channels: 1 });
    expect((await sharp(readFileSync(at("masks", "first.overlay.png"))).metadata()).width).toBeGreaterThan(0);
  });

  it("leaves out an unreadable image, reports it, and answers the others", async () => {
    const place = await checkpointOf("of_label");
    writeFileSync(at("broken.png"), "no image");
    const { exit, stdout, stderr } = await predicted(place, first, at("broken.png"), second, "--top", "1");
    expect(exit).toBe(1);
    expect(stdout.trim().split("\n")).toHaveLength(2);
    expect(stderr).toMatch(/^left out \S+broken\.png: V917: /);
  });

  it("reports the images if none can be read", async () => {
    const place = await checkpointOf("of_label");
    writeFileSync(at("broken.png"), "no image");
    const { exit, stdout, stderr } = await predicted(place, at("broken.png"));
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toMatch(/^left out \S+broken\.png: V917: [^\n]+\n$/);
  });

  it.each([
    { stage: "of_label", args: [], says: /no head of the stage `of_label` reads what is given\n.*what its heads read: label \(classify: an image\)/ },
    { stage: "of_label", args: ["no.png"], says: /cannot read `no.png`: it does not exist\n.*name an image, or a folder/ },
    { stage: "of_two", args: ["FIRST", "--text", "a dog", "--head", "two"], says: /reads two images, and 1 are named/ },
    { stage: "of_patches", args: ["FIRST"], says: /the stage `of_patches` has no head that answers/ },
    { stage: "of_match", args: ["FIRST", "--head", "nothing"], says: /has no head `nothing`\n.*contrast \(contrastive: an image among texts\)/ },
    { stage: "of_match", args: ["FIRST", "--head", "contrst"], says: /has no head `contrst`\n.*did you mean `contrast`\?/ },
    { stage: "of_contrast", args: ["FIRST"], says: /`contrast` chooses among texts, and none is given\n.*--classes/ },
    { stage: "of_label", args: ["FIRST", "--records", "some.jsonl"], says: /records are named, and images beside them/ },
    { stage: "of_label", args: ["FIRST", "--fields", "picture=path"], says: /--fields names no field `picture`/ },
    { stage: "of_label", args: ["FIRST", "--out", "masks"], says: /--out is for masks, and `label` makes none/ },
    { stage: "of_contrast", args: ["FIRST", "--classes", "a,\u200b"], says: /a text holds nothing but whitespace or invisible characters/ },
    { stage: "of_contrast", args: ["FIRST", "--classes", "a,a"], says: /`a` is all that is given: it would always have 100 %\n.*--classes, two at least/ },
    { stage: "of_contrast", args: ["FIRST", "--classes", "a", "--template", "a photo"], says: /--template has no \{\}/ },
  ])("with $stage refuses $args", async ({ stage, args, says }) => {
    const place = await checkpointOf(stage);
    const { exit, stderr } = await predicted(place, ...args.map((arg) => (arg === "FIRST" ? first : arg)));
    expect(exit).toBeGreaterThan(0);
    expect(stderr).toMatch(says);
  }); // prettier-ignore
});
