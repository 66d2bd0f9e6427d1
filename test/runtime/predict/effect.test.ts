// Options without effect are refused, and a head that may have drifted is noted.
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { headFor } from "../../../runtime/predict/choose-head.js";
import { driftNote } from "../../../runtime/predict/drift.js";
import { predict } from "../../../runtime/index.js";
import { stageOf } from "../../support/specs.js";
import { checkpointOf, drawImage, headsSpec } from "../../support/trained.js";
import { inProcess } from "../cli/in-process.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-effect-"));
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  await drawImage(at("a.png"), [200, 30, 30]);
  writeFileSync(at("asked.jsonl"), `${JSON.stringify({ image: "a.png", text: "a dog" })}\n`);
  const question = { image_id: 1, question: "a dog", question_id: 7 };
  const file = { data_type: "mscoco", data_subtype: "test2015", questions: [question] };
  writeFileSync(at("vqa.json"), JSON.stringify(file));
});

describe("an option without effect is refused, with the reason", () => {
  it.each([
    { stage: "of_label", args: ["--head", "label", "a.png", "--text", "a dog"], says: /--text has no effect: the head `label` reads no texts/ },
    { stage: "of_label", args: ["a.png", "--classes", "a,b"], says: /--classes has no effect: the head `label` does not choose/ },
    { stage: "of_contrast", args: ["a.png", "--text", "a", "--template", "a {}"], says: /--template has no effect: .* is given no class names/ },
    { stage: "of_match", args: ["--head", "match", "a.png", "--text", "a", "--top", "3"], says: /--top has no effect: the head `match`/ },
    { stage: "of_pixels", args: ["a.png", "--top", "3"], says: /--top has no effect/ },
    { stage: "of_caption", args: ["a.png", "--top", "3"], says: /--top has no effect/ },
    { stage: "of_label", args: ["a.png", "--fields", "image=path"], says: /fields of records are named, and no records are/ },
    { stage: "of_label", args: ["--records", "asked.jsonl", "--fields", "text=text"], says: /`label` reads no text/ },
    { stage: "of_words", args: ["--records", "asked.jsonl", "--fields", "image=image"], says: /`\w+` reads no image/ },
    { stage: "of_words", args: [".", "--records", "asked.jsonl"], says: /the folder of images has no effect/ },
    { stage: "of_answer", args: ["--records", "asked.jsonl", "--text", "a"], says: /--text has no effect: .* is asked the texts of the records/ },
    { stage: "of_answer", args: ["--records", "vqa.json", "--fields", "text=question"], says: /is published with fields of its own/ },
    { stage: "of_match", args: ["--head", "match", ".", "--records", "vqa.json", "--submission", "x.json"], says: /the server wants answers, and the head `match` gives something else/ },
    { stage: "of_answer", args: [".", "--records", "asked.jsonl", "--submission", "x.json"], says: /a submission answers the questions of VQA v2/ },
  ])("predict, $stage: $args", async ({ stage, args, says }) => {
    const place = await checkpointOf(folder, stage);
    const { exit, stdout, stderr } = await inProcess(["predict", place, ...args], folder);
    expect([exit, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^error\[V991\]/);
    expect(stderr).toMatch(says);
  }); // prettier-ignore

  it.each([
    { args: ["predict", "a.png", "--csv", "--json"], says: /'--csv' cannot be used with option '--json'/ },
    { args: ["predict", "--records", "vqa.json", "--submission", "x", "--csv"], says: /'--csv' cannot be used with option '--submission/ },
    { args: ["predict", "--records", "vqa.json", "--submission", "x", "--top", "2"], says: /leave out --top/ },
    { args: ["predict", "a.png", "--template", "a photo"], says: /--template has no \{\}/ },
    { args: ["predict", "a.png", "--out", "masks"], says: /--out is for masks/ },
    { args: ["search", ".", "--top", "3"], says: /--top, --out, --csv and --rerank are of what is found/ },
    { args: ["search", ".", "--text", "a", "--csv", "--json"], says: /'--csv' cannot be used/ },
  ])("$args", async ({ args: [command = "", ...args], says }) => {
    const place = await checkpointOf(folder, "of_contrast");
    const { exit, stderr, stdout } = await inProcess([command, place, ...args], folder);
    expect(exit).toBe(2);
    expect(stderr + stdout).toMatch(says);
  }); // prettier-ignore

  it.each([
    { args: ["embed", "a.png", "--fields", "image=path", "--out", "x.npy"], code: "V909" },
    { args: ["embed", "--records", "asked.jsonl", "--feature", "image.cls", "--fields", "text=text", "--out", "x.npy"], code: "V909" },
    { args: ["search", ".", "--fields", "image=path"], code: "V909" },
    { args: ["search", "asked.jsonl", "--feature", "image.cls", "--fields", "text=text"], code: "V909" },
  ])("$args", async ({ args: [command = "", ...args], code }) => {
    const place = await checkpointOf(folder, "of_contrast");
    const { exit, stderr } = await inProcess([command, place, ...args], folder);
    expect([exit, stderr.slice(0, 11)]).toEqual([1, `error[${code}]`]);
    expect(stderr).toMatch(/fields of records are named, and/);
  }); // prettier-ignore

  it("in the library, by the names of its options", async () => {
    const place = await checkpointOf(folder, "of_label");
    const asked = predict(place, { images: [at("a.png")], candidates: [{ label: "a", text: "a" }] });
    await expect(asked[Symbol.asyncIterator]().next()).rejects.toThrow(/`candidates` has no effect/);
  });
});

it.each([
  { given: {}, head: "label" },
  { given: { classes: ["dog", "cat"] }, head: "contrast" },
  { given: { texts: ["a dog"] }, head: "contrast" },
  { given: { images: [], records: "asked.jsonl", texts: ["a dog"] }, head: "contrast" },
])("$head answers $given, given classes and a contrast", ({ given, head }) => {
  const [one, other] = [stageOf(headsSpec, "of_label"), stageOf(headsSpec, "of_contrast")];
  const both = { ...other, heads: [...one.heads, ...other.heads], learn: [...one.learn, ...other.learn] };
  const nothing = { texts: [], records: null, classes: [] };
  expect(headFor(both, null, { images: ["a.png"], ...nothing, ...given }).name).toBe(head);
});

describe("a head that a later stage does not train", () => {
  const stage = stageOf(headsSpec, "of_match");
  const [contrast] = stage.heads.filter(({ name }) => name === "contrast");
  const asking = { stage, spec: { stages: new Map() } as never, manifest: { step: 5 } };
  const later = { ...stage, learn: stage.learn.filter(({ head }) => head.name !== "contrast") };
  it("is noted only if the stage has changed the parameters it reads", () => {
    if (contrast === undefined) throw new Error("a contrast");
    expect(driftNote(asking, contrast)).toBeNull();
    expect(driftNote({ ...asking, stage: later }, contrast)).toMatch(/^note: the stage `of_match` does not learn `contrast`/);
    expect(driftNote({ ...asking, stage: later, manifest: { step: 0 } }, contrast)).toBeNull();
    const own = new Set([...later.trained].filter((name) => name.startsWith("heads.match")));
    expect(driftNote({ ...asking, stage: { ...later, trained: own } }, contrast)).toBeNull();
  });
}); // prettier-ignore

it("an image given several times is captioned several times", async () => {
  const place = await checkpointOf(folder, "of_caption");
  const { stdout } = await inProcess(["predict", place, "a.png", "a.png", "--json"], folder);
  const answers = stdout.trim().split("\n").map((line) => JSON.parse(line).answer);
  expect(answers).toHaveLength(2);
  expect(answers[0]).toBe(answers[1]);
}); // prettier-ignore

describe("unreadable images of a folder", () => {
  beforeAll(async () => {
    mkdirSync(at("odd"));
    await drawImage(at("odd/good.png"), [1, 2, 3]);
    writeFileSync(at("odd/bitmap.bmp"), "BM and some more bytes than that");
    writeFileSync(at("odd/cut.png"), readFileSync(at("odd/good.png")).subarray(0, 60));
    symlinkSync("nowhere.png", at("odd/dangling.png"));
    symlinkSync(at("a.png"), at("odd/link.png"));
  });

  it.each([
    { args: ["predict", "odd", "--head", "contrast", "--text", "a", "--text", "b"], says: /^odd\/good\.png/ },
    { args: ["embed", "odd", "--out", "odd.npy"], says: /^odd\.npy: 1 vector of/ },
    { args: ["search", "odd", "--text", "a"], says: /^a\n {3}1 .* odd\/good\.png\n$/ },
  ])("are left out and reported by $args, and the others answered", async ({ args: [command = "", ...args], says }) => {
    const place = await checkpointOf(folder, "of_contrast");
    const { exit, stdout, stderr } = await inProcess([command, place, ...args], folder);
    expect([exit, stdout]).toEqual([1, expect.stringMatching(says)]);
    for (const reason of [
      "V916: there is no",
      "V915: the image path `link.png` leads",
      "V917: .*bitmap.bmp",
      "V917: .*cut",
    ])
      expect(stderr).toMatch(new RegExp(`left out .*${reason}`));
  });

  it("are errors with remedies if all must be read", async () => {
    const place = await checkpointOf(folder, "of_contrast");
    const { exit, stderr } = await inProcess(["search", place, ".", "--image", "odd"], folder);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/or leave it out/);
    expect(stderr).not.toMatch(/on_error|data block/);
  });
});
