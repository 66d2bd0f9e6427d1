// Files of vectors: against the programs that compute them, in every format, and after interrupted runs.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { aboutOf } from "../../../runtime/embed/about.js";
import { vectorsOf } from "../../../runtime/embed/embed.js";
import { viewOf, type Entry } from "../../../runtime/embed/entry.js";
import { featureFor } from "../../../runtime/embed/feature.js";
import { entriesFor } from "../../../runtime/embed/inputs.js";
import { keepVectors, type Keeping } from "../../../runtime/embed/keep.js";
import { openVectors } from "../../../runtime/embed/vectors-file.js";
import { engines } from "../../../runtime/engines/index.js";
import { retrievalOf } from "../../../runtime/evaluate/retrieve.js";
import { openParquet } from "../../../runtime/formats/parquet.js";
import { readSafetensors } from "../../../runtime/formats/safetensors.js";
import { execProgram } from "../../../runtime/program/exec.js";
import { evaluationOf, withParameters } from "../../../runtime/predict/asking.js";
import { openModel } from "../../../runtime/predict/model.js";
import { questionsOf, type Inputs } from "../../../runtime/predict/questions.js";
import { createImageLoader } from "../../../runtime/data/index.js";
import { lockRun } from "../../../runtime/train/lock.js";
import { float32, int32 } from "../../../runtime/tensor.js";
import { stageOf } from "../../support/specs.js";
import { checkpointOf, drawImage, headsSpec } from "../../support/trained.js";
import { inProcess } from "../cli/in-process.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-embed-"));
const at = (...names: string[]): string => join(folder, ...names);
const files = ["first", "second", "third"].map((name) => at("images", `${name}.png`));
const texts = ["a red dog", "a cat"];
const nothing: Inputs = { images: [], texts: [], records: null, fields: {} };

beforeAll(async () => {
  mkdirSync(at("images"));
  const colours = [[200, 30, 30], [10, 90, 240], [20, 220, 60]] as const; // prettier-ignore
  for (const [i, file] of files.entries()) await drawImage(file, colours[i] ?? [0, 0, 0]);
});

async function opened(stage: string, feature: string | null = null) {
  const model = await openModel(await checkpointOf(folder, stage));
  const engine = await engines.reference({ threads: 1, backend: null });
  return { model, engine, feature: featureFor(model.stage, feature), batch: 2 };
}

/** The elements of several vectors. */
const numbers = (vectors: readonly Float32Array[]): number[][] => vectors.map((vector) => [...vector]);

