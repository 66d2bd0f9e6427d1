// Generated files: they are checked in linear time, with a readable answer. Their sizes are those at which quadratic time,
// or a call with as many arguments, shows.
import { expect, test } from "vitest";
import { checkSpec, showDeclaration, showFile, showText, type FileAccess } from "../../../compiler/index.js";
import { example } from "../../../compiler/codes/example.js";
import { createSource, formatSource, parse, renderAll } from "../../../grammar/index.js";
import { oneOf } from "../../support/long.js";
import { check, codesOf } from "./check.js";

const rows = (count: number, row: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => row(i)).join("\n");

const file = (text: string): FileAccess => ({ read: () => text, resolvePath: (_, to) => to });

test("a thousand experts in one layer are reported once each; twenty are shown and the rest counted", () => {
  const experts = rows(1000, (i) => `    more${i}: ffn(image) on all`);
  const { diagnostics } = check(
    example(["    vision: ffn(image) on all", `    vision: ffn(image) on all\n${experts}`]),
  );
  expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set(["V305"]));
  expect(diagnostics).toHaveLength(1000);
  const told = renderAll(diagnostics);
  expect(told.match(/^error\[V305\]/gm)).toHaveLength(20);
  expect(told).toMatch(/\n\nand 980 more V305 in main\.vlmo, 1000 in all$/);
});

test("further places of one message are counted too", () => {
  const sets = rows(500, (i) => `data few${i}: pairs { format: shapes, items: 1 }`);
  const names = rows(500, (i) => `few${i},`);
  const text = `${example(["data: world", `data: [${names}]`], ["batch: 32\n  steps: 1000\n  optimizer: adamw(lr: 1e-3)\n}\n\neval", "batch: 3200\n  steps: 1000\n  optimizer: adamw(lr: 1e-3)\n}\n\neval"])}\n${sets}`;
  const { diagnostics } = check(text);
  expect(codesOf({ diagnostics, spec: null, expectations: [], tests: [] })).toEqual(["V525"]);
  expect(renderAll(diagnostics)).toContain("= and 492 more places");
});

test("a thousand misspelt names among a thousand declarations are all reported", () => {
  const heads = rows(1000, (i) => `head name_${i}_of_many_heads: masked_tokens(pair.text)`);
  const uses = rows(
    1000,
    (i) =>
      `stage use${i} from fusion { data: world, learn: nmae_${i}_of_mnay_heads, batch: 8, steps: 1, optimizer: adamw(lr: 1) }`,
  );
  const { diagnostics } = check(`${example()}\n${heads}\n${uses}`);
  const unknown = diagnostics.filter(({ code }) => code === "V106");
  expect(unknown).toHaveLength(1000);
  expect(unknown[17]?.help).toBe("did you mean `name_17_of_many_heads`?");
}, 20_000);

test.each(
  oneOf(2, [
    ["from the first to the last", (i: number) => i],
    ["from the last to the first", (i: number) => 9999 - i],
  ] as const),
)(
  "a chain of ten thousand parents, declared %s, is refused in few messages and can be shown",
  (_, at) => {
    const text = `${example(['import { shapes_text } from "./data.vlmo"\n\n', ""], ["data: shapes_text", "data: world"])}\n${rows(
      10_000,
      (i) => {
        const n = at(i);
        return `model M${n} extends ${n === 0 ? "Small" : `M${n - 1}`} { layers: ${1 + (n % 3)} }`;
      },
    )}`;
    const { diagnostics } = checkSpec("main.vlmo", file(text));
    expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set(["V113"]));
    expect(diagnostics.length).toBeLessThan(60);
    const { shown } = showDeclaration("main.vlmo", "M9999", file(text));
    if (shown === null) throw new Error("nothing is shown");
    expect(shown.extends.length).toBeLessThanOrEqual(200);
    expect(showText(shown, { origins: true }).length).toBeLessThan(5000);
  },
  20_000,
);

test("a chain of ten thousand params is refused and can be shown", () => {
  const text = `vlmo 1\n${rows(10_000, (i) => `param p${i}: count = ${i === 0 ? "1" : `p${i - 1} + 1`}`)}\n`;
  expect(codesOf(check(text)).slice(0, 1)).toEqual(["V113"]);
  const texts = (showFile("main.vlmo", file(text)) ?? []).map((shown) => showText(shown, { origins: true }));
  expect(texts).toHaveLength(10_000);
  expect(texts[100]).toContain("and 90 before");
}, 30_000);

test("a path of a hundred thousand names is refused as nested too deep", () => {
  const path = rows(100_000, () => "a").replaceAll("\n", ".");
  for (const text of [`vlmo 1\nstage s { ${path}: 3 }\n`, `vlmo 1\nparam p = ${path}\n`])
    expect(codesOf(check(text))).toEqual(["V026"]);
});

test.each([100, 101])("a name of %d characters is accepted up to 100", (length) => {
  const name = "s".repeat(length);
  const { diagnostics } = check(example(["stage fusion", `stage ${name}`], ["using fusion", `using ${name}`]));
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual(
    length <= 100
      ? []
      : [`V118 no stage can be called \`${"s".repeat(20)}…\`: it has 101 characters, and a name may have 100`],
  );
});

test.each(
  oneOf(3, [
    ["declarations", rows(100_000, (i) => `param p${i} = ${i}`)],
    ["comments above a declaration", `${rows(100_000, () => "// c")}\nparam a = 1`],
    ["entries of a block", `model M {\n${rows(100_000, (i) => `  a${i}: ${i}`)}\n}`],
    ["elements of a list", `param a = [\n${rows(100_000, (i) => `  ${i},`)}\n]`],
    ["arguments of a call", `param a = f(\n${rows(100_000, (i) => `  a${i}: ${i},`)}\n)`],
    ["names of an import", `import {\n${rows(100_000, (i) => `  a${i},`)}\n} from "./x.vlmo"`],
    ["comments in a block", `model M {\n${rows(100_000, () => "  // c")}\n}`],
  ] as const),
)(
  "a hundred thousand %s are formatted",
  (_, body) => {
    const text = `vlmo 1\n\n${body}\n`;
    expect(formatSource(createSource("a.vlmo", text)).text).toBe(text);
  },
  30_000,
);

test.each(
  oneOf(2, [
    ["unclosed block comments", "/* c\n"],
    ["comments of other languages", "# c\n"],
    ["unclosed strings", '"a\n'],
    ["invalid characters", "$ "],
    ["opening braces", "model a {"],
    ["minus signs", "-"],
  ] as const),
)(
  "fifty thousand %s are parsed",
  (_, piece) => {
    expect(parse(createSource("a.vlmo", `vlmo 1\n${piece.repeat(50_000)}\n`)).diagnostics.length).toBeGreaterThan(0);
  },
  20_000,
);
