// Pages and files of pictures: for every shipped specification, for two side by side, and those of the docs.
import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { comparisonOf, pictureOf, stillOf } from "../../../view/index.js";
import { specOf } from "../../support/specs.js";
import { shipped } from "./shipped.js";

/** The differences listed on a page: `layers: 12 → 24`. */
function changes(markup: string): string[] {
  const rows = [...markup.matchAll(/<dt>([^<]*)<\/dt>\s*<dd>([^<]*→[^<]*)<\/dd>/g)];
  return rows.map(([, what, said]) => `${what}: ${said}`);
}

const attributes = (markup: string, name: string): string[] =>
  [...markup.matchAll(new RegExp(` data-${name}="([^"]*)"`, "g"))].map(([, value = ""]) => value);

test.each(shipped)("%s: every model, stage and trained head is shown, without NaN", (file) => {
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

  it("are shown side by side with their differences, marked in both", () => {
    const page = comparisonOf({ title: "base", spec: base }, { title: "large", spec: large }).text;
    expect(attributes(page, "pair")).toEqual(["model", "stage", "stage", "stage"]);
    expect(changes(page).slice(0, 3)).toEqual(["layers: 12 → 24", "width: 768 → 1024", "attention.heads: 12 → 16"]);
    // Layers 11 and 12 have fusion on one side only; layers 13 to 24 exist on the other only.
    expect(page.match(/class="differs-bar"/g)?.length).toBe(2 + 14);
    expect(page.match(/class="card stage differs"/g)?.length).toBe(6);
  });

  it("of equal meaning are reported as such, with nothing marked", () => {
    const page = comparisonOf(
      { title: "one", spec: base },
      { title: "other", spec: specOf("specs/vlmo-base.vlmo") },
    ).text;
    expect(page.includes("no difference in meaning")).toBe(true);
    expect(page.match(/differs-bar|stage differs|soft differs|outline differs/)).toBeNull();
  });

  it("have differing heads and attention marked, and list what only one of them has", () => {
    const apart = specOf("specs/ablations/separate-attention.vlmo");
    const page = comparisonOf({ title: "base", spec: base }, { title: "apart", spec: apart }).text;
    expect(changes(page)[0]).toBe("attention.share: all → none");
    expect(page.includes('class="soft differs"')).toBe(true);
    expect(page.includes("only in base")).toBe(true);
    expect(page.includes("nothing like it")).toBe(true);
  });
});

test.each(["quickstart", "vlmo-base", "vlmo-large"])(
  "docs/pictures/%s.svg is up to date with `npm run docs`",
  (name) => {
    expect(readFileSync(`docs/pictures/${name}.svg`, "utf8")).toBe(stillOf(specOf(`specs/${name}.vlmo`)));
  },
);
