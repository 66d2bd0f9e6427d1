// `expect "title" { parameters(Base) in 174M..178M }`: comparisons of static facts with expected values.
import { counted, type Comparison, type Diagnostic, type Span } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { ValueNode } from "../../resolve/blocks.js";
import { scopeOf } from "../../resolve/modules.js";
import type { Module } from "../../resolve/module.js";
import type { Term } from "../../spec/comparison.js";
import { reporting, type Context } from "../context.js";
import { readFact } from "./static-facts.js";
import { readComparison, type Reader } from "./comparison.js";
import type { Parts } from "../stage/result.js";
import { explainFailure } from "./explain-failure.js";

/** The outcome of an `expect` block. */
export interface Expectation {
  readonly title: string;
  readonly span: Span;
  /** Failed comparisons, each with both values; with options set, also those that no longer make sense. */
  readonly failures: readonly Diagnostic[];
}

/**
 * Evaluates every `expect` of a file. Failed comparisons are not reported; invalid ones are, unless options have
 * changed what they are about (such as a layer that a smaller model does not have).
 */
export function checkExpectations(
  module: Module,
  parts: Parts,
  context: Context,
  how: { readonly isChanged: boolean },
): Expectation[] {
  const check = (comparison: Comparison): Diagnostic[] => {
    const odd: Diagnostic[] = [];
    const own = how.isChanged ? reporting(context, (diagnostic) => odd.push(diagnostic)) : context;
    const read = readComparison(comparison, factReader(module, parts, own), own);
    const failure = read === null ? null : explainFailure(read, noLeaf);
    return failure === null ? odd : [...odd, failure];
  };
  return module.file.declarations
    .filter((declaration) => declaration.kind === "expect")
    .map(({ title, comparisons }) => ({
      title: title.value,
      span: title.span,
      failures: comparisons.flatMap(check),
    }));
}

/** V645 if options have made expectations fail, each with the number of failed comparisons. */
export function reportBroken(expectations: readonly Expectation[], { report }: Context): void {
  const [first, ...others] = expectations
    .filter(({ failures }) => failures.length > 0)
    .map(({ span, failures }) => ({ span, message: `${counted(failures.length, "comparison")} broken` }));
  if (first === undefined) return;
  const failed = `${others.length + 1} of ${expectations.length}`;
  report(diagnose("V645", first.span, { failed }, { label: first.message, related: others }));
}

function noLeaf(): never {
  throw new Error("internal: an expectation measures nothing");
}

function factReader(module: Module, parts: Parts, context: Context): Reader<never> {
  const origin = scopeOf(module);
  return {
    label: "expect",
    node: (expression) => ({ kind: "value", expression, origin, key: expression.span }),
    leaf: (node) => factTerm(node, parts, context),
  };
}

function factTerm(node: ValueNode, parts: Parts, context: Context): Term<never> | null | undefined {
  if (node.expression.kind !== "call") return undefined;
  const fact = readFact(node.expression, node, parts, context);
  if (fact === null) return null;
  return typeof fact === "number" ? { kind: "number", value: fact } : { kind: "list", items: fact };
}