describe("vectors equal those of programs", () => {
  it("of a contrast: as compared by retrieval in an evaluation", async () => {
    const { model, engine, feature } = await opened("of_contrast");
    if (feature.head === null) throw new Error("a contrast");
    const { head } = feature;
    const questions = await questionsOf(
      { name: "it", code: "V909", advice: "", images: 1, text: true },
      { ...nothing, images: files, texts },
    );
    const { sides } = await withParameters({ model, engine }, (parameters) =>
      retrievalOf(evaluationOf({ model, engine }, parameters, questions), head, []),
    );
    const entries = await entriesFor(feature, { ...nothing, images: files, texts });
    const made = await vectorsOf({ model, engine, feature }, entries);
    const kept = [sides.image, sides.text].flatMap(({ read, count }) => [...read(0, count)]);
    expect(numbers(made).flat()).toEqual(kept);
    for (const vector of made) expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
  });

  it.each(["image.cls", "text.cls", "pair.cls", "pair.pooled"])(
    "of the trunk: %s as given by the program `encode`",
    async (name) => {
      const { model, engine, feature } = await opened("of_match", name);
      const [image = "", text = ""] = [files[0], texts[0]];
      const [entry] = await entriesFor(feature, {
        ...nothing,
        images: name.startsWith("text") ? [] : [image],
        texts: name.startsWith("image") ? [] : [text],
      });
      if (entry === undefined || model.tokenizer === null) throw new Error("an entry");
      expect(viewOf(entry)).toBe(name.split(".")[0]);
      const pixels = float32([1, 3, 8, 8]);
      const source = { kind: "file", key: image, path: image, place: { file: image } } as const;
      await createImageLoader().loadInto(pixels.data as Float32Array, { source, size: 8, channels: 3 });
      const { ids, mask } = model.tokenizer.encode(text, 5);
      const inputs = [["image", pixels], ["text_ids", int32([1, 5], ids)], ["text_masks", float32([1, 5], mask)]] as const; // prettier-ignore
      const { outputs } = await execProgram(
        { stage: model.stage, program: "encode", outputs: [name], batch: 1 },
        {
          engine,
          parameters: { where: "checkpoint", tensors: model.parameters },
          inputs: { where: "test", tensors: new Map(inputs) },
          step: 1,
        },
      );
      const [vector = []] = numbers(await vectorsOf({ model, engine, feature }, [entry]));
      expect(vector).toHaveLength(8);
      const wanted = [...(outputs.get(name)?.data ?? [])];
      vector.forEach((value, i) => expect(value).toBeCloseTo(wanted[i] ?? NaN, 5));
    },
  );

  it.each([
    { stage: "of_contrast", feature: null, is: "contrast" },
    { stage: "of_match", feature: null, is: "contrast" },
    { stage: "of_label", feature: "image.cls", is: "image.cls" },
    { stage: "of_label", feature: null, says: /the stage `of_label` has no contrast/ },
    { stage: "of_label", feature: "text.cls", says: /has no vector `text.cls`/ },
    { stage: "of_contrast", feature: "pair.pooled", says: /has no vector `pair.pooled`/ },
    { stage: "of_dalle_patches", feature: "image.cls", is: "image.cls" },
  ])("$feature of $stage is $is", ({ stage, feature, is, says }) => {
    const find = (): string => featureFor(stageOf(headsSpec, stage), feature).name;
    if (says === undefined) expect(find()).toBe(is);
    else expect(find).toThrow(says);
  }); // prettier-ignore
});

/** A run of `keepVectors` over all images and texts. */
async function keeping(file: string, more: Partial<Keeping> = {}): Promise<Keeping> {
  const asking = await opened("of_contrast");
  const entries = await entriesFor(asking.feature, { ...nothing, images: [at("images")], texts });
  const about = aboutOf(asking.model, asking.feature, asking.engine.precision);
  return { ...asking, file, about, entries, unlike: "refuse", ...more };
}

it("writes the same values in every format, with names and metadata", async () => {
  const [tensors, matrix, table] = ["all.safetensors", "all.npy", "all.parquet"].map((name) => at(name));
  for (const file of [tensors, matrix, table]) await keepVectors(await keeping(file ?? ""));
  const vectors = (await readSafetensors(tensors ?? "")).get("vectors");
  expect(vectors?.shape).toEqual([5, 8]);
  const all = [...(vectors?.data ?? [])];
  const npy = readFileSync(matrix ?? "");
  expect(npy.toString("latin1", 0, 10)).toBe("\u0093NUMPY\u0001\u0000\u0076\u0000");
  expect(npy.toString("latin1", 10, 128)).toMatch(
    /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(5, 8\), \} *\n$/,
  );
  expect([...new Float32Array(npy.buffer.slice(npy.byteOffset + 128, npy.byteOffset + npy.length))]).toEqual(all);
  const named = JSON.parse(readFileSync(`${matrix}.json`, "utf8")) as { rows: { name: string; image?: string }[] };
  const { rows, ...about } = named;
  expect(rows.map(({ image = null }) => image)).toEqual([
    "images/first.png",
    "images/second.png",
    "images/third.png",
    null,
    null,
  ]);
  expect(about).toMatchObject({
    format: "vlmo-vectors",
    feature: "contrast",
    width: "8",
    normalised: "true",
    stage: "of_contrast",
  });
  const parquet = await openParquet(table ?? "");
  expect(parquet.columns).toEqual(["name", "image", "text", "vector"]);
  const read = await Promise.all(parquet.groups.map((group) => parquet.read(group, parquet.columns)));
  await parquet.close();
  expect(read.flat().flatMap(({ vector }) => vector)).toEqual(all);
  expect(read.flat().map(({ text }) => text ?? null)).toEqual([null, null, null, ...texts]);
  const opened = await openVectors(tensors ?? "");
  expect(opened.entry(0).image?.path).toBe(files[0]);
  expect([...(await opened.read(3, 2))]).toEqual(all.slice(24));
});

