// Search: against its definition, against `predict` and evaluations, and by the command line.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { MetricSpec } from "../../../compiler/index.js";
import { aboutOf, type About } from "../../../runtime/embed/about.js";
import { featureFor } from "../../../runtime/embed/feature.js";
import { entriesFor } from "../../../runtime/embed/inputs.js";
import { keepVectors } from "../../../runtime/embed/keep.js";
import { openVectors, writeVectors } from "../../../runtime/embed/vectors-file.js";
import { engines } from "../../../runtime/engines/index.js";
import { retrievalOf } from "../../../runtime/evaluate/retrieve.js";
import { evaluationOf, withParameters } from "../../../runtime/predict/asking.js";
import { openModel } from "../../../runtime/predict/model.js";
import { predict } from "../../../runtime/predict/predict.js";
import { questionsOf, type Inputs } from "../../../runtime/predict/questions.js";
import { stream } from "../../../runtime/random.js";
import { nearest } from "../../../runtime/search/nearest.js";
import { judgeOf, search } from "../../../runtime/search/search.js";
import { checkpointOf, drawImage } from "../../support/trained.js";
import { inProcess } from "../cli/in-process.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-search-"));
const at = (...names: string[]): string => join(folder, ...names);
const colours = { red: [200, 30, 30], blue: [10, 90, 240], green: [20, 220, 60], grey: [90, 90, 90] } as const;
const files = Object.keys(colours).map((name) => at("images", `${name}.png`));
const texts = ["a red dog", "a cat", "a dog on a cat", "red red ."];
const nothing: Inputs = { images: [], texts: [], records: null, fields: {} };

beforeAll(async () => {
  mkdirSync(at("images"));
  for (const [i, colour] of Object.values(colours).entries()) await drawImage(files[i] ?? "", colour);
});

describe("the nearest vectors", () => {
  const about: About = { model: "m", stage: "s", feature: "f", precision: "float32", width: 6, normalised: false };
  const random = stream(3, "vectors");
  const drawn = Array.from({ length: 11 }, () => Float32Array.from({ length: 6 }, () => random.normal()));
  const cosine = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b) || 1);

  it.each([1, 3, 100])("are those of the highest cosines, in blocks of %i", async (block) => {
    const rows = [...drawn, drawn[2] ?? new Float32Array(), new Float32Array(6)];
    const file = at(`drawn-${block}.safetensors`);
    const entries = rows.map((_, i) => ({ name: String(i), text: String(i) }));
    await writeVectors(file, { about, entries, chunks: rows });
    const queries = [drawn[2] ?? new Float32Array(), Float32Array.of(1, 0, 0, -2, 0, 0)];
    const found = await nearest(await openVectors(file), queries, 4, { block });
    for (const [i, list] of found.entries()) {
      const all = rows.map((row, at) => ({ row: at, score: cosine(queries[i] ?? row, row) }));
      const wanted = all.toSorted((a, b) => b.score - a.score || a.row - b.row).slice(0, 4);
      expect(list.map(({ row }) => row)).toEqual(wanted.map(({ row }) => row));
      list.forEach(({ score }, place) => expect(score).toBeCloseTo(wanted[place]?.score ?? NaN, 6));
    }
  });

  it("are all vectors if fewer than requested", async () => {
    const file = at("few.safetensors");
    await writeVectors(file, {
      about,
      entries: [{ name: "one", text: "one" }],
      chunks: [Float32Array.of(1, 0, 0, 0, 0, 0)],
    });
    expect(await nearest(await openVectors(file), [Float32Array.of(2, 0, 0, 0, 0, 0)], 10)).toEqual([
      [{ row: 0, score: 1 }],
    ]);
  });

  it.each([NaN, Infinity, -Infinity])("do not include vectors with %d", async (value) => {
    const file = at(`with ${value}.safetensors`);
    const chunks = [new Float32Array(6), Float32Array.of(0, value, 0, 0, 0, 0)];
    const entries = [
      { name: "one", text: "one" },
      { name: "two", text: "two" },
    ];
    await writeVectors(file, { about, entries, chunks });
    const found = nearest(await openVectors(file), [Float32Array.of(1, 0, 0, 0, 0, 0)], 1);
    await expect(found).rejects.toMatchObject({ code: "V948", message: expect.stringContaining("`two`") });
  });
});

