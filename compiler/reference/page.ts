// The reference page: Markdown from the language as data.
import { listed } from "../../grammar/index.js";
import { dataKinds, factNames, featureNames, language, type Entry, type Group, type Key } from "./language.js";

const headings = { block: "Blocks", head: "Heads", data: "Data", constructor: "Constructors" } as const;

/** The content of docs/language/reference.md. */
export function referencePage(): string {
  const groups = language();
  const kinds = [...new Set(groups.map(({ kind }) => kind))];
  const chapters = kinds.map((kind) => {
    const own = groups.filter((group) => group.kind === kind);
    return [`## ${headings[kind]}`, before[kind], ...own.map((group) => groupText(group, own.length > 1))];
  });
  return `${[opening, ...chapters.flat(), closing].filter((part) => part !== "").join("\n\n")}\n`;
}

const opening = `# Reference

Every block, head, data format and constructor with its keys. Made by \`npm run docs\` from the schemas that the checker
reads by, so it says what the checker does; \`vlmo explain NAME\` prints one entry. The rules of writing are in
[grammar.md](grammar.md), \`expect\` and \`test\` in [tests.md](tests.md), every message in [diagnostics.md](diagnostics.md).

A key without a default that is not marked **required** may be left out.`;

const before = {
  block: "",
  head: `A head takes features of views: ${listed(featureNames)}. Where a sample has two images, \`pair[1]\` and \`pair[2]\` are
its two pairs; \`image.layer(n)\` is the output of a layer.`,
  data: table(
    ["kind", "a sample holds"],
    dataKinds.map(([kind, holds]) => [`\`${kind}\``, holds]),
  ),
  constructor: "Arguments before the first `:` may stand without their names.",
} as const;

const closing = `## Facts

\`expect\` compares ${listed(factNames)}; see [tests.md](tests.md).`;

function groupText({ what, entries }: Group, isOneOfMany: boolean): string {
  const texts = entries.map((entry) => entryText(entry, isOneOfMany ? "####" : "###"));
  return [...(isOneOfMany ? [`### ${capital(what)}`] : []), ...texts].join("\n\n");
}

/** One entry as Markdown under a heading of the given depth. */
function entryText({ name, form, doc, keys }: Entry, heading: string): string {
  const sections = keys.flatMap(({ name: key, section }) =>
    section === null ? [] : [`${heading}# \`${key} { … }\` in \`${name}\``, keyTable(section)],
  );
  const own = keys.length === 0 ? [] : [keyTable(keys)];
  return [`${heading} \`${name}\``, ...(form === name ? [] : [`\`${form}\``]), doc, ...own, ...sections].join("\n\n");
}

function keyTable(keys: readonly Key[]): string {
  const rows = keys.map((key) => [`\`${key.name}\``, typeCell(key), defaultCell(key), key.doc]);
  return table(["key", "type", "default", ""], rows);
}

function typeCell({ type, family }: Key): string {
  if (family !== null) return `[${family}](#${family.replaceAll(" ", "-")})`;
  return type.replace(/\w+(?: \| \w+)+/, (words) => listed(words.split(" | "), " · "));
}

function defaultCell({ default: value, isRequired }: Key): string {
  if (value !== null) return `\`${value}\``;
  return isRequired ? "**required**" : "";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
