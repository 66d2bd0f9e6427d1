// Which declarations of two specifications are compared: those of the same name, then similar ones among the rest, so
// that a renamed stage is not shown as one removed and one added.
import type { Spec } from "../spec/spec.js";

/** The kinds of declarations that are compared, in the order they are shown. */
export const kinds = ["model", "head", "data", "stage", "evaluation"] as const;
/** A kind of declaration that is compared. */
export type Kind = (typeof kinds)[number];

/** A declaration of both sides, or of one. */
export interface Pair {
  readonly kind: Kind;
  readonly before: string | null;
  readonly after: string | null;
}

/** Maps names of the first side to names on the second. */
export type Names = Readonly<Record<Kind, (name: string) => string>>;

/** Maps every name to itself. */
export const sameNames: Names = namesFor([]);

/** The declarations of a kind by name. */
export function declarationsOf(spec: Spec, kind: Kind): ReadonlyMap<string, unknown> {
  const tables = {
    model: spec.models,
    head: spec.heads,
    data: spec.data,
    stage: spec.stages,
    evaluation: spec.evaluations,
  } satisfies Record<Kind, ReadonlyMap<string, unknown>>;
  return tables[kind];
}

/** A key for similarity: two declarations of different names with the same key count as one that was renamed. */
const likeness: { readonly [K in Kind]: (spec: Spec, name: string) => string } = {
  model: () => "",
  head: (spec, name) => spec.heads.get(name)?.kind ?? "",
  data: (spec, name) => spec.data.get(name)?.kind ?? "",
  stage: (spec, name) =>
    (spec.stages.get(name)?.learn ?? [])
      .map(({ head }) => head.kind)
      .toSorted()
      .join(),
  evaluation: (spec, name) => (spec.evaluations.get(name)?.metrics ?? []).map((metric) => metric.name).join(),
};

/** Pairs all declarations of two specifications, in the order of the first. */
export function pairsOf(before: Spec, after: Spec): Pair[] {
  return kinds.flatMap((kind) => pairsOfKind(kind, before, after));
}

function pairsOfKind(kind: Kind, before: Spec, after: Spec): Pair[] {
  const old = [...declarationsOf(before, kind).keys()];
  const now = [...declarationsOf(after, kind).keys()];
  const rest = new Set(now.filter((name) => !old.includes(name)));
  const pairs = old.map((name): Pair => {
    if (now.includes(name)) return { kind, before: name, after: name };
    const like = [...rest].find((other) => likeness[kind](after, other) === likeness[kind](before, name));
    if (like !== undefined) rest.delete(like);
    return { kind, before: name, after: like ?? null };
  });
  return [...pairs, ...[...rest].map((name): Pair => ({ kind, before: null, after: name }))];
}

/** The mapping of names from the first side to the second. */
export function namesFor(pairs: readonly Pair[]): Names {
  const of = (kind: Kind): ((name: string) => string) => {
    const renamed = new Map(pairs.flatMap((pair) => (pair.kind === kind ? [[pair.before ?? "", pair.after]] : [])));
    return (name) => renamed.get(name) ?? name;
  };
  return { model: of("model"), head: of("head"), data: of("data"), stage: of("stage"), evaluation: of("evaluation") };
}