/** A model with a file of the vectors of some inputs. */
async function indexed(stage: string, inputs: Partial<Inputs>) {
  const model = await openModel(await checkpointOf(folder, stage));
  const engine = await engines.reference({ threads: 1, backend: null });
  const feature = featureFor(model.stage, null);
  const embedding = { model, engine, feature, batch: 3 };
  const [file, about] = [at("index.safetensors"), aboutOf(model, feature, engine.precision)];
  rmSync(file, { force: true });
  await keepVectors({
    ...embedding,
    file,
    about,
    unlike: "refuse",
    entries: await entriesFor(feature, { ...nothing, ...inputs }),
  });
  return { ...embedding, vectors: await openVectors(file) };
}

it("ranks texts of an image as `predict` does", async () => {
  const { vectors, ...embedding } = await indexed("of_contrast", { texts });
  const queries = await entriesFor(embedding.feature, { ...nothing, images: files });
  const found = await search({ ...embedding, vectors, queries, top: 4, rerank: null });
  const { head } = embedding.feature;
  if (head === null) throw new Error("a contrast");
  const questions = await questionsOf(
    { name: "it", code: "V991", advice: "", images: 1, text: false },
    { ...nothing, images: files },
  );
  const candidates = texts.map((text) => ({ label: text, text }));
  const said: string[][] = [];
  await predict({ ...embedding, head, questions, candidates }, ({ answer }) => {
    if (answer.form === "choice") said.push(answer.top.map(({ label }) => label));
  });
  expect(found.map(({ hits }) => hits.map(({ entry }) => entry.text))).toEqual(said);
});

it("re-ranks by a matching head as an evaluation does, with the scores of `predict`", async () => {
  const { vectors, ...embedding } = await indexed("of_match", { images: files });
  const head = judgeOf(embedding.model.stage);
  const queries = await entriesFor(embedding.feature, { ...nothing, texts });
  const found = await search({ ...embedding, vectors, queries, top: 3, rerank: { head, first: 3 } });
  const metric: MetricSpec = { name: "recall", arguments: [1], head: "contrast", rerank: { head: "match", top: 3 }, windows: null, span: head.span }; // prettier-ignore
  const pairs = await questionsOf(
    { name: "it", code: "V991", advice: "", images: 1, text: true },
    { ...nothing, images: files, texts },
  );
  const { ranks } = await withParameters(embedding, (parameters) => {
    const contrast = embedding.feature.head ?? head;
    return retrievalOf(evaluationOf(embedding, parameters, pairs), contrast, [metric]);
  });
  const wanted = ranks.get(metric)?.text.first.map((list) => list.map(({ row }) => files[row]));
  expect(found.map(({ hits }) => hits.map(({ entry }) => entry.image?.path))).toEqual(wanted);
  const truths = new Map<string, number>();
  await predict({ ...embedding, head, questions: pairs }, ({ question: { images, text }, answer }) => {
    if (answer.form === "truth") truths.set(`${images[0]?.path} ${text}`, answer.probability);
  });
  for (const { query, hits } of found)
    for (const { entry, probability } of hits)
      expect(probability).toBeCloseTo(truths.get(`${entry.image?.path} ${query.text}`) ?? NaN, 6);
});

