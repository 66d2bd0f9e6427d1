// The page of all diagnostics about specifications: Markdown from the catalogues.
import { grammarCodes, type Catalogue } from "../../grammar/index.js";
import { compilerCodes } from "../codes.js";
import { titleOf } from "./titles.js";

const chapters: readonly (readonly [prefix: string, title: string])[] = [
  ["V0", "Reading"],
  ["V1", "Names and imports"],
  ["V2", "Types and units"],
  ["V3", "Models, placement and shapes"],
  ["V4", "Heads and objectives"],
  ["V5", "Stages, freezing and data"],
  ["V6", "Expectations and tests"],
];

/** The content of docs/language/diagnostics.md. */
export function diagnosticsPage(): string {
  const all: Catalogue = { ...grammarCodes, ...compilerCodes };
  const parts = chapters.map(([prefix, title]) => {
    const codes = Object.entries(all).filter(([code]) => code.startsWith(prefix));
    return [
      `## ${title}`,
      ...codes.map(([code, entry]) => `**${code}** ${mark(entry.severity)}*${titleOf(entry)}* ${entry.explain}`),
    ];
  });
  return `${[opening(Object.keys(all).length), ...parts.flat()].join("\n\n")}\n`;
}

function opening(count: number): string {
  return `# Diagnostics

The ${count} codes of the checker. Made by \`npm run docs\` from its catalogues; \`vlmo explain V304\` prints a code with a wrong and a
right specification, both of which are tests. Codes V9xx are of runs: \`vlmo explain\` lists them too.`;
}

function mark(severity: string): string {
  return severity === "warning" ? "(warning) " : "";
}
