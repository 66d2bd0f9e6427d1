// Shared by all parts of the checker: where diagnostics go, how names and params are looked up, and the memoized
// results of declarations. One context per call of `checkSpec`.
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
  /** Looks up a name written in a declaration; reports and returns undefined if there is none. */
  find(from: Declared, name: NameQuery, kinds: readonly NamedKind[]): Declared | undefined;
  /** The name of a declaration in the checked specification. */
  nameOf(declared: Declared): string;
}

/** A context over loaded modules; `param` comes from resolve/params.ts, `changes` from the options. */
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

/** The context with another destination for messages; those about names go where they did before. */
export function reporting(context: Context, report: Report): Context {
  return { ...context, report, reading: { ...context.reading, report } };
}

/**
 * Memoizes the check of a declaration: its result, or null if it is wrong and was reported. A declaration that depends
 * on itself gets null; `cycle` is called with the declarations of the cycle.
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
