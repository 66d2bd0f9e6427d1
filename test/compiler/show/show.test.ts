// `vlmo show`: declarations with everything they inherit, as golden files.
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { checkSpec, showDeclaration, showText, type FileAccess, type Shown } from "../../../compiler/index.js";
import { createSource, formatSource, parse } from "../../../grammar/index.js";

const root = join(import.meta.dirname, "../../..");
const fixtures = join(root, "test/fixtures/show");

/** Files of one folder, named relative to it. */
function folder(path: string): FileAccess {
  return {
    read: (file) => {
      try {
        return readFileSync(join(path, file), "utf8");
      } catch {
        return null;
      }
    },
    resolvePath: (from, to) => posix.join(posix.dirname(from), to),
  };
}

function shown(file: string, name: string, set: readonly string[] = []): Shown {
  const result = showDeclaration(file, name, { ...folder(fixtures), set: set.map((text) => ({ text })) });
  if (result.shown === null) throw new Error(`no ${name} among ${result.names.join(", ")}`);
  return result.shown;
}

test.each(["base.vlmo", "child.vlmo"])("the fixture %s has no diagnostics", (file) => {
  expect(checkSpec(file, folder(fixtures)).diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
});

describe("origins", () => {
  test.each([
    { title: "params and defaults", file: "base.vlmo", name: "Small" },
    { title: "two parents, a moved expert", file: "child.vlmo", name: "Large" },
    { title: "a merged section", file: "child.vlmo", name: "held_out" },
    { title: "comments inside values", file: "base.vlmo", name: "pairs" },
    { title: "epochs over steps, train over freeze", file: "child.vlmo", name: "tuned" },
    { title: "a head", file: "base.vlmo", name: "itm" },
    { title: "inherited clauses", file: "child.vlmo", name: "wider" },
    { title: "single arguments changed", file: "child.vlmo", name: "slower" },
    { title: "single arguments of experts changed", file: "child.vlmo", name: "Slim" },
    { title: "a param computed from another", file: "base.vlmo", name: "wider" },
  ])("of $name: $title", async ({ file, name }) => {
    const text = showText(shown(file, name), { origins: true });
    await expect(text).toMatchFileSnapshot(join(fixtures, `${file.replace(".vlmo", "")}.${name}.txt`));
  });

  test("show values replaced by `--set`", () => {
    const lines = showText(shown("child.vlmo", "Large", ["wide=128", "fused=3"]), { origins: true }).split("\n");
    const having = (text: string) => lines.find((line) => line.includes(text))?.replace(/ {2,}/g, "  ");
    expect(having("width:")).toBe(
      "  width: 128  // base.vlmo:10 (Small); param wide = 128 from --set, over 64 from base.vlmo:3",
    );
    expect(having("language:")).toMatch(/language: ffn\(text, ratio: 4\) on all +\/\/.* param wider = 256 from base/);
    expect(having("fusion:")).toMatch(/on top 3 \+ layers 1 +\/\/ .* param fused = 3 from --set, over 2 from child/);
  });
});

test("without origins only the declaration's own comments are printed", () => {
  expect(showText(shown("child.vlmo", "longer"), { origins: false })).toBe(`stage longer {
  model: Small
  data: world
  learn: itc + itm
  freeze: norm1
  batch: 32
  cached: false
  mean: batch
  gather_gradient: global
  epochs: 3
  optimizer: adamw(lr: 1e-3)
  schedule: linear(warmup: 0 steps, end: 0)
  seed: 0
}
`);
});

test("an unknown name is reported with the existing ones", () => {
  expect(showDeclaration("child.vlmo", "Lagre", folder(fixtures))).toEqual({
    shown: null,
    names: [
      "fused",
      "Middle",
      "Large",
      "held_out",
      "longer",
      "tuned",
      "wider",
      "slower",
      "Slim",
      "Small",
      "records",
      "pairs",
      "retrieval",
    ],
  });
});

test("a declaration with errors is shown as far as it can be parsed", () => {
  const files = { "a.vlmo": "vlmo 1\nmodel A extends Nowhere { layers: , width: 12pt, attention { heads: no + } }\n" };
  const { shown: found } = showDeclaration("a.vlmo", "A", {
    read: (file) => (file === "a.vlmo" ? files[file] : null),
    resolvePath: (_, to) => to,
  });
  expect(found === null ? "" : showText(found, { origins: true })).toContain("// default");
});

test("a chain of params that double each other is shown without delay", () => {
  const chain = Array.from({ length: 60 }, (_, i) => `param p${i + 1}: name = p${i} + p${i}`).join("\n");
  const text = `vlmo 1\nparam p0: name = itc\n${chain}\nstage s { learn: p60 }\n`;
  const { shown: found } = showDeclaration("a.vlmo", "s", { read: () => text, resolvePath: (_, to) => to });
  const value = found?.body?.find(({ key }) => key === "learn");
  expect(value).toMatchObject({ kind: "value", key: "learn" });
  expect(JSON.stringify(value).length).toBeLessThan(50_000);
});

const specs = join(root, "specs");

describe.each(readdirSync(specs).filter((name) => name.endsWith(".vlmo")))("every declaration of %s", (file) => {
  const source = createSource(file, readFileSync(join(specs, file), "utf8"));
  const names = parse(source).file.declarations.flatMap((node) => ("name" in node ? [node.name.text] : []));

  test.each(names)("%s is shown as canonical text", (name) => {
    const { shown: found } = showDeclaration(file, name, folder(specs));
    const text = found === null ? "" : showText(found, { origins: false });
    expect(formatSource(createSource("shown.vlmo", `vlmo 1\n\n${text}`))).toEqual({
      text: `vlmo 1\n\n${text}`,
      diagnostics: [],
    });
  });
});
