// Pages and files of pictures: of every shipped specification, of two beside each other, and those that the docs show.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { comparisonOf, pictureOf, stillOf } from "../../../view/index.js";
import { isLong } from "../../support/long.js";
import { specOf } from "../../support/specs.js";

const specs = readdirSync("specs", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".vlmo"))
  .map((name) => `specs/${name}`)
  .toSorted();

/** One of each kind; the others have the same parts. */
const quick = [
  "quickstart",
  "vlmo-large",
  "finetune/ade20k",
  "ablations/separate-attention",
  "examples/visual-tokens",
  "examples/captioning",
].map((name) => `specs/${name}.vlmo`);
const files = isLong ? specs : quick;

/** What a page says differs: `layers: 12 → 24`. */
function changes(markup: string): string[] {
  const rows = [...markup.matchAll(/<dt>([^<]*)<\/dt>\s*<dd>([^<]*→[^<]*)<\/dd>/g)];
  return rows.map(([, what, said]) => `${what}: ${said}`);
}

const attributes = (markup: string, name: string): string[] =>
  [...markup.matchAll(new RegExp(` data-${name}="([^"]*)"`, "g"))].map(([, value = ""]) => value);

test.each(files)("%s: every model, stage and learnt head is shown, by numbers that are numbers", (file) => {
  const spec = specOf(file);
  const page = pictureOf(spec).text;
  const learnt = [...spec.stages.values()].flatMap(({ learn }) => learn.map(({ head }) => head.name));
  expect(attributes(page, "model")).toEqual([...spec.models.keys()]);
  expect(attributes(page, "stage").toSorted()).toEqual([...spec.stages.keys()].toSorted());
  expect(new Set(attributes(page, "head"))).toEqual(new Set(learnt));
  for (const text of [page, stillOf(spec)]) expect(text.match(/NaN|undefined|Infinity|null|\[object/)).toBeNull();
  expect(page.match(/ style="| src="|url\(/)).toBeNull();
});

describe("two specifications", () => {
  const base = specOf("specs/vlmo-base.vlmo");
  const large = specOf("specs/vlmo-large.vlmo");

  it("stand beside each other in pairs, with what differs between them, marked in both", () => {
    const page = comparisonOf({ title: "base", spec: base }, { title: "large", spec: large }).text;
    expect(attributes(page, "pair")).toEqual(["model", "stage", "stage", "stage"]);
    expect(changes(page).slice(0, 3)).toEqual(["layers: 12 → 24", "width: 768 → 1024", "attention.heads: 12 → 16"]);
    // Layers 11 and 12 hold fusion on one side alone; of the other, 13 to 24 are more.
    expect(page.match(/class="differs-bar"/g)?.length).toBe(2 + 14);
    expect(page.match(/class="card stage differs"/g)?.length).toBe(6);
  });

  it("of one meaning say so, and nothing is marked", () => {
    const page = comparisonOf(
      { title: "one", spec: base },
      { title: "other", spec: specOf("specs/vlmo-base.vlmo") },
    ).text;
    expect(page.includes("no difference in meaning")).toBe(true);
    expect(page.match(/differs-bar|stage differs|soft differs|outline differs/)).toBeNull();
  });

  it("mark heads and attention that differ, and say what only one of them has", () => {
    const apart = specOf("specs/ablations/separate-attention.vlmo");
    const page = comparisonOf({ title: "base", spec: base }, { title: "apart", spec: apart }).text;
    expect(changes(page)[0]).toBe("attention.share: all → none");
    expect(page.includes('class="soft differs"')).toBe(true);
    expect(page.includes("only in base")).toBe(true);
    expect(page.includes("nothing like it")).toBe(true);
  });
});

test.each(["quickstart", "vlmo-base", "vlmo-large"])("docs/pictures/%s.svg is what `npm run docs` draws", (name) => {
  expect(readFileSync(`docs/pictures/${name}.svg`, "utf8")).toBe(stillOf(specOf(`specs/${name}.vlmo`)));
});
