// The meaning of a stage, as named properties that can be stored with a checkpoint: so that a resumed run can report
// what has changed. Its duration, and the handling of unreadable samples, are not part of it.
import type { StageSpec } from "../spec/spec.js";
import { dataProperties, headProperties, modelProperties, settings, type Property } from "./properties.js";
import { sameNames } from "./pairs.js";
import { course } from "./stage-properties.js";

/** Settings of a stage, its model, its heads and its data: `optimizer.lr`, `model.width`, `itc.temperature`. */
export type Meaning = Readonly<Record<string, string>>;

/** Properties of a stage with its model, heads and data, by name: stored in a checkpoint for later comparison. */
export function stageMeaning(stage: StageSpec): Meaning {
  const properties = [
    ...settings({ ...course(stage), from: originName(stage.from) }),
    ...stage.learn.map(({ head, weight }) => said(`learn.${head.name}`, weight)),
    ...named("model", modelProperties(stage.model)),
    ...stage.heads.flatMap((head) => named(head.name, headProperties(head, sameNames))),
    ...stage.data.flatMap((data) => named(data.name, dataProperties(data, sameNames))),
    said("tensors that are trained", stage.trained.size),
    said("tensors with a learning rate of their own", stage.optimizer.factors.size),
  ];
  const kept = properties.filter(({ group, what }) => group === "" && !isFree(what));
  return Object.fromEntries(kept.map(({ what, value }) => [what, String(value)]));
}

function originName(from: StageSpec["from"]): string {
  if (from.kind !== "stage") return from.kind;
  return from.at === "best" ? `${from.name} at best` : from.name;
}

function isFree(what: string): boolean {
  return what === "duration" || what.endsWith(".on_error");
}

function said(what: string, value: number): Property {
  return { group: "", what, value: String(value) };
}

function named(prefix: string, properties: readonly Property[]): Property[] {
  return properties.map((property) => ({ ...property, what: `${prefix}.${property.what}` }));
}

/** The differences between two meanings, in words: `` `optimizer.lr` 0.001 → 0.002 ``. */
export function meaningChanges(before: Meaning, after: Meaning): string[] {
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((what) => {
    const [one, two] = [old.get(what), now.get(what)];
    return one === two ? [] : [`\`${what}\` ${one ?? "nothing"} → ${two ?? "nothing"}`];
  });
}
