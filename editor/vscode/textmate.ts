// The TextMate grammar, generated from the token table and the language as data: it highlights before the server answers, and
// where there is none. It sees one line at a time, so that it classifies a name by its line alone.
import { factNames, language, type Group, type Key } from "../../compiler/front-end.js";
import { literalRules, tokenRows, type TokenKind, type TokenRow } from "../../grammar/index.js";
import { anyName, scopes, type SemanticType } from "./scopes.js";

/** A TextMate rule. */
export interface Rule {
  readonly include?: string;
  readonly name?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly captures?: Captures;
  readonly beginCaptures?: Captures;
  readonly endCaptures?: Captures;
  readonly patterns?: readonly Rule[];
}

type Captures = Readonly<Record<string, Rule>>;

/** The contents of the grammar file. */
export interface TextMateGrammar {
  readonly name: string;
  readonly scopeName: "source.vlmo";
  readonly patterns: readonly Rule[];
  readonly repository: Readonly<Record<string, { readonly patterns: readonly Rule[] }>>;
}

/** The grammar of a token table and a language. */
export function textMateGrammar(
  rows: readonly TokenRow[] = tokenRows(),
  groups: readonly Group[] = language(),
): TextMateGrammar {
  const words = wordsOf(rows);
  const include = (...names: readonly string[]): Rule[] => names.map((name) => ({ include: `#${name}` }));
  const values = include("literals", "brackets", "words", "members", "calls", "marks", "names");
  return {
    name: "VLMo",
    scopeName: "source.vlmo",
    patterns: [...include("literals", "import", "declarations", "block"), ...values],
    repository: {
      literals: { patterns: literals(rows) },
      import: { patterns: [importRule(words)] },
      declarations: { patterns: declarations(words) },
      block: {
        patterns: [
          between("\\{", `\\}|${beginning(words)}`, [...include("literals", "choices", "keys", "block"), ...values]),
        ],
      },
      brackets: {
        patterns: [
          between("\\(", `\\)|(?=[{}])|${beginning(words)}`, [...include("literals", "arguments"), ...values]),
          between("\\[", `\\]|(?=[{}])|${beginning(words)}`, values),
        ],
      },
      choices: { patterns: choices(groups, scopes.property[0]) },
      keys: { patterns: keys(groups) },
      arguments: {
        patterns: [
          ...choices(groups, scopes.parameter[0]),
          { match: `\\b${name}(?=${blanks}[:=](?!=))`, name: scopes.parameter[0] },
        ],
      },
      words: { patterns: keywords(words) },
      calls: { patterns: calls(groups, words) },
      marks: { patterns: marks(rows) },
      members: {
        patterns: [{ match: `(?<=\\.)${blanks}(${name})`, captures: { "1": { name: "variable.other.member.vlmo" } } }],
      },
      names: { patterns: [...constants(words), { match: name, name: anyName }] },
    },
  };
}

const { name } = literalRules;
const blanks = "[ \\t]*";

interface Words {
  readonly declarations: readonly string[];
  /** All words, including those that begin a declaration. */
  readonly all: readonly string[];
  readonly booleans: readonly string[];
}

function wordsOf(rows: readonly TokenRow[]): Words {
  const of = (...kinds: readonly TokenKind[]): string[] =>
    rows.flatMap(({ kind, pattern }) => (kinds.includes(kind) && typeof pattern === "string" ? [pattern] : []));
  return { declarations: of("declaration"), all: of("declaration", "word"), booleans: of("boolean") };
}

/** An alternation of words or marks, the longest first. */
function oneOf(patterns: readonly string[]): string {
  return `(?:${[...new Set(patterns)].sort((a, b) => b.length - a.length || (a < b ? -1 : 1)).join("|")})`;
}

function between(begin: string, end: string, patterns: readonly Rule[]): Rule {
  const captures = { "0": { name: "punctuation.section.vlmo" } };
  return { begin, end, beginCaptures: captures, endCaptures: captures, patterns };
}

