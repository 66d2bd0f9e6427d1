// The extension's files: valid snippets, indentation rules, the lookup of the `vlmo` command, and menu commands.
import { posix, win32 } from "node:path";
import { describe, expect, test } from "vitest";
import { checkSpec } from "../../../compiler/front-end.js";
import { fileCommands } from "../../../editor/vscode/commands.js";
import { languageConfiguration } from "../../../editor/vscode/language-configuration.js";
import { installedProgram, namedProgram } from "../../../editor/vscode/program.js";
import { snippets } from "../../../editor/vscode/snippets.js";
import { createSource, formatSource } from "../../../grammar/index.js";
import { exits } from "../../../runtime/cli/failure.js";
import { createProgram } from "../../../runtime/cli/program.js";
import { listen, surroundings } from "../../runtime/cli/in-process.js";

/** Declarations that snippets refer to. */
const around = `vlmo 1

model Small {
  layers: 4
  width: 96
  attention { heads: 3, position: absolute(image, text) }
  layer_scale: none
  image { size: 48px, patch: 16px }
  text { tokenizer: wordpiece(vocabulary: 200), length: 32 }
  experts {
    vision: ffn(image, ratio: 4) on all
    language: ffn(text, ratio: 4) on all
    fusion: ffn(pair, ratio: 4) on top 2
  }
}

data scenes: images { format: shapes }
data labelled: labelled_images { format: shapes }
data sentences: texts { format: shapes }
data pairs: pairs { format: shapes }

head patches: masked_patches(image.patches) { mask: random(40%), targets: pixels }
head labels: classify(image.cls) { classes: 28 }
head words: masked_tokens(text.tokens) { mask: 15% }
head contrast: contrastive(image.cls, text.cls) { temperature: 0.07 }

stage vision { model: Small, data: scenes, learn: patches, batch: 8, steps: 40, optimizer: adamw(lr: 1e-3) }
stage fusion from vision { model: Small, data: pairs, learn: contrast, batch: 8, steps: 40, optimizer: adamw(lr: 1e-3) }
`;

const choice = /\$\{\d+\|([^|]*)\|\}/;

/** A snippet with every placeholder replaced by its default; one text for each choice. */
function expanded(text: string): string[] {
  const [whole, choices] = choice.exec(text) ?? [];
  if (whole !== undefined)
    return (choices ?? "").split(",").flatMap((each) => expanded(text.replace(whole, () => each)));
  return [text.replace(/\$\{\d+:([^}]*)\}/g, "$1").replace("$0", "")];
}

/** The checker's messages for a text, without those about unused declarations. */
function said(text: string): string[] {
  const files = { read: (path: string) => (path === "a.vlmo" ? text : null), resolvePath: posix.join };
  return checkSpec("a.vlmo", files)
    .diagnostics.filter(({ severity }) => severity === "error")
    .map(({ code, message }) => `${code} ${message}`);
}

describe("every snippet is valid and formatted", () => {
  const rows = Object.entries(snippets).flatMap(([name, { body }]) =>
    expanded(body.join("\n")).map((text) => ({ name, text })),
  );

  test.each(rows)("$name", ({ text }) => {
    expect(text).not.toMatch(/\$/);
    const isWhole = text.startsWith("vlmo 1");
    expect(said(isWhole ? `${text}\n` : `${around}\n${text}\n`)).toEqual([]);
    const file = isWhole ? `${text}\n` : `vlmo 1\n\n${text}\n`;
    expect(formatSource(createSource("a.vlmo", file)).text).toBe(file);
  });

  test("each has a unique prefix", () => {
    const prefixes = Object.values(snippets).map(({ prefix }) => prefix);
    expect(new Set(prefixes).size).toBe(prefixes.length);
  });
});

describe("indentation", () => {
  const { increaseIndentPattern, decreaseIndentPattern } = languageConfiguration.indentationRules;

  test.each([
    ["model A {", true],
    ["  attention { heads: 2 }", false],
    ["  boxes: [", true],
    ["  optimizer: adamw(  // why", true],
    ['  files: "a { b"', false],
    ["  // model A {", false],
    ["  layers: 4", false],
    ["  with { text {", true],
  ])("after `%s`: %s", (line, deeper) => {
    expect(new RegExp(increaseIndentPattern).test(line)).toBe(deeper);
  });

  test.each([
    ["}", true],
    ["  ], part: 3", true],
    ["  layers: 4", false],
  ])("at `%s`: %s", (line, back) => {
    expect(new RegExp(decreaseIndentPattern).test(line)).toBe(back);
  });

  test("Enter continues a `///` comment", () => {
    const [docs, plain] = languageConfiguration.onEnterRules;
    expect(
      ["/// a", "  /// a", "// a", "//// a", "a // b"].map((line) =>
        [docs, plain].findIndex(({ beforeText }) => new RegExp(beforeText).test(line)),
      ),
    ).toEqual([0, 0, 1, -1, -1]);
  });
});

describe("`vlmo` is found", () => {
  const searched = (files: readonly string[], folders: readonly string[] = ["/work"], isWindows = false) => ({
    folders,
    searchPath: isWindows ? "C:\\other;C:\\npm" : "/bin::/usr/bin",
    isWindows,
    exists: (path: string) => files.includes(path),
  });
  const bundle = "node_modules/vlmo/dist/bundle/main.js";
  const onWindows = win32.join("C:\\npm", bundle);

  test.each([
    ["in the workspace folder", searched([`/work/${bundle}`, "/usr/bin/vlmo"]), ["node", `/work/${bundle}`]],
    ["on the search path", searched(["/usr/bin/vlmo"]), ["/usr/bin/vlmo"]],
    ["not in an untrusted folder", searched([`/work/${bundle}`], []), null],
    ["in npm's global folder on Windows", searched([onWindows], [], true), ["node", onWindows]],
    ["nowhere", searched([]), null],
  ])("%s", (_, around, line) => {
    const found = installedProgram(around);
    expect(found === null ? null : [found.command, ...found.args]).toEqual(line);
  });

  test.each([
    ["a program", "/opt/vlmo", ["/opt/vlmo"]],
    ["a script", "/opt/main.js", ["node", "/opt/main.js"]],
    ["a path in the workspace folder", "tools/main.cjs", ["node", "/work/tools/main.cjs"]],
    ["a command on the search path", "vlmo-dev", ["/usr/bin/vlmo-dev"]],
    ["nothing", "/opt/other", null],
  ])("by the setting: %s", (_, name, line) => {
    const files = ["/opt/vlmo", "/opt/main.js", "/work/tools/main.cjs", "/usr/bin/vlmo-dev"];
    const found = namedProgram(name, searched(files));
    expect(found === null ? null : [found.command, ...found.args]).toEqual(line);
  });
});

test("the commands offered for a file are commands of the command line, with valid options", () => {
  const { text, session } = listen([]);
  const { commands } = createProgram({ session, exit: exits.fine }, surroundings(text, {}));
  for (const [name, { options }] of Object.entries(fileCommands)) {
    const command = commands.find((each) => each.name() === name);
    expect([name, command?.options.map(({ long }) => long)]).toEqual([name, expect.arrayContaining([...options])]);
  }
});
