// Recognises a layout and a prefix by tensor names alone: wrappers put `module.` or `_orig_mod.` in front of all names, and
// files nest them in dicts of any name.
import { layouts } from "./index.js";
import type { Layout } from "./layout.js";

/** A layout that fits some of the names. */
export interface Fit {
  readonly layout: Layout;
  /** The prefix of its keys, such as `state_dict.module.`, or "". */
  readonly prefix: string;
  /** The number of names that are keys of the layout after the prefix. */
  readonly count: number;
}

/** The most names that are looked at, and the most steps of a prefix. */
const limits = { names: 20_000, steps: 10 };

/** The layout and prefix that fit the most names; undefined if none fits any. */
export function bestFit(names: readonly string[], among: readonly Layout[] = Object.values(layouts)): Fit | undefined {
  return among.map((layout) => fitOf(names, layout)).reduce(better, undefined);
}

function better(best: Fit | undefined, fit: Fit | undefined): Fit | undefined {
  return fit !== undefined && fit.count > (best?.count ?? 0) ? fit : best;
}

/** The prefix under which the layout fits the most names; the shortest of equals. */
function fitOf(names: readonly string[], layout: Layout): Fit | undefined {
  const counts = new Map<string, number>();
  for (const name of names.slice(0, limits.names))
    for (const prefix of prefixesOf(name))
      if (layout.knows(keyBehind(prefix, name))) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  const fits = [...counts].map(([prefix, count]): Fit => ({ layout, prefix, count }));
  return fits.sort((a, b) => b.count - a.count || a.prefix.length - b.prefix.length)[0];
}

/** Names that PyTorch puts between those of modules: of compiled, checkpointed and sharded parts of a model. */
const wrappers = /(?<=\.)(?:_orig_mod|_checkpoint_wrapped_module|_fsdp_wrapped_module|_forward_module)\./g;

/** The key that a name stands for behind a prefix, without wrappers of parts of the model. */
export function keyBehind(prefix: string, name: string): string {
  return name.slice(prefix.length).replace(wrappers, "");
}

/** "", and everything up to a dot. */
function prefixesOf(name: string): string[] {
  const prefixes = [""];
  for (let dot = name.indexOf("."); dot >= 0 && prefixes.length <= limits.steps; dot = name.indexOf(".", dot + 1))
    prefixes.push(name.slice(0, dot + 1));
  return prefixes;
}

/** Other prefixes under which the layout fits at least half as many names, none of them covered by `fit`. */
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
  return name.startsWith(prefix) && layout.knows(keyBehind(prefix, name));
}
