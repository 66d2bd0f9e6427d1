// What every part of the checker works with: where diagnostics go, how names and params are found, and the results of
// declarations checked so far. One context serves one call of `checkSpec`.
import { diagnose } from "../codes.js";
import { deepest, followed } from "../resolve/chain.js";
import { createMerger, findDeclared, type Merged, type NameQuery } from "../resolve/extend.js";
import type { Declared, Module, NamedKind, Report } from "../resolve/module.js";
import { createNames } from "../resolve/names.js";
import type { Options } from "../resolve/set-options.js";
import type { ParamValue, Reading } from "../schema/quantity.js";

/** Passed to every check of one file and its imports. */
export interface Context {
  readonly report: Report;
  readonly reading: Reading;
  readonly modules: readonly Module[];
  /** A declaration with what it inherits. */
  merge(declared: Declared): Merged;
  /** Finds a declaration by a name written in another one; reports and gives undefined where there is none. */
  find(from: Declared, name: NameQuery, kinds: readonly NamedKind[]): Declared | undefined;
  /** The name of a declaration in the checked specification. */
  nameOf(declared: Declared): string;
}

/** A context over loaded modules; `param` is given by params.ts, `changes` by the options. */
export function createContext(
  modules: readonly Module[],
  report: Report,
  param: (declared: Declared) => ParamValue | null,
  changes: Options["blocks"],
): Context {
  return {
    report,
    modules,
    reading: { report, param },
    merge: createMerger(report, changes),
    find: (from, name, kinds) => findDeclared(from, name, kinds, report),
    nameOf: createNames(modules),
  };
}

/** The context with another place where messages go; those about names go where they went. */
export function reporting(context: Context, report: Report): Context {
  return { ...context, report, reading: { ...context.reading, report } };
}

/**
 * The result of checking a declaration once: its spec, or null where it is wrong and was reported. A declaration that
 * needs itself gets null; `cycle` is called with the declarations on the cycle.
 */
export function memoize<T>(
  check: (declared: Declared) => T | null,
  report: Report,
  cycle: (way: readonly Declared[]) => void = () => undefined,
): (declared: Declared) => T | null {
  return followed<Declared, T | null>({
    work: check,
    onCycle: (way) => {
      cycle(way);
      return null;
    },
    onLong: ({ node, name }) => {
      report(diagnose("V113", node.name.span, { name, deepest }));
      return null;
    },
  });
}