describe("an interrupted run", () => {
  /** Stops after the first batch. */
  async function stopped(file: string): Promise<void> {
    const controller = new AbortController();
    const run = await keeping(file, {
      block: { rows: 1, seconds: 99 },
      signal: controller.signal,
      progress: () => controller.abort(new Error("stopped")),
    });
    await expect(keepVectors(run)).rejects.toThrow("stopped");
    expect(readdirSync(`${file}.parts`)).toHaveLength(1);
  }

  it("resumes to the same file", async () => {
    await stopped(at("on.safetensors"));
    const { made, rows } = await keepVectors(await keeping(at("on.safetensors")));
    expect({ made, rows }).toEqual({ made: 3, rows: 5 });
    await keepVectors(await keeping(at("once.safetensors")));
    expect(readFileSync(at("on.safetensors")).equals(readFileSync(at("once.safetensors")))).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes(".parts") || name.startsWith("."))).toEqual([]);
  });

  it("is not resumed by another model or feature, and is kept", async () => {
    const file = at("other.safetensors");
    await stopped(file);
    const { about, ...run } = await keeping(file);
    for (const other of [{ model: "another" }, { feature: "image.cls" }, { precision: "bfloat16" }])
      await expect(keepVectors({ ...run, about: { ...about, ...other } })).rejects.toMatchObject({
        code: "V949",
        file: `${file}.parts`,
      });
    expect(readdirSync(`${file}.parts`)).toHaveLength(1);
    // A cache of vlmo's is recomputed.
    const anew = { ...run, about: { ...about, model: "another" }, unlike: "replace" } as const;
    expect(await keepVectors(anew)).toMatchObject({ made: 5, rows: 5 });
  });
});

it("computes only changed inputs, and drops those no longer given", async () => {
  const file = at("changed.safetensors");
  const told: string[] = [];
  const run = async (change: Partial<Keeping> = {}) =>
    keepVectors(await keeping(file, { ...change, leftOut: (name) => void told.push(name) }));
  expect(await run()).toMatchObject({ rows: 5, made: 5, dropped: 0 });
  expect(await run()).toMatchObject({ rows: 5, made: 0, dropped: 0 });
  utimesSync(files[1] ?? "", 1, 1);
  expect(await run()).toMatchObject({ rows: 5, made: 1, dropped: 0 });
  const { entries } = await keeping(file);
  expect(await run({ entries: entries.slice(1, 4) })).toMatchObject({ rows: 3, made: 0, dropped: 2 });
  const broken: Entry = { name: "broken", image: { path: at("no.png"), bytes: 0, modified: 0 } };
  expect(await run({ entries: [...entries.slice(1, 4), broken] })).toMatchObject({ rows: 3, made: 0 });
  expect(told).toEqual(["broken"]);
});