/** The first line of a declaration, which ends a rule whose bracket was never closed. */
function beginning({ declarations }: Words): string {
  return `(?=^${oneOf(declarations)}[ \\t]+(?:${name}|"|\\{).*[{=:])`;
}

/** Comments, strings and numbers, tried in the order of the table. */
function literals(rows: readonly TokenRow[]): Rule[] {
  // Documentation comments above a declaration.
  const docs = { match: "///(?!/).*", name: scopes.comment[0] };
  const others = rows.flatMap(({ kind, pattern }): Rule[] => {
    if (kind === "comment") return [literal(pattern, { name: "comment.line.vlmo" })];
    if (kind === "string") return [literal(pattern, { name: "string.quoted.vlmo", patterns: escapes })];
    return kind === "number" && typeof pattern === "string" ? [numberRule(pattern)] : [];
  });
  return [docs, ...others];
}

function literal(pattern: TokenRow["pattern"], { name: scope = "", patterns = [] }: Rule): Rule {
  if (typeof pattern !== "string") return { ...pattern, name: scope, patterns };
  return { match: pattern, captures: { "0": { name: scope, patterns } } };
}

const escapes: readonly Rule[] = [
  { match: literalRules.escape, name: "constant.character.escape.vlmo" },
  { match: "\\\\.", name: "invalid.illegal.escape.vlmo" },
];

function numberRule(pattern: string): Rule {
  const { adjacent, words } = literalRules.units;
  const unit = "keyword.other.unit.vlmo";
  return {
    match: `\\b(${pattern})(?:${blanks}(${oneOf(words)})\\b(?!${blanks}[:=(]))?`,
    captures: {
      "1": {
        name: "constant.numeric.vlmo",
        patterns: [
          { match: "[\\d_.]*\\d(?:[eE][+-]?\\d+)?" },
          { match: `${oneOf(adjacent)}$`, name: unit },
          { match: `${name}$`, name: "invalid.illegal.unit.vlmo" },
        ],
      },
      "2": { name: unit },
    },
  };
}

/** `import { a, b } from "…"`, possibly over several lines. */
function importRule(words: Words): Rule {
  return {
    begin: "\\bimport\\b(?=[ \\t]*(?:\\{|$))",
    end: `(?<=["'])|${beginning(words)}`,
    beginCaptures: { "0": { name: keyword } },
    patterns: [
      { include: "#literals" },
      { match: "\\bfrom\\b(?=\\s*(?:[\"']|$))", name: "keyword.control.vlmo" },
      { match: "[{},]", name: "punctuation.section.vlmo" },
      { match: name, name: anyName },
    ],
  };
}

const keyword = "keyword.declaration.vlmo";

/** The token type of a declaration's name, by its keyword. */
const named: Readonly<Record<string, SemanticType>> = {
  param: "variable",
  model: "class",
  head: "interface",
  data: "struct",
  stage: "event",
  finetune: "event",
  evaluate: "method",
};

/** `head itm extends itc: matching`, with the word after the colon unless it is a call. */
function declarations({ declarations: all }: Words): Rule[] {
  const beginnings = all.map((word): Rule => {
    const type = named[word];
    return {
      match: `\\b(${word})[ \\t]+(${name})(?:[ \\t]+(extends)[ \\t]+(${name}))?(?:${blanks}(:)${blanks}(${name})\\b(?!${blanks}\\())?`,
      captures: {
        "1": { name: keyword },
        "2": { name: type === undefined ? "entity.name.vlmo" : scopes[type][0] },
        "3": { name: "keyword.other.vlmo" },
        "4": { name: anyName },
        "5": { name: "punctuation.separator.vlmo" },
        "6": { name: "support.constant.vlmo" },
      },
    };
  });
  return [...beginnings, { match: `\\b${oneOf(all)}(?=[ \\t]+["{])`, name: keyword }];
}

