// Selects from all tensors of a file those of one model, by the keys of its layout: prefixes are stripped, and other contents
// are reported. Throws if several sets fit, instead of choosing one.
import { fullName, type FileTensor, type TensorFile } from "../formats/tensor-file.js";
import type { TreePath } from "../formats/torch-tree.js";
import { excerpt, quoted } from "../printable.js";
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";
import { bestFit, keyBehind, rivalsOf, type Fit } from "./layouts/fit.js";
import type { Layout } from "./layouts/index.js";
import { inOptions, type Remedies } from "./remedies.js";

/** How to read the tensors of a file. */
export interface Choice {
  /** The layout of the names; default: the one that fits best. */
  readonly layout?: Layout | undefined;
  /** Read only the dict of this name, or the names with this prefix. */
  readonly nest?: string | undefined;
  /** How help is written; default: as options of a command. */
  readonly remedies?: Remedies;
}

/** The tensors of a file that belong to a model, and those that do not. */
export interface Chosen {
  /** By key of the layout. */
  readonly tensors: ReadonlyMap<string, FileTensor>;
  /** Other contents by name, each with what it is. */
  readonly others: ReadonlyMap<string, string>;
  /** The prefix that was stripped from the names. */
  readonly prefix: string;
  /** The layout that fits the names best; undefined if none fits. */
  readonly layout: Layout | undefined;
}

/** Throws V924 (no tensor, or one without a name), V925, V938 (several sets, or none of that name). */
export function chooseTensors(file: TensorFile, choice: Choice): Chosen {
  return chosenFrom(file, { remedies: inOptions, ...choice });
}

function chosenFrom(file: TensorFile, { layout, nest, remedies }: Choice & { readonly remedies: Remedies }): Chosen {
  const [first, second] = file.tensors;
  if (first === undefined) throw noTensors(file);
  if (fullName(first) === "" && second === undefined) throw noName(file, first);
  const inNest = nest === undefined ? "" : `${nest}.`;
  const [candidates, beside] = parted(file.tensors, (tensor) => fullName(tensor).startsWith(inNest));
  if (candidates.length === 0) throw noSuchNest(file, nest ?? "");
  const fit = fitFor(candidates, layout, (fits) => severalSets(file, fits, remedies));
  const prefix = fit?.prefix ?? prefixOf(largestNest(candidates));
  const [behind, apart] = parted(candidates, (tensor) => fullName(tensor).startsWith(prefix));
  // Tensors in the same dict without the prefix belong to the same set, under their own names.
  const nests = new Set(behind.map(nestOf));
  const [without, away] = parted(apart, (tensor) => nests.has(nestOf(tensor)));
  const tensors = byKey(file, { prefix, behind, without }, remedies);
  const best = bestFit(candidates.map(fullName));
  const looksLike = (fit?.count ?? 0) >= (best?.count ?? 0) ? fit : best;
  return { tensors, prefix, layout: looksLike?.layout, others: othersOf(file, [...beside, ...away], prefix) };
}

/** The tensors of one set: with a prefix, and without it in the same dict. */
interface PrefixSet {
  readonly prefix: string;
  readonly behind: readonly FileTensor[];
  readonly without: readonly FileTensor[];
}

function byKey(file: TensorFile, set: PrefixSet, remedies: Remedies): Map<string, FileTensor> {
  const tensors = new Map<string, FileTensor>();
  const take = (key: string, tensor: FileTensor): void => {
    const before = tensors.get(key);
    if (before !== undefined && fullName(before) === fullName(tensor)) throw sameName(file, fullName(tensor));
    if (before !== undefined) throw withAndWithout(file, set, { key, remedies });
    tensors.set(key, tensor);
  };
  for (const tensor of set.behind) take(keyBehind(set.prefix, fullName(tensor)), tensor);
  for (const tensor of set.without) take(tensor.key, tensor);
  return tensors;
}

function parted<Value>(values: readonly Value[], isFirst: (value: Value) => boolean): [Value[], Value[]] {
  return [values.filter(isFirst), values.filter((value) => !isFirst(value))];
}

/** The layout and prefix that fit best. Throws V938 if another prefix fits as well. */
function fitFor(
  candidates: readonly FileTensor[],
  layout: Layout | undefined,
  several: (fits: readonly Fit[]) => VlmoError,
): Fit | undefined {
  const names = candidates.map(fullName);
  const fit = bestFit(names, layout && [layout]);
  const other = layout && bestFit(names);
  // Names of another layout are reported as such, instead of as sets of the few names that happen to fit.
  if (other !== undefined && other.count > (fit?.count ?? 0)) return other;
  if (fit === undefined) return undefined;
  // Names without a prefix are taken; between several dicts the user has to choose.
  const rivals = fit.prefix === "" ? [] : rivalsOf(names, fit);
  if (rivals.length > 0) throw several([fit, ...rivals]);
  return fit;
}

