// `vlmo init` as a command: its output, its refusals, and files that other commands accept.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkpointOf, headsSpec } from "../../support/trained.js";
import { inProcess as run } from "../cli/in-process.js";
import { coco, each, folderOf, lines, photos, textOf, type Files } from "./folders.js";

it("initialises equal heads from a checkpoint, whatever their names in it", async () => {
  const folder = await folderOf({
    ...photos("a"),
    "all.jsonl": lines((i) => ({ image: `a/${i}.png`, text: textOf(i) })),
  });
  const file = path.join(folder, "more.vlmo");
  const checkpoint = await checkpointOf(folder, "of_fused_contrast");
  const { exit, stdout } = await run(["init", folder, "--out", file, "--from", checkpoint, "--json"]);
  expect(exit).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ vocabulary: headsSpec.models.get("Tiny")?.text?.tokenizer.vocabulary });
  const text = readFileSync(file, "utf8");
  expect(text).toMatch(/head fused_contrast: contrastive\(image\.cls, text\.cls\) \{[^}]*fused: true/);
  expect(text).toMatch(/head match: .*hard\(fused_contrast, from: pool\)/s);
  expect(text).toMatch(/learn: fused_contrast \+ match\n/);
  expect(text).not.toMatch(/(drop|fresh): .*fused_contrast/);
});

describe("vlmo init", () => {
  it("lists other data sets of the kind that it does not use, and quotes names for the shell", async () => {
    const asked = lines((i) => ({ image: `photos/${i}.png`, question: textOf(i), answer: i % 2 ? "yes" : "no" }));
    const folder = await folderOf({ ...photos("photos"), "more.jsonl": asked, "qa.jsonl": asked });
    const file = path.join(folder, "of two.vlmo");
    const { exit, stdout } = await inProcess("init", folder, "--out", file);
    expect(exit).toBe(0);
    expect(stdout).toContain("  not in it: qa.jsonl; write a data block for it, or join the files\n");
    expect(stdout).toContain(`vlmo train '${file}' --out 'runs/of two'\n  vlmo predict 'runs/of two' IMAGE --text`);
    expect(readFileSync(file, "utf8")).toContain("//   vlmo predict 'runs/of two' IMAGE --text");
  });

  const files: Files = {
    ...photos("photos"),
    "captions.jsonl": lines((i) => ({ file_name: `${i}.png`, caption: textOf(i) })),
  };

  it("never overwrites a file, prints the next commands, and starts from a checkpoint with --from", async () => {
    const folder = await folderOf(files);
    const file = path.join(folder, "photos.vlmo");
    const first = await inProcess("init", folder, "--out", file);
    expect(first).toMatchObject({ exit: 0, stdout: expect.stringContaining("pairs of jsonl (captions.jsonl)") });
    expect(first.stdout).toContain(`vlmo train ${file}`);
    const again = await inProcess("init", folder, "--out", file);
    expect(again).toMatchObject({ exit: 1, stderr: expect.stringContaining("V900") });

    const out = path.join(folder, "run");
    const sets = ["steps=2", "schedule.warmup=1 steps", "validate=every 1 steps"];
    const quick = [...sets.flatMap((set) => ["--set", `fitted.${set}`]), "--threads", "1"];
    expect(await inProcess("train", file, "--out", out, ...quick)).toMatchObject({ exit: 0 });
    const next = path.join(folder, "classes.vlmo");
    const classes = await folderOf({ ...photos("cat"), ...photos("dog") });
    const said = await inProcess("init", classes, "--out", next, "--from", out);
    expect(said.exit).toBe(0);
    for (const text of [said.stdout, readFileSync(next, "utf8")])
      expect(text).toContain('drop: ["heads.contrast.*", "heads.match.*"]');
    expect(await inProcess("train", next, "--out", path.join(folder, "next"), ...quick)).toMatchObject({ exit: 0 });
  });

  it("writes a specification for the valid records, and reports broken ones", async () => {
    const folder = await folderOf({ ...files, "photos/0.png": "no image" });
    const { exit, stderr } = await inProcess("init", folder, "--out", path.join(folder, "x.vlmo"));
    expect({ exit, written: existsSync(path.join(folder, "x.vlmo")) }).toEqual({ exit: 1, written: true });
    expect(stderr).toMatch(/V917[^]*fix the data, or set `on_error: skip`/);
  });

  const refused = [
    { what: "nothing", files: {}, options: [], says: "no images, texts or annotations" },
    {
      what: "annotations without images",
      files: { "captions.json": coco() },
      options: [],
      says: "of `captions.json`, its images are not in the folder",
    },
    {
      what: "masks with 0 and 255 only",
      files: { ...photos("images"), ...each((i) => [`masks/${i}.png`, 255]) },
      options: [],
      says: "its masks have no two classes to choose among\n  = help: a mask holds the numbers of classes, from 0, and 255",
    },
    { what: "data of another kind", files: photos("a"), options: ["--kind", "pairs"], says: "no pairs" },
  ];

  it.each(refused)("refuses $what with the reason", async ({ files: content, options, says }) => {
    const folder = await folderOf(content);
    const said = await inProcess("init", folder, "--out", path.join(folder, "x.vlmo"), ...options);
    expect(said).toMatchObject({ exit: 1, stderr: expect.stringContaining("V952") });
    expect(said.stderr).toContain(says);
    expect(existsSync(path.join(folder, "x.vlmo"))).toBe(false);
  });
});

async function inProcess(...args: readonly string[]): ReturnType<typeof run> {
  return run(args);
}
