// Which layout names have, under which prefix: wrappers put `module.` or `_orig_mod.` in front of all of them, files
// nest them in dicts of any name. Looks at names only.
import { layouts } from "./index.js";
import type { Layout } from "./layout.js";

/** A layout that some names have. */
export interface Fit {
  readonly layout: Layout;
  /** The prefix of the layout's keys: `state_dict.module.`, or nothing. */
  readonly prefix: string;
  /** How many of the names are keys of the layout under the prefix. */
  readonly count: number;
}

/** How many names are looked at, and how many steps deep a prefix may be. */
const limits = { names: 20_000, steps: 10 };

/** The layout and the prefix that most names fit; undefined where none fits any. */
export function bestFit(names: readonly string[], among: readonly Layout[] = Object.values(layouts)): Fit | undefined {
  return among.map((layout) => fitOf(names, layout)).reduce(better, undefined);
}

function better(best: Fit | undefined, fit: Fit | undefined): Fit | undefined {
  return fit !== undefined && fit.count > (best?.count ?? 0) ? fit : best;
}

/** The shortest of the prefixes under which most names are keys of the layout. */
function fitOf(names: readonly string[], layout: Layout): Fit | undefined {
  const counts = new Map<string, number>();
  for (const name of names.slice(0, limits.names))
    for (const prefix of prefixesOf(name))
      if (layout.knows(name.slice(prefix.length))) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  const fits = [...counts].map(([prefix, count]): Fit => ({ layout, prefix, count }));
  return fits.sort((a, b) => b.count - a.count || a.prefix.length - b.prefix.length)[0];
}

/** Nothing, and all that ends in a dot. */
function prefixesOf(name: string): string[] {
  const prefixes = [""];
  for (let dot = name.indexOf("."); dot >= 0 && prefixes.length <= limits.steps; dot = name.indexOf(".", dot + 1))
    prefixes.push(name.slice(0, dot + 1));
  return prefixes;
}

/** Other prefixes under which the layout fits at least half as many of the names that `fit` does not cover. */
export function rivalsOf(names: readonly string[], fit: Fit): Fit[] {
  const rivals: Fit[] = [];
  let left = names.filter((name) => !covers(fit, name));
  for (let next = fitOf(left, fit.layout); next !== undefined && next.count >= fit.count / 2;) {
    const rival = next;
    rivals.push(rival);
    left = left.filter((name) => !covers(rival, name));
    next = fitOf(left, fit.layout);
  }
  return rivals;
}

function covers({ prefix, layout }: Fit, name: string): boolean {
  return name.startsWith(prefix) && layout.knows(name.slice(prefix.length));
}
