// Rewords chevrotain's errors. The parser's rules fail with an exception that names the rule and what it expected; here
// that becomes a diagnostic at the place where the user has to write something.
import {
  EOF,
  type IParserErrorMessageProvider,
  type IRecognitionException,
  type IToken,
  type TokenType,
  tokenLabel,
} from "chevrotain";
import { diagnostic } from "./codes.js";
import type { Diagnostic, Fix } from "./diagnostic.js";
import type { SourceFile, Span } from "./source.js";
import { endOf, marks } from "./tokens.js";

/** A mistake that a rule detected itself; `attempt` in recovering-parser.ts catches it. */
export class ReadingFailure extends Error {
  constructor(
    readonly diagnostic: Diagnostic,
    readonly token: IToken,
    readonly previous: IToken,
  ) {
    super(diagnostic.message);
  }
}

/** The exception of a failed rule; `previousToken` is missing in chevrotain's type though always present. */
export type Recognition = IRecognitionException & { readonly previousToken?: IToken };

/** Reduces chevrotain's messages to what was expected; `describe` makes the sentence. */
export const wantedProvider: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => tokenLabel(expected),
  buildNotAllInputParsedMessage: () => "a declaration",
  buildNoViableAltMessage: ({ expectedPathsPerAlt }) => alternatives(expectedPathsPerAlt.flat(2)),
  buildEarlyExitMessage: ({ expectedIterationPaths }) => alternatives(expectedIterationPaths.flat()),
};

function alternatives(types: readonly TokenType[]): string {
  const labels = [...new Set(types.map((type) => tokenLabel(type)))];
  return labels.length < 2 ? labels.join("") : `${labels.slice(0, -1).join(", ")} or ${labels.at(-1)}`;
}

/** Rules with a better name than the list of tokens they start with. */
const wantedByRule: ReadonlyMap<string, string> = new Map([
  ["placeTerm", "`all`, `none`, `top n`, `bottom n` or `layers a..b`"],
]);

/** The syntax of what a rule parses: shown for the innermost rule that failed. */
const forms: ReadonlyMap<string, string> = new Map([
  ["header", "vlmo 1"],
  ["import", 'import { NAME } from "./FILE.vlmo"'],
  ["param", "param NAME: TYPE = VALUE"],
  ["model", "model NAME { … }"],
  ["head", "head NAME: KIND(FEATURES) { … }"],
  ["data", "data NAME: KIND { format: …, … }"],
  ["stage", "stage NAME from OTHER { … }"],
  ["origin", 'from checkpoint("FILE")` or `from STAGE at best'],
  ["evaluate", "evaluate NAME on DATA using STAGE { … }"],
  ["expect", 'expect "TITLE" { parameters(MODEL) < 200M }'],
  ["test", 'test "TITLE" { train STAGE for 20 steps }'],
  ["train", "train STAGE for 20 steps"],
  ["evaluateStatement", "evaluate NAME"],
  ["trace", "trace loss ± 1%"],
  ["claim", "changed(attention)"],
  ["placement", "ffn(pair) on top 2"],
  ["every", "every 1000 steps"],
  ["arguments", "f(a, name: b)"],
  ["list", "[a, b]"],
]);

/** The diagnostic of a failed rule; `startsLine` says whether a token is the first of its line. */
export function describe(source: SourceFile, error: Recognition, startsLine: (token: IToken) => boolean): Diagnostic {
  const rule = error.context.ruleStack.at(-1) ?? "";
  const previous = error.previousToken ?? error.token;
  const { found, span } = whatIsFound(source, error.token, previous, startsLine(error.token));
  if (error.name === "NoViableAltException") {
    if (rule === "expression" || rule === "primary") return diagnostic("V021", span, { found }, meantBy(source, span));
    if (rule === "comparisonOperator") {
      return diagnostic("V029", span, {}, { label: "`==`, `<`, `in` … and a value are expected here" });
    }
  }
  const wanted = wantedByRule.get(rule) ?? error.message;
  const form = forms.get(error.context.ruleStack.findLast((each) => forms.has(each)) ?? "");
  const help = form === undefined ? {} : { help: `write it as in \`${form}\`` };
  const brace = wanted === marks.LBrace.LABEL ? braceHelp(rule, found, span) : {};
  return diagnostic("V020", span, { wanted, found }, { ...help, ...brace });
}

/** What was probably meant by a punctuation mark where a value is expected. */
function meantBy(file: SourceFile, { start }: Span): { help?: string; fix?: Fix } {
  const fraction = /^\.\d[\d_]*/.exec(file.text.slice(start, start + 40))?.[0];
  if (fraction !== undefined)
    return { help: `write \`0${fraction}\``, fix: { span: { file, start, end: start }, text: "0" } };
  return {};
}

function braceHelp(rule: string, found: string, span: Span): { help?: string; fix?: Fix } {
  const name = found.replaceAll("`", "");
  if (rule === "import" && /^\w+$/.test(name))
    return { help: `names stand in braces: \`{ ${name} }\``, fix: { span, text: `{ ${name} }` } };
  const help = clauseHelp.get(name);
  return help === undefined ? {} : { help };
}

/** The help for a clause of a declaration that comes after those that must follow it. */
export const clauseHelp: ReadonlyMap<string, string> = new Map([
  ["extends", "`extends` stands once, right after the name"],
  ["from", "`from` stands once, before the block"],
  ["on", "`on` stands once, before `using`"],
  ["using", "`using` stands once, before the block"],
]);

/** The name of the token at which parsing stopped, and the span to report: the end of the line rather than the next line. */
export function whatIsFound(
  source: SourceFile,
  token: IToken,
  previous: IToken,
  startsLine: boolean,
): { readonly found: string; readonly span: Span } {
  const end = endOf(previous);
  const atEnd = { file: source, start: end, end };
  if (token.tokenType === EOF) return { found: "the end of the file", span: atEnd };
  if (startsLine && token !== previous) return { found: "the end of the line", span: atEnd };
  const shown = token.image.length > 30 ? `${token.image.slice(0, 30)}…` : token.image;
  return { found: `\`${shown}\``, span: { file: source, start: token.startOffset, end: endOf(token) } };
}