describe("vlmo embed", () => {
  const embedded = (...args: string[]) => inProcess(["embed", "--threads", "1", ...args], folder);

  it("embeds a folder, reports its contents, and reuses existing vectors", async () => {
    const place = await checkpointOf(folder, "of_contrast");
    const first = await embedded(place, "images", "--out", "photos.safetensors");
    expect(first.stdout).toMatch(
      /^photos\.safetensors: 3 vectors of 8 numbers: `contrast`, normalised, of the model [0-9a-f]{8} \(stage `of_contrast`\)\n$/,
    );
    expect(first.exit).toBe(0);
    await drawImage(at("images", "fourth.png"), [1, 2, 3]);
    const again = await embedded(place, "images", "--out", "photos.safetensors", "--json");
    rmSync(at("images", "fourth.png"));
    expect(JSON.parse(again.stdout)).toMatchObject({ rows: 4, made: 1, feature: "contrast", width: 8, leftOut: [] });
    expect(again.stderr).toBe("1 vector made, 3 reused\n");
  });

  it("leaves out an unreadable image, and reports it", async () => {
    const place = await checkpointOf(folder, "of_contrast");
    writeFileSync(at("broken.png"), "no image");
    const { exit, stderr } = await embedded(place, "images/first.png", "broken.png", "--out", "some.safetensors");
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^left out broken\.png: V917: /);
    expect((await openVectors(at("some.safetensors"))).count).toBe(1);
  });

  it("embeds texts if no image can be read", async () => {
    const place = await checkpointOf(folder, "of_contrast");
    writeFileSync(at("broken.png"), "no image");
    const { exit, stdout } = await embedded(place, "broken.png", "--text", "a cat", "--out", "text.npy");
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^text\.npy: 1 vector of 8/);
  });

  it("fails if no input can be read, and writes nothing", async () => {
    const place = await checkpointOf(folder, "of_contrast");
    writeFileSync(at("broken.png"), "no image");
    const { exit, stderr } = await embedded(place, "broken.png", "--out", "none.npy");
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      /^left out broken\.png: V917: .*\nerror\[V909\]: nothing can be embedded: none of the images can be read\n/,
    );
    expect(readdirSync(folder).filter((name) => name.startsWith("none"))).toEqual([]);
  });

  it("refuses an output that another process is writing", async () => {
    const place = await checkpointOf(folder, "of_contrast");
    mkdirSync(at("held.npy.parts"));
    const lock = await lockRun(at("held.npy.parts"), "embeds");
    const { exit, stderr } = await embedded(place, "images", "--out", "held.npy");
    lock.release();
    expect(exit).toBe(1);
    expect(stderr).toMatch(/V985.*`held\.npy\.parts` is in use: process \d+ has been embedding into it since/);
  });

  it("reports truncated texts", async () => {
    const place = await checkpointOf(folder, "of_contrast");
    const { stderr } = await embedded(place, "--text", "a red dog on a cat", "--out", "cut.npy");
    expect(stderr).toBe("1 text truncated to the model's text length\n");
  });

  it.each([
    { stage: "of_contrast", args: ["images", "--out", "a.txt"], says: /`a\.txt` has no ending that is known\n.*\.safetensors, \.npy, \.parquet/ },
    { stage: "of_contrast", args: ["--out", "a.npy"], says: /V909.*neither images nor texts are named/ },
    { stage: "of_contrast", args: ["images", "--out", "once.npy", "--feature", "no"], says: /V909.*has no vector `no`\n.*`contrast`, `image\.cls`, `text\.cls`/ },
    { stage: "of_contrast", args: ["images", "--out", "once.npy", "--feature", "image.cl"], says: /V909.*has no vector `image.cl`\n.*did you mean `image\.cls`\?/ },
    { stage: "of_contrast", args: ["images", "--feature", "text.cls", "--out", "a.npy"], says: /V909.*`text\.cls` is made of texts, and images are named/ },
    { stage: "of_match", args: ["images", "--feature", "pair.pooled", "--out", "a.npy"], says: /V909.*`pair\.pooled` reads a text, and none is named/ },
    { stage: "of_contrast", args: ["--records", "r.jsonl", "--out", "a.npy"], says: /V909.*records may have both\n.*--fields image=FIELD/ },
    { stage: "of_contrast", args: ["--records", "r.jsonl", "--text", "a", "--out", "a.npy"], says: /V909.*texts beside them/ },
    { stage: "of_contrast", args: ["images", "--out", "cut.npy"], says: /V967.*it is there already/ },
    { stage: "of_contrast", args: ["--text", "a", "--out", "once.safetensors"], says: /V949.*`once\.safetensors` holds vectors of something else: of 5 images or texts, none of which is named/ },
    { stage: "of_contrast", args: ["images", "--out", "of_contrast/parameters.safetensors"], says: /V948.*its metadata are not those/ },
    { stage: "of_contrast", args: ["--text", " ", "--out", "a.npy"], says: /It should be a text/ },
  ])("with $stage refuses $args", async ({ stage, args, says }) => {
    const place = await checkpointOf(folder, stage);
    writeFileSync(at("cut.npy"), "");
    const { exit, stderr } = await embedded(place, ...args);
    expect(exit).toBeGreaterThan(0);
    expect(stderr).toMatch(says);
  }); // prettier-ignore
});