describe("vlmo search", () => {
  const searched = (...args: string[]) => inProcess(["search", ...args], folder);

  it("finds an image once, for any number of captions", async () => {
    const place = await checkpointOf(folder, "of_contrast");
    const names = ["red", "red", "red", "blue", "blue", "green", "red"];
    const records = names.map((name, i) => JSON.stringify({ file: `images/${name}.png`, caption: `a dog ${i}` }));
    writeFileSync(at("captioned.jsonl"), `${records.join("\n")}\n`);
    const given = ["--fields", "image=file", "--text", "a red dog", "--top", "3", "--csv"];
    const byRecords = await searched(place, "captioned.jsonl", ...given);
    expect(byRecords.stderr).toMatch(/captioned\.jsonl\.vectors\.safetensors: 3 vectors/);
    await inProcess(["embed", place, "--records", "captioned.jsonl", "--fields", "image=file", "--out", "seven.safetensors"], folder);
    expect((await openVectors(at("seven.safetensors"))).count).toBe(7);
    const byFile = await searched(place, "seven.safetensors", "--text", "a red dog", "--top", "3", "--csv");
    const images = (csv: string): string[] => csv.trim().split("\n").slice(1).map((line) => line.split(",")[3] ?? "");
    expect(images(byFile.stdout)).toEqual(images(byRecords.stdout));
    expect(new Set(images(byFile.stdout)).size).toBe(3);
  }); // prettier-ignore

  it("computes the vectors of a folder once, and then only those of changed files", async () => {
    const place = await checkpointOf(folder, "of_contrast");
    const first = await searched(place, "images");
    expect(first).toMatchObject({ exit: 0, stdout: "" });
    expect(first.stderr).toMatch(/^images\.vectors\.safetensors: 4 vectors of 8 numbers/);
    const inside = await inProcess(["search", place, "."], at("images"));
    expect(inside.stderr).toMatch(/\/images\.vectors\.safetensors: 4 vectors/);
    const text = await searched(place, "images/", "--text", "a red dog", "--top", "2");
    expect(text.stdout).toMatch(
      /^a red dog\n {3}1 {2}[ -]0\.\d{3} {2}images\/\w+\.png\n {3}2 {2}[ -]0\.\d{3} {2}images\/\w+\.png\n$/,
    );
    expect(text.stderr).toBe("");
    utimesSync(files[2] ?? "", 5, 5);
    const image = await searched(place, "images", "--image", "images/green.png", "--top", "1", "--json");
    expect(image.stderr).toMatch(/^1 vector made, 3 reused\n/);
    const { found } = JSON.parse(image.stdout) as { found: { rank: number; image: string; similarity: number }[] };
    expect(found).toEqual([{ rank: 1, name: files[2], image: files[2], similarity: expect.closeTo(1, 5) }]);
  });

  it("recomputes them for another model, and reports it", async () => {
    await searched(await checkpointOf(folder, "of_contrast"), "images");
    const { exit, stderr } = await searched(await checkpointOf(folder, "of_match"), "images");
    expect(exit).toBe(0);
    expect(stderr).toMatch(
      /^everything is embedded again: the existing vectors are of the model \w+ \(stage `of_contrast`\), not of/,
    );
  });

  it("searches a file of vectors from any working folder, without deleted images", async () => {
    const place = await checkpointOf(folder, "of_contrast");
    await drawImage(at("images", "gone.png"), [0, 0, 0]);
    await inProcess(["embed", place, "images", "--out", "photos.safetensors", "--threads", "1"], folder);
    rmSync(at("images", "gone.png"));
    const found = await inProcess(["search", place, "../photos.safetensors", "--text", "a cat", "--csv"], at("images"));
    expect(found.stderr).toBe("1 image no longer exist and are left out, such as gone.png\n");
    expect((await openVectors(at("photos.safetensors"))).count).toBe(5);
    const [head, ...rows] = found.stdout.trimEnd().split("\n");
    expect(head).toBe("query,rank,name,image,text,similarity,probability");
    expect(rows.map((row) => row.split(",")[3]).toSorted()).toEqual(files.toSorted());
  });

  it("finds texts in records, re-ranks, and writes a self-contained page", async () => {
    const place = await checkpointOf(folder, "of_match");
    writeFileSync(at("said.csv"), `text\n${texts.slice(0, 3).join("\n")}\n`);
    const args = [place, "said.csv", "--fields", "text=text", "--image", "images/red.png", "--rerank", "2"];
    const { exit, stdout } = await searched(...args, "--out", "found.html");
    expect(exit).toBe(0);
    expect(stdout).toMatch(
      /^images\/red\.png\n( {3}[12] {3}\d\d\.\d % {2}[ -]0\.\d{3} {2}\w[^\n]+\n){2} {3}3 {11}[ -]0\.\d{3} {2}\w[^\n]+\n$/,
    );
    expect(existsSync(at("said.csv.vectors.safetensors"))).toBe(true);
    const page = readFileSync(at("found.html"), "utf8");
    expect(page).toContain('<img src="data:image/jpeg;base64,');
    for (const text of texts.slice(0, 3)) expect(page).toContain(`<p class="asked">${text}</p>`);
    expect(page).not.toMatch(/(src|href)="(?!data:)/);
  });

  it.each([
    { stage: "of_contrast", args: ["nowhere", "--text", "a"], says: /V910.*cannot read `nowhere`: it does not exist\n.*a folder of images/ },
    { stage: "of_contrast", args: ["images", "--text", "a", "--rerank", "5"], says: /V901.*`of_contrast` has no matching head/ },
    { stage: "of_match", args: ["images", "--image", "images/red.png", "--rerank", "5"], says: /V901.*judges an image with a text/ },
    { stage: "of_label", args: ["images", "--feature", "image.cls", "--text", "a"], says: /V901.*`image\.cls` is made of images, and texts are named/ },
    { stage: "of_match", args: ["pairs.safetensors", "--text", "a"], says: /V901.*`pair\.pooled` reads images, and none is named\n.*with --image/ },
    { stage: "of_contrast", args: ["images", "--out", "page.html"], says: /--out, --csv and --rerank are of what is found\n.*--text or --image/ },
    { stage: "of_contrast", args: ["kept.safetensors", "--index", "here.safetensors"], says: /`kept\.safetensors` is a file of vectors/ },
    { stage: "of_contrast", args: ["images", "--index", "here.npy"], says: /`here\.npy` has another ending/ },
    { stage: "of_contrast", args: ["images", "--text", "a", "--out", "images/red.png"], says: /`images\/red\.png` has another ending\n.*as in found\.html/ },
    { stage: "of_contrast", args: ["of_contrast/parameters.safetensors"], says: /V948.*its metadata are not those/ },
    { stage: "of_label", args: ["kept.safetensors", "--text", "a"], says: /V949.*of the model \w+ \(stage `of_contrast`\), not of .*\n.*name the model that made them/ },
    { stage: "of_contrast", args: ["images", "--image", "broken.png"], says: /V917.*broken\.png.*\n.*replace the file, or leave it out/ },
    { stage: "of_contrast", args: ["said.txt", "--text", "a"], says: /V948.*it is no safetensors file/ },
  ])("with $stage refuses $args", async ({ stage, args, says }) => {
    const embedded = async (name: string, file: string, ...args: string[]) => {
      if (!existsSync(at(file))) await inProcess(["embed", await checkpointOf(folder, name), "images", "--out", file, "--threads", "1", ...args], folder);
    };
    await embedded("of_contrast", "kept.safetensors");
    await embedded("of_match", "pairs.safetensors", "--text", "a", "--feature", "pair.pooled");
    writeFileSync(at("broken.png"), "no image");
    writeFileSync(at("said.txt"), "a dog\n");
    const { exit, stderr } = await searched(await checkpointOf(folder, stage), ...args);
    expect(exit).toBeGreaterThan(0);
    expect(stderr).toMatch(says);
  }); // prettier-ignore
});
