// Inputs for the checker, from noise to specs that are valid but for one word. Case n is always the same.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compilerCodes } from "../../compiler/codes.js";
import { exampleFiles } from "../../compiler/codes/example.js";
import { grammarCodes } from "../../grammar/index.js";
import { below, numbers, pick, type Next } from "./draw.js";

/** Texts by path; `entry` is the one to check. */
export interface Case {
  readonly kind: string;
  readonly entry: string;
  readonly files: ReadonlyMap<string, string>;
  readonly set: readonly string[];
}

const folder = join(import.meta.dirname, "../../specs");

const specs: ReadonlyMap<string, string> = new Map(
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".vlmo"))
    .map((name) => [`specs/${name.replaceAll("\\", "/")}`, readFileSync(join(folder, name), "utf8")]),
);

const pages = Object.values({ ...grammarCodes, ...compilerCodes }).flatMap(({ wrong, right }) => [wrong, right]);
const tokens = /[A-Za-z_]\w*|\d[\w.%]*|"[^"\n]*"|\s+|[^\w\s]/g;

/** Words with a meaning in the language, and some likely to cause trouble. */
const words = [
  ...new Set([...pages, ...specs.values()].join("\n").match(tokens)),
  ...["1e999", "1e308", "-1e308", "9007199254740993", "0.1e-400", "1e308 * 1e308", "0", "1_000_000B", "1..1e9"],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "NaN",
    "Infinity",
    '"\ud800"',
    "\udfff",
    "\0",
    "\u2028",
  ],
  ...["{", "}", "(", ")", "[", "]", "{ }", "()", "[]", "on", "every", "..", "±", "//", "///", "\n", "\n\n", "\r", ";"],
];

type Make = (next: Next) => Pick<Case, "entry" | "files"> & { readonly set?: readonly string[] };

const single = (text: string): ReturnType<Make> => ({
  entry: "main.vlmo",
  files: new Map([["main.vlmo", text], ...Object.entries(exampleFiles)]),
});

const kinds: Readonly<Record<string, Make>> = {
  bytes: (next) =>
    single(new TextDecoder().decode(Uint8Array.from({ length: below(300, next) }, () => below(256, next)))),
  units: (next) => single(String.fromCharCode(...Array.from({ length: below(200, next) }, () => below(0x10000, next)))),
  tokens: (next) => single("vlmo 1\n" + Array.from({ length: below(120, next) }, () => pick(words, next)).join(" ")),
  page: (next) => single(mutated(pick(pages, next), next)),
  spec: (next) => changedSpec(next, mutated),
  numbers: (next) => changedSpec(next, otherNumbers),
  valid: (next) => changedSpec(next, sameMeaning),
  set: (next) => ({ ...changedSpec(next, (text) => text), set: [mutated(pick(settings, next), next)] }),
};

const settings = ["image_size=224px", "width=64", "batch=8", "layers=2", "steps=10", "x=[1, 2]", "a=1 + 2 * 3"];
const kindNames = Object.keys(kinds);

/** The case with a number. */
export function caseOf(number: number): Case {
  const next = numbers(number * 2_654_435_761);
  const kind = kindNames[number % kindNames.length] ?? "page";
  const make = kinds[kind];
  if (make === undefined) throw new Error(`no kind ${kind}`);
  return { kind, set: [], ...make(next) };
}

/** One of the shipped specs with one of its files changed. */
function changedSpec(next: Next, change: (text: string, next: Next) => string): ReturnType<Make> {
  const entry = pick([...specs.keys()], next);
  const path = next() < 0.7 ? entry : pick([...specs.keys()], next);
  return { entry, files: new Map([...specs, [path, change(specs.get(path) ?? "", next)]]) };
}

/** A few words exchanged, dropped, duplicated, moved or inserted. */
function mutated(text: string, next: Next): string {
  const parts: string[] = text.match(tokens) ?? [];
  for (let i = 0; i <= below(4, next); i += 1) {
    const at = below(parts.length + 1, next);
    const length = next() < 0.8 ? 1 : below(20, next);
    const change = pick(["drop", "replace", "insert", "double", "move", "swap"], next);
    const cut = change === "insert" || change === "double" ? [] : parts.splice(at, length);
    if (change === "replace" || change === "insert") parts.splice(at, 0, pick(words, next));
    if (change === "double") parts.splice(at, 0, ...parts.slice(at, at + length));
    if (change === "move") parts.splice(below(parts.length + 1, next), 0, ...cut);
    if (change === "swap") parts.splice(at, 0, ...cut.toReversed());
  }
  return parts.join("");
}

const amounts = ["0", "1", "2", "3", "7", "12", "1000", "1e6", "1e15", "1e308", "1e999", "0.5", "1e-300", "4.5"];

/** Numbers exchanged for smaller or enormous ones; units are kept. */
function otherNumbers(text: string, next: Next): string {
  return text.replaceAll(/\b\d[\d_.]*(?:e-?\d+)?/g, (number) => (next() < 0.05 ? pick(amounts, next) : number));
}

const blanks = ["\n", "  ", "\n\n\n", " // note\n", "\n// note\n", "\n/// doc\n", "\t"];

/** The same meaning: blanks, empty lines and comments inserted where some exist. */
function sameMeaning(text: string, next: Next): string {
  return text
    .split("\n")
    .map((line) => (next() < 0.15 ? line + pick(blanks, next) : line))
    .join("\n");
}
