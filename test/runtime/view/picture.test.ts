// Specifications in `vlmo view`: files that a page follows, mistakes, and exported pictures.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { specificationPage } from "../../../runtime/view/specification.js";
import { inProcess } from "../cli/in-process.js";
import { tinySpec } from "../cli/tiny.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-picture-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}

const tiny = written("tiny.vlmo", tinySpec);
const wider = written("wider.vlmo", tinySpec.replace(/width: \d+/, "width: 64"));
const broken = written("broken.vlmo", tinySpec.replace(/width: \d+/, "width: -1"));

describe("the page of a specification", () => {
  it("has a picture, and the files that it was read from", () => {
    const importing = written(
      "importing.vlmo",
      `vlmo 1\n\nimport { Tiny } from "./tiny.vlmo"\n\nmodel Other extends Tiny { layers: 3 }\n`,
    );
    const { title, body, diagnostics, watched } = specificationPage([importing]);
    expect([title, diagnostics]).toEqual(["importing.vlmo", null]);
    expect(body?.text.includes('data-model="Other"')).toBe(true);
    expect(watched).toEqual([importing, tiny]);
  });

  it("has the output of `check` if there are mistakes, and also follows missing imports", () => {
    const missing = written(
      "missing.vlmo",
      `vlmo 1\n\nimport { Tiny } from "./later.vlmo"\n\nmodel Other extends Tiny { layers: 3 }\n`,
    );
    const { body, diagnostics, watched } = specificationPage([missing]);
    expect(body).toBeNull();
    expect(diagnostics).toMatch(/^error\[V\d+\].*later\.vlmo/);
    expect(watched).toEqual([missing, at("later.vlmo")]);
  });

  it("shows failed expectations beside the picture", () => {
    const wrong = written("wrong.vlmo", `${tinySpec}\nexpect "many layers" { parameters(Tiny) == 1 }\n`);
    const { body, diagnostics } = specificationPage([wrong]);
    expect(body).not.toBeNull();
    expect(diagnostics).toMatch(/^error\[V\d+\]/);
  });

  it("of two specifications has both pictures, or none if one has mistakes", () => {
    const both = specificationPage([tiny, wider]);
    expect([both.title, both.diagnostics]).toEqual(["tiny.vlmo and wider.vlmo", null]);
    expect(both.body?.text.match(/data-model="Tiny"/g)?.length).toBe(2);
    const { body, diagnostics } = specificationPage([tiny, broken]);
    expect(body).toBeNull();
    expect(diagnostics).toContain("broken.vlmo:");
  });
});

describe("--svg", () => {
  it("writes a picture to stdout, or to a file", async () => {
    const { exit, stdout } = await inProcess(["view", tiny, "--svg"]);
    expect([exit, stdout.slice(0, 5), stdout.trimEnd().endsWith("</svg>")]).toEqual([0, "<svg ", true]);
    expect(await inProcess(["view", tiny, "--svg", "--out", at("tiny.svg")])).toMatchObject({ exit: 0, stderr: "" });
    expect(readFileSync(at("tiny.svg"), "utf8")).toBe(stdout);
  });

  it.each([
    { args: [tiny, wider, "--svg"], exit: 2, said: "--svg is of one specification" },
    { args: [tiny, "--svg", "--export", at("page.html")], exit: 2, said: "--svg writes no page" },
    { args: [tiny, "--out", at("tiny.svg")], exit: 2, said: "--out is of --svg" },
    { args: [broken, "--svg", "--out", at("broken.svg")], exit: 1, said: "broken.vlmo:" },
    {
      args: [written("data.vlmo", "vlmo 1\n\ndata some: images { format: shapes, seed: 1 }\n"), "--svg"],
      exit: 1,
      said: "the file declares no model",
    },
    { args: [tiny, "--svg", "--out", at("no/such/folder.svg")], exit: 1, said: "no/such" },
  ])("refuses $said", async ({ args, exit, said }) => {
    const heard = await inProcess(["view", ...args]);
    expect(heard.exit).toBe(exit);
    expect(heard.stderr).toContain(said);
    expect([existsSync(at("broken.svg")), existsSync(at("page.html"))]).toEqual([false, false]);
  });
});

describe("build --emit model-explorer", () => {
  const build = ["build", tiny, "--stage", "first", "--program", "forward", "--emit", "model-explorer"];

  it("writes a graph to stdout", async () => {
    const { exit, stdout } = await inProcess(build);
    expect([exit, Object.keys(JSON.parse(stdout))]).toEqual([0, ["label", "graphs"]]);
  });

  it("writes to a file, with a second file of node data", async () => {
    const { exit, stdout } = await inProcess([...build, "-o", at("forward.json"), "--json"]);
    expect(exit).toBe(0);
    const { output, beside } = JSON.parse(stdout);
    expect(output).toBe(at("forward.json"));
    const names = ["flops", "bytes", "parameters"].map((name) => at(`forward.${name}.json`));
    expect(beside.map((each: { readonly output: string }) => each.output)).toEqual(names);
    const graph = JSON.parse(readFileSync(at("forward.json"), "utf8")).graphs[0].id;
    for (const name of names) expect(Object.keys(JSON.parse(readFileSync(name, "utf8")))).toEqual([graph]);
  });
});
