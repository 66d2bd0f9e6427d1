// `expect "title" { parameters(Base) in 174M..178M }`: comparisons of static facts with what the spec says they are.
import type { Diagnostic, ExpectDeclaration, Span } from "../../../grammar/index.js";
import type { ValueNode } from "../../resolve/blocks.js";
import { scopeOf } from "../../resolve/modules.js";
import type { Module } from "../../resolve/module.js";
import type { Term } from "../../spec/comparison.js";
import type { Context } from "../context.js";
import { readFact } from "./static-facts.js";
import { readComparison, type Reader } from "./comparison.js";
import type { Parts } from "../stage/result.js";
import { explainFailure } from "./explain-failure.js";

/** What became of an `expect` block. */
export interface Expectation {
  readonly title: string;
  readonly span: Span;
  /** Comparisons that do not hold, each with both values. */
  readonly failures: readonly Diagnostic[];
}

/** Works out every `expect` of a file. Comparisons that mean nothing are reported; those that do not hold are not. */
export function checkExpectations(module: Module, parts: Parts, context: Context): Expectation[] {
  const reader = factReader(module, parts, context);
  return module.file.declarations
    .filter((declaration) => declaration.kind === "expect")
    .map((declaration) => checkExpectation(declaration, reader, context));
}

function checkExpectation(declaration: ExpectDeclaration, reader: Reader<never>, context: Context): Expectation {
  const failures = declaration.comparisons.flatMap((comparison) => {
    const read = readComparison(comparison, reader, context);
    return (read === null ? null : explainFailure(read, noLeaf)) ?? [];
  });
  return { title: declaration.title.value, span: declaration.title.span, failures };
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
