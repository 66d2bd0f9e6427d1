// The catalogue of the parser: codes V0xx. One entry per code, with its page and two example specs.
import { createReporter, text } from "./diagnostic.js";

/** By code. Messages have typed placeholders: `createReporter` rejects a diagnostic that leaves one open. */
export const grammarCodes = {
  V001: {
    severity: "error",
    message: text`unexpected \`${"found"}\``,
    help: "leave it out; it may stand in a string or a comment",
    explain: `This character has no meaning in a \`.vlmo\` file. Outside of strings and comments a file holds names, numbers,
strings and the marks \`{ } ( ) [ ] : , . .. ; = == != < <= > >= ± + - * /\`.`,
    wrong: `vlmo 1\nmodel Small { width: 64$ }\n`,
    right: `vlmo 1\nmodel Small { width: 64 }\n`,
  },
  V002: {
    severity: "error",
    message: text`this string has no end`,
    explain: `A string begins and ends with \`"\` on one line. A quote inside is written \`\\"\`, a line break \`\\n\`.`,
    wrong: `vlmo 1\ndata notes: texts {\n  file: "notes.jsonl\n}\n`,
    right: `vlmo 1\ndata notes: texts {\n  file: "notes.jsonl"\n}\n`,
  },
  V003: {
    severity: "error",
    message: text`strings stand in double quotes`,
    explain: `There is one way to write a string: \`"…"\`.`,
    wrong: `vlmo 1\ndata notes: texts { file: 'notes.jsonl' }\n`,
    right: `vlmo 1\ndata notes: texts { file: "notes.jsonl" }\n`,
  },
  V004: {
    severity: "error",
    message: text`\`${"escape"}\` is not an escape`,
    explain: `A backslash in a string begins one of \`\\"\`, \`\\\\\`, \`\\n\`, \`\\r\`, \`\\t\` and \`\\u{1F600}\`. In paths use \`/\`, also on Windows.`,
    wrong: `vlmo 1\ndata notes: texts { file: "texts\\questions" }\n`,
    right: `vlmo 1\ndata notes: texts { file: "texts/questions" }\n`,
  },
  V005: {
    severity: "error",
    message: text`\`${"number"}\` is too large for a number`,
    help: "write a smaller number; the largest is about 1.8e308",
    explain: `Numbers are doubles: the largest is about 1.8e308.`,
    wrong: `vlmo 1\nparam scale = 1e999\n`,
    right: `vlmo 1\nparam scale = 1e99\n`,
  },
  V006: {
    severity: "error",
    message: text`\`${"unit"}\` is not a unit`,
    explain: `A number may end in \`k M B\` (thousand, million, billion), \`%\`, \`px\`, \`x\`, \`MiB GiB\` or \`s min h\`, without a blank,
or be followed by the word \`steps\` or \`epochs\`.`,
    wrong: `vlmo 1\nparam image_size = 224pt\n`,
    right: `vlmo 1\nparam image_size = 224px\n`,
  },
  V010: {
    severity: "error",
    message: text`the file does not begin with \`vlmo 1\``,
    explain: `The first line says which version of the language the file is written in, so that a later version can still read it. Files of another
kind (JSON, YAML, Python, a web page) are named as what they are.`,
    wrong: `model Small { width: 64 }\n`,
    right: `vlmo 1\n\nmodel Small { width: 64 }\n`,
  },
  V011: {
    severity: "error",
    message: text`version \`${"found"}\` of the language is not known`,
    explain: `This program reads version 1. A file of a later version needs a later program.`,
    wrong: `vlmo 2\nmodel Small { width: 64 }\n`,
    right: `vlmo 1\nmodel Small { width: 64 }\n`,
  },
  V020: {
    severity: "error",
    message: text`expected ${"wanted"}, found ${"found"}`,
    help: "`docs/language/grammar.md` has the form of every construct",
    explain: `Something else must stand here. \`docs/language/grammar.md\` has the form of every construct.`,
    wrong: `vlmo 1\nmodel Small extends { width: 64 }\n`,
    right: `vlmo 1\nmodel Small extends Base { width: 64 }\n`,
  },
  V021: {
    severity: "error",
    message: text`expected a value, found ${"found"}`,
    help: "write a number, a string, a name, a call such as `f(…)`, or a list `[…]`",
    explain: `A number, a string, \`true\` or \`false\`, a name, a call, a list or a calculation must stand here.`,
    wrong: `vlmo 1\nmodel Small {\n  layers:\n  width: 64\n}\n`,
    right: `vlmo 1\nmodel Small {\n  layers: 2\n  width: 64\n}\n`,
  },
  V022: {
    severity: "error",
    message: text`this \`${"opened"}\` is never closed`,
    explain: `Every bracket has a partner. Where one is missing, its place is guessed from the indentation, and reading goes on
as if it stood there.`,
    wrong: `vlmo 1\nmodel Small {\n  text { length: 40\n  width: 64\n}\n`,
    right: `vlmo 1\nmodel Small {\n  text { length: 40 }\n  width: 64\n}\n`,
  },
  V023: {
    severity: "error",
    message: text`this \`${"found"}\` does not fit`,
    explain: `A closing bracket closes the innermost open one, which must be of the same kind.`,
    wrong: `vlmo 1\nmodel Small { attention { bias: [query, value) } }\n`,
    right: `vlmo 1\nmodel Small { attention { bias: [query, value] } }\n`,
  },
  V024: {
    severity: "error",
    message: text`expected a line break or \`,\`, found ${"found"}`,
    help: "begin a new line, or write a `,` before it",
    explain: `Entries of a block are separated by line breaks or commas. In a \`test\`, \`;\` separates statements.
The \`(\` of a call stands on the line of its name.`,
    wrong: `vlmo 1\nmodel Small { layers: 2 width: 64 }\n`,
    right: `vlmo 1\nmodel Small { layers: 2, width: 64 }\n`,
  },
  V025: {
    severity: "error",
    message: text`\`${"found"}\` does not begin a declaration`,
    explain: `At the top of a file stand \`import\`, \`param\`, \`model\`, \`head\`, \`data\`, \`stage\`, \`finetune\`, \`evaluate\`, \`expect\` and \`test\`.`,
    wrong: `vlmo 1\nmodle Small { width: 64 }\n`,
    right: `vlmo 1\nmodel Small { width: 64 }\n`,
  },
  V026: {
    severity: "error",
    message: text`brackets, calculations and paths may be nested ${"deepest"} deep at most`,
    help: "give parts of it a name with `param`",
    explain: `What is nested deeper is not read. Give parts of it a name with \`param\`.`,
    wrong: `vlmo 1\nparam deep = ${"(".repeat(80)}1${")".repeat(80)}\n`,
    right: `vlmo 1\nparam deep = 1\n`,
  },
  V027: {
    severity: "error",
    message: text`${"found"} cannot be a key`,
    help: "write a name before the mark, as in `width: 64`",
    explain: `Before \`:\` and before \`{\` stands a name or a path such as \`experts.fusion\` or \`embed.type[3]\`.`,
    wrong: `vlmo 1\nmodel Small { "width": 64 }\n`,
    right: `vlmo 1\nmodel Small { width: 64 }\n`,
  },
  V028: {
    severity: "error",
    message: text`a ${"what"} is written with \`${"wanted"}\`, not \`${"found"}\``,
    explain: `Settings and named arguments are written \`key: value\`; only \`param\` has a \`=\` before its value, and comparisons a \`==\`.`,
    wrong: `vlmo 1\nmodel Small { width = 64 }\n`,
    right: `vlmo 1\nmodel Small { width: 64 }\n`,
  },
  V029: {
    severity: "error",
    message: text`an expectation needs a comparison`,
    help: "compare it with something, as in `loss.last < 1`",
    explain: `Each line of \`expect\` and \`test\` compares two values by \`==\`, \`!=\`, \`<\`, \`<=\`, \`>\`, \`>=\` or \`in\`.`,
    wrong: `vlmo 1\nexpect "size" { parameters(Small) }\n`,
    right: `vlmo 1\nexpect "size" { parameters(Small) < 2M }\n`,
  },
  V030: {
    severity: "error",
    message: text`\`{\` belongs on the line of what it opens`,
    explain: `A line break ends an entry, so a \`{\` on the next line would begin a new one.`,
    wrong: `vlmo 1\nmodel Small\n{\n  width: 64\n}\n`,
    right: `vlmo 1\nmodel Small {\n  width: 64\n}\n`,
  },
  V031: {
    severity: "error",
    message: text`this file is not UTF-8 text: it is ${"found"}`,
    explain: `Specifications are UTF-8 text. What another encoding wrote cannot be recognised with certainty, so that nothing
is read and nothing rewritten until the file is saved as UTF-8, with or without a byte-order mark.`,
    wrong: `vlmo 1\n// caf\uFFFD\nmodel Small { width: 64 }\n`,
    right: `vlmo 1\n// café\nmodel Small { width: 64 }\n`,
  },
  V032: {
    severity: "error",
    message: text`a comment begins with \`//\`, not with \`${"found"}\``,
    explain: `A comment reaches from \`//\` to the end of its line, anywhere in the file; \`///\` on the lines above a declaration
documents it. There is one way to write a comment, so that \`vlmo fmt\` and editors always find it.`,
    wrong: `vlmo 1\n# small\nmodel Small { width: 64 }\n`,
    right: `vlmo 1\n// small\nmodel Small { width: 64 }\n`,
  },
} as const;

/** Makes diagnostics of the catalogue above. */
export const diagnostic = createReporter(grammarCodes);
