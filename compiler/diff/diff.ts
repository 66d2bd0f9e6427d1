// `vlmo diff`: differences in meaning between two checked specifications. Differences in notation only (layout, order,
// comments, params, `extends`) do not count; expectations and tests are not part of the meaning.
import type { Spec } from "../spec/spec.js";
import {
  dataProperties,
  evaluationProperties,
  headProperties,
  modelProperties,
  type Property,
  type PropertyGroup,
} from "./properties.js";
import { kinds, declarationsOf, namesFor, pairsOf, sameNames, type Kind, type Names, type Pair } from "./pairs.js";
import { stageProperties } from "./stage-properties.js";

/** A property that differs; null if one side does not have it. */
export interface Change {
  readonly group: PropertyGroup;
  readonly what: string;
  readonly before: string | number | null;
  readonly after: string | number | null;
}

/** A declaration with its changes; null on a side that lacks it. */
export interface DeclarationDiff extends Pair {
  readonly changes: readonly Change[];
}

/** The difference of two specifications in meaning; layout, comments and names of params do not count. */
export interface SpecDiff {
  readonly same: boolean;
  /** Declarations that differ: models first, then heads, data, stages, evaluations. */
  readonly declarations: readonly DeclarationDiff[];
}

/** All differences between two specifications. */
export function diffSpecs(before: Spec, after: Spec): SpecDiff {
  return diffPairs(pairsOf(before, after), before, after);
}

/** The difference between two declarations of one kind; undefined if these names do not name two such. */
export function diffDeclarations(spec: Spec, before: string, after: string): SpecDiff | undefined {
  const kind = kinds.find((each) => [before, after].every((name) => declarationsOf(spec, each).has(name)));
  if (kind === undefined) return undefined;
  const models = [before, after].map((name) => spec.stages.get(name)?.model.name ?? null);
  const [old = null, now = null] = models;
  const pair: Pair = { kind, before, after };
  return diffPairs(kind === "stage" ? [{ kind: "model", before: old, after: now }, pair] : [pair], spec, spec);
}

function diffPairs(pairs: readonly Pair[], before: Spec, after: Spec): SpecDiff {
  const names = namesFor(pairs);
  const models = new Map<string, readonly Change[]>();
  const declarations = pairs.map((pair): DeclarationDiff => {
    if (pair.before === null || pair.after === null) return { ...pair, changes: [] };
    const found = compare(
      propertiesOf(pair.kind, pair.before, before, names),
      propertiesOf(pair.kind, pair.after, after, sameNames),
    );
    if (pair.kind === "model") models.set(`${pair.before} ${pair.after}`, found);
    const said = pair.kind === "stage" ? models.get(modelsOf(pair, before, after)) : undefined;
    return { ...pair, changes: merged(said === undefined ? found : beyond(found, said)) };
  });
  const differing = declarations.filter(({ before: old, after: now, changes }) => old !== now || changes.length > 0);
  return { same: differing.length === 0, declarations: differing };
}

function modelsOf(pair: Pair, before: Spec, after: Spec): string {
  const name = (spec: Spec, stage: string | null): string => spec.stages.get(stage ?? "")?.model.name ?? "";
  return `${name(before, pair.before)} ${name(after, pair.after)}`;
}

function propertiesOf(kind: Kind, name: string, spec: Spec, names: Names): Property[] {
  const tables: Record<Kind, () => Property[]> = {
    model: () => propertiesByKind(spec.models.get(name), modelProperties),
    head: () => propertiesByKind(spec.heads.get(name), (head) => headProperties(head, names)),
    data: () => propertiesByKind(spec.data.get(name), (data) => dataProperties(data, names)),
    stage: () => propertiesByKind(spec.stages.get(name), (stage) => stageProperties(stage, spec, names)),
    evaluation: () =>
      propertiesByKind(spec.evaluations.get(name), (evaluation) => evaluationProperties(evaluation, names)),
  };
  return tables[kind]();
}

function propertiesByKind<T>(declaration: T | undefined, read: (declaration: T) => Property[]): Property[] {
  return declaration === undefined ? [] : read(declaration);
}

/**
 * Properties that differ, in the order of the first side; those with a common prefix (`learn.itc`, `learn.itm`) stay
 * together.
 */
function compare(before: readonly Property[], after: readonly Property[]): Change[] {
  const key = ({ group, what }: Property): string => `${group}\n${what}`;
  const old = new Map(before.map((property) => [key(property), property]));
  const now = new Map(after.map((property) => [key(property), property]));
  const all = [...new Map([...old, ...now]).values()];
  const stem = ({ group, what }: Property): string => `${group}\n${what.split(".")[0] ?? ""}`;
  const rank = new Map(
    all
      .map(stem)
      .toReversed()
      .map((text, i) => [text, -i]),
  );
  return all
    .toSorted((a, b) => (rank.get(stem(a)) ?? 0) - (rank.get(stem(b)) ?? 0))
    .flatMap((property): Change[] => {
      const [one, two] = [old.get(key(property))?.value ?? null, now.get(key(property))?.value ?? null];
      return one === two ? [] : [{ group: property.group, what: property.what, before: one, after: two }];
    });
}

/** The changes of a stage without those of its model that are already shown for the model itself. */
function beyond(changes: readonly Change[], said: readonly Change[]): Change[] {
  const known = new Set(said.map(({ what, before, after }) => [what, before, after].join("\n")));
  return changes.filter(
    ({ group, what, before, after }) => group !== "model of the stage" || !known.has([what, before, after].join("\n")),
  );
}

/** `layers 3..4` for consecutive layers with equal changes. */
function merged(changes: readonly Change[]): Change[] {
  const result: { change: Change; from: number; to: number }[] = [];
  for (const change of changes) {
    const layer = Number(/^layer (\d+)$/.exec(change.what)?.[1] ?? Number.NaN);
    const last = result.at(-1);
    const alike = last !== undefined && last.change.before === change.before && last.change.after === change.after;
    if (alike && layer === last.to + 1 && last.change.group === change.group) last.to = layer;
    else result.push({ change, from: layer, to: layer });
  }
  return result.map(({ change, from, to }) =>
    Number.isNaN(from) || from === to ? change : { ...change, what: `layers ${from}..${to}` },
  );
}
