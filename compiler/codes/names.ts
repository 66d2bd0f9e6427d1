// V1xx: imports, names, `extends`, params. One entry per code, with its page and two example specs.
import { text, type Catalogue } from "../../grammar/index.js";
import { example, exampleAnd } from "./example.js";

/** A chain of params, each using the one before. */
const chain = (length: number): string =>
  `param p0: count = 1\n${Array.from({ length }, (_, i) => `param p${i + 1}: count = p${i}\n`)
    .toReversed()
    .join("")}model Long extends Small { layers: p${length} }`;

/** V1xx, by code. */
export const nameCodes = {
  V101: {
    severity: "error",
    message: text`cannot read \`${"path"}\``,
    explain: "The file of an `import` is looked for beside the file that imports it. It must exist and be readable.",
    wrong: example(["./data.vlmo", "./datas.vlmo"]),
    right: example(),
  },
  V102: {
    severity: "error",
    message: text`the imports form a cycle: ${"cycle"}`,
    help: "move what both need into a third file",
    explain: "A file may not import itself, directly or through others. Move what both need into a third file.",
    wrong: example(["./data.vlmo", "./example.vlmo"]),
    right: example(),
  },
  V103: {
    severity: "error",
    message: text`\`${"name"}\` is declared twice`,
    explain: "Every name of a file, imported ones included, stands for one thing.",
    wrong: exampleAnd("data world: images { format: shapes, seed: 2 }"),
    right: exampleAnd("data other_world: images { format: shapes, seed: 2 }"),
  },
  V104: {
    severity: "warning",
    message: text`\`${"name"}\` is imported and not used`,
    explain:
      "An import that nothing uses is a left-over, or a sign that another name was meant. A param may be imported for `--set` alone.",
    wrong: example(["data: shapes_text", "data: world"]),
    right: example(),
  },
  V105: {
    severity: "error",
    message: text`\`${"path"}\` has no \`${"name"}\``,
    explain: "An `import` takes names that the file itself declares; what that file imports is not re-exported.",
    wrong: example(["import { shapes_text }", "import { shape_text }"], ["data: shapes_text", "data: shape_text"]),
    right: example(),
  },
  V106: {
    severity: "error",
    message: text`there is no ${"wanted"} \`${"name"}\``,
    explain: "A name must be declared in this file or imported. The order of declarations does not matter.",
    wrong: example(["learn: itc + itm", "learn: itc + itn"]),
    right: example(),
  },
  V107: {
    severity: "error",
    message: text`\`${"name"}\` is a ${"found"}, and a ${"wanted"} belongs here`,
    explain: "Models, heads, data and stages cannot stand in for one another.",
    wrong: example(["learn: itc + itm", "learn: itc + world"]),
    right: example(),
  },
  V108: {
    severity: "error",
    message: text`\`${"name"}\` extends itself: ${"cycle"}`,
    help: "let it extend another one, or none",
    explain: "`extends` copies from a parent, which must be complete without its children.",
    wrong: example(["model Small {", "model Small extends Small {"]),
    right: example(),
  },
  V109: {
    severity: "error",
    message: text`${"kind"} \`${"name"}\` cannot extend ${"other"} \`${"parent"}\``,
    help: "extend one of its own kind, or write it without `extends`",
    explain: "A declaration extends one of its own kind.",
    wrong: exampleAnd("model Large extends world { layers: 8 }"),
    right: exampleAnd("model Large extends Small { layers: 8 }"),
  },
  V110: {
    severity: "error",
    message: text`there is no param \`${"name"}\` to set`,
    explain:
      "`--set name=value` replaces the value of a `param` of the file, or of a file that it imports; `--set stage.key=value` that of a key of a block.",
    // Options are written as a comment of this form, here and in the fixtures.
    wrong: exampleAnd("// --set wdie=256\nparam wide: count = 128\nmodel Wide extends Small { width: wide }"),
    right: exampleAnd("// --set wide=256\nparam wide: count = 128\nmodel Wide extends Small { width: wide }"),
  },
  V111: {
    severity: "error",
    message: text`param \`${"name"}\` stands for itself: ${"cycle"}`,
    help: "give one of them a value",
    explain: "The value of a `param` may use other params, in any order, as long as they end in values.",
    wrong: exampleAnd("param one: count = two\nparam two: count = one"),
    right: exampleAnd("param one: count = two\nparam two: count = 2\nmodel Wide extends Small { layers: one }"),
  },
  V112: {
    severity: "error",
    message: text`a model named \`${"name"}\` has no expert \`${"expert"}\` to place`,
    explain: "`name: on …` moves an expert that the model, or the one it extends, already has.",
    wrong: example(["fusion: on none", "fusoin: on none"]),
    right: example(),
  },
  V113: {
    severity: "error",
    message: text`\`${"name"}\` ends a chain of more than ${"deepest"} others`,
    help: "shorten the chain",
    explain:
      "Files import files, params use params, stages and models build on others: the length of such chains is limited, so that checking always ends. No specification written by hand comes near it.",
    wrong: example() + chain(300),
    right: example() + chain(100),
  },
  V114: {
    severity: "warning",
    message: text`param \`${"name"}\` is not used`,
    help: "use it in a value, or remove it",
    explain:
      "Setting it would change nothing. Use it in a value, or remove it. Params of a file that holds nothing else are for others to import, and not reported.",
    wrong: exampleAnd("param wide: count = 128"),
    right: exampleAnd("param wide: count = 128\nmodel Wide extends Small { width: wide }"),
  },
  V115: {
    severity: "error",
    message: text`\`${"name"}\` is set twice`,
    help: "keep one of the two",
    explain: "Of two `--set` options for one param or key, which one holds would depend on their order.",
    wrong: exampleAnd(
      "// --set wide=256\n// --set wide=512\nparam wide: count = 128\nmodel Wide extends Small { width: wide }",
    ),
    right: exampleAnd("// --set wide=256\nparam wide: count = 128\nmodel Wide extends Small { width: wide }"),
  },
  V116: {
    severity: "error",
    message: text`more than one imported file declares \`${"name"}\``,
    explain:
      "`--set` replaces a param, or a key of a block, that the file declares or imports, and otherwise one of the files that those import. If several of those have one of this name, it is ambiguous.",
    wrong: exampleAnd(
      '// --set world_seed=7\nimport { unseen } from "./unseen.vlmo"\nevaluate others on unseen using fusion { recall(1) }',
    ),
    right: exampleAnd(
      '// --set world_seed=7\nimport { unseen, world_seed } from "./unseen.vlmo"\nevaluate others on unseen using fusion { recall(1) }',
    ),
  },
  V117: {
    severity: "error",
    message: text`this option sets more than one thing`,
    explain: "`--set` is repeated: one `name=value` for each.",
    wrong: exampleAnd(
      "// --set wide=256,deep=2\nparam wide: count = 128\nparam deep: count = 4\nmodel Wide extends Small { width: wide, layers: deep }",
    ),
    right: exampleAnd(
      "// --set wide=256\n// --set deep=2\nparam wide: count = 128\nparam deep: count = 4\nmodel Wide extends Small { width: wide, layers: deep }",
    ),
  },
  V118: {
    severity: "error",
    message: text`no ${"what"} can be called \`${"name"}\`: ${"reason"}`,
    explain:
      "Losses of a program and measurements of a test are named after heads, next to a few reserved names, which would be ambiguous. No declaration may have a name of more than 100 characters, since names of stages and evaluations are part of file names.",
    wrong: exampleAnd("head total: masked_tokens(pair.text)"),
    right: exampleAnd("head total_head: masked_tokens(pair.text)"),
  },
} as const satisfies Catalogue;