/** A key whose value is one of some words, together with the word. */
function choices(groups: readonly Group[], scope: string): Rule[] {
  const found = new Map<string, Set<string>>();
  for (const { name: key, json } of groups.flatMap(allKeys))
    for (const word of enumerated(json)) found.set(key, (found.get(key) ?? new Set()).add(word));
  return [...found].map(([key, words]) => ({
    match: `\\b(${key})${blanks}([:=])${blanks}(${oneOf([...words])})\\b(?!${blanks}[.(])`,
    captures: {
      "1": { name: scope },
      "2": { name: "punctuation.separator.vlmo" },
      "3": { name: "support.constant.vlmo" },
    },
  }));
}

function enumerated(json: Key["json"]): string[] {
  const inner = [json, ...[json["anyOf"], json["items"]].flat()];
  return inner.flatMap((part): string[] => {
    const values = typeof part === "object" && part !== null && "enum" in part ? part.enum : [];
    return Array.isArray(values) ? values.filter((value) => typeof value === "string") : [];
  });
}

function allKeys({ entries }: Group): Key[] {
  const withInner = (key: Key): Key[] => [key, ...(key.section ?? []).flatMap(withInner)];
  return entries.flatMap((entry) => entry.keys.flatMap(withInner));
}

/** Keys and sections: known ones, then others. */
function keys(groups: readonly Group[]): Rule[] {
  const known = oneOf(groups.flatMap(allKeys).map((key) => key.name));
  const step = { match: `\\b${known}\\b`, name: scopes.property[0] };
  return [
    {
      match: `\\b${name}(?:${blanks}\\.${blanks}${name})*(?=${blanks}(?:[:=](?!=)|\\{))`,
      captures: { "0": { patterns: [step, { match: name, name: "variable.other.property.vlmo" }] } },
    },
  ];
}

/** Keywords count as names where nothing that they could introduce follows on the line. */
function keywords(words: Words): Rule[] {
  const word = `\\b(?<!\\.)(${oneOf(words.all)})`;
  const operand = `[ \\t]+["\\d\\[]`;
  const other = { "1": { name: "keyword.other.vlmo" } };
  return [
    { match: `${word}(?=${operand})`, captures: other },
    {
      match: `${word}[ \\t]+(?!${oneOf(words.all)}${operand})(${name})\\b(?!${blanks}[(.:=])`,
      captures: { ...other, "2": { patterns: [...constants(words), { match: name, name: anyName }] } },
    },
    { match: `${word}(?=[ \\t]+${name})`, captures: other },
  ];
}

/** Words that are values on their own. Other words may be names here (a stage may be called `all`), except after a colon. */
function constants({ booleans, all }: Words): Rule[] {
  const values = ["all", "none"].filter((word) => all.includes(word));
  const behind = `(?<=[:=])${blanks}|(?<=\\bon[ \\t])`;
  return [
    { match: `\\b${oneOf(booleans)}\\b`, name: "constant.language.boolean.vlmo" },
    { match: `(?:${behind})(${oneOf(values)})\\b`, captures: { "1": { name: "constant.language.vlmo" } } },
  ];
}

function calls(groups: readonly Group[], words: Words): Rule[] {
  const entries = groups.flatMap((group) => group.entries.map((entry) => entry.name));
  const known = oneOf([...entries, ...factNames, ...words.all].filter((each) => /^\w+$/.test(each)));
  return [
    { match: `\\b${known}(?=${blanks}\\()`, name: scopes.function[0] },
    { match: `\\b${name}(?=${blanks}\\()`, name: "entity.name.function.vlmo" },
  ];
}

function marks(rows: readonly TokenRow[]): Rule[] {
  const all = rows.flatMap(({ kind, pattern }) => (kind === "mark" && typeof pattern === "string" ? [pattern] : []));
  const isSeparator = (pattern: string): boolean => /^\\?[,;.:]$/.test(pattern);
  return [
    { match: oneOf(all.filter((pattern) => !isSeparator(pattern))), name: "keyword.operator.vlmo" },
    { match: oneOf(all.filter(isSeparator)), name: "punctuation.separator.vlmo" },
  ];
}
