// The parser's rules written out for docs/language/grammar.md, from what chevrotain recorded.
import {
  Alternation,
  Alternative,
  type IProduction,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  type Rule,
  Terminal,
} from "chevrotain";
import { Parser } from "../../grammar/parser.js";

const classes: Readonly<Record<string, string>> = { Identifier: "NAME", Number: "NUMBER", String: "STRING" };

/** `name = …` for every rule, by name, in the order of declaration in the parser's classes. */
export function productions(): ReadonlyMap<string, string> {
  const rules = Object.values(new Parser().getGAstProductions());
  return new Map(rules.map((rule: Rule) => [rule.name, `${rule.name} = ${sequence(rule.definition)}`]));
}

function sequence(parts: readonly IProduction[]): string {
  return parts.map(written).join(" ");
}

function written(part: IProduction): string {
  if (part instanceof Terminal) {
    const { name, LABEL = name } = part.terminalType;
    return classes[name] ?? LABEL.replace(/^`(.*)`$/, '"$1"');
  }
  if (part instanceof NonTerminal) return part.nonTerminalName;
  if (part instanceof Option) return `[ ${sequence(part.definition)} ]`;
  if (part instanceof Repetition) return `{ ${sequence(part.definition)} }`;
  if (part instanceof RepetitionMandatory) return `( ${sequence(part.definition)} )+`;
  if (part instanceof Alternative) return sequence(part.definition);
  if (part instanceof Alternation) return `( ${part.definition.map(written).join(" | ")} )`;
  throw new Error(`internal: no notation for ${part.constructor.name}`);
}