function noTensors({ path, others, unknown }: TensorFile): VlmoError {
  const [stranger] = unknown.keys();
  if (stranger !== undefined) return vlmoError("V925", { file: path, what: excerpt(stranger) });
  const what = others[0]?.what ?? "nothing";
  return vlmoError("V924", { file: path, reason: `it holds no tensors${what === "nothing" ? "" : `, but ${what}`}` });
}

function noName({ path }: TensorFile, { shape }: FileTensor): VlmoError {
  const reason = `it holds a bare tensor, [${shape.join(", ")}], without a name`;
  return vlmoError(
    "V924",
    { file: path, reason },
    { help: "save a dict of tensors: torch.save(model.state_dict(), …)" },
  );
}

/** A key `a.b` next to the key `b` of a dict `a`. */
function sameName({ path }: TensorFile, name: string): VlmoError {
  const reason = `two of its tensors are named ${quoted(name)}, one of them inside a dict`;
  return vlmoError("V924", { file: path, reason }, { help: "save each tensor under a name of its own" });
}

function withAndWithout(
  file: TensorFile,
  { prefix, behind, without }: PrefixSet,
  { key, remedies }: { readonly key: string; readonly remedies: Remedies },
): VlmoError {
  const sets = `${behind.length} tensors under ${quoted(prefix)}, and ${without.length} without it, ${quoted(key)} among both`;
  const help = `choose those under it: ${remedies.nest(excerpt(prefix.slice(0, -1)))}`;
  return vlmoError("V938", { file: file.path, sets }, { help });
}

function nestOf({ nest }: TreePath): string {
  return nest.join(".");
}

function prefixOf(nest: string): string {
  return nest === "" ? "" : `${nest}.`;
}

/** For unknown names: the dict with the most tensors. */
function largestNest(tensors: readonly FileTensor[]): string {
  const counts = new Map<string, number>();
  for (const tensor of tensors) counts.set(nestOf(tensor), (counts.get(nestOf(tensor)) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "";
}

function severalSets(file: TensorFile, fits: readonly Fit[], remedies: Remedies): VlmoError {
  const names = file.tensors.map(fullName);
  const place = ({ prefix }: Fit): number => names.findIndex((name) => name.startsWith(prefix));
  const named = fits
    .toSorted((a, b) => place(a) - place(b))
    .map(({ prefix, count }) => ({ nest: prefix.slice(0, -1), count }));
  const sets = named.map(({ nest, count }) => `${quoted(nest)} (${count} tensors)`).join(", ");
  return vlmoError("V938", { file: file.path, sets }, { help: `choose one: ${remedies.nest(named[0]?.nest ?? "")}` });
}

function noSuchNest(file: TensorFile, nest: string): VlmoError {
  const firsts = new Set(file.tensors.map((tensor) => fullName(tensor).split(".")[0] ?? ""));
  const shown = [...firsts].slice(0, 10).map(quoted);
  const sets = `none of them is ${quoted(nest)}; its names begin with ${shown.join(", ")}${firsts.size > 10 ? " and others" : ""}`;
  return vlmoError("V938", { file: file.path, sets }, { help: "name a dict of the file, or leave it out" });
}

/** Contents that are not used; a dict without any chosen tensor is listed as one. */
function othersOf(file: TensorFile, beside: readonly FileTensor[], prefix: string): Map<string, string> {
  const chosen = prefix.split(".").slice(0, -1);
  const groups = new Map<string, { tensors: number; others: number; what: string }>();
  const groupOf = (place: TreePath) => {
    const path = [...place.nest, place.key];
    let depth = 0;
    while (depth < path.length - 1 && path[depth] === chosen[depth]) depth += 1;
    const name = path.slice(0, depth + 1).join(".");
    const group = groups.get(name) ?? { tensors: 0, others: 0, what: "" };
    groups.set(name, group);
    return { group, isWhole: path.length === depth + 1 };
  };
  for (const tensor of beside) groupOf(tensor).group.tensors += 1;
  for (const other of file.others) {
    const { group, isWhole } = groupOf(other);
    if (isWhole) group.what = other.what;
    else group.others += 1;
  }
  const from = prefix === "" ? "the weights" : quoted(prefix.slice(0, -1));
  return new Map([...groups].map(([name, group]) => [name, group.what === "" ? countText(group, from) : group.what]));
}

function countText({ tensors, others }: { tensors: number; others: number }, from: string): string {
  const parts = [
    ...(tensors === 0 ? [] : [`${tensors} tensor${tensors === 1 ? "" : "s"}`]),
    ...(others === 0 ? [] : [`${others} other value${others === 1 ? "" : "s"}`]),
  ];
  return `${parts.join(" and ")} beside ${from}`;
}
