// What a stage means, as properties by name that can be kept beside a checkpoint: so that a run that is resumed can say what
// has changed. How long it lasts, and what a sample that cannot be read does, are no part of it.
import type { StageSpec } from "../spec/spec.js";
import { dataProperties, headProperties, modelProperties, settings, type Property } from "./properties.js";
import { sameNames } from "./pairs.js";
import { course } from "./stage-properties.js";

/** A stage's own settings, its model's, its heads' and its data's: `optimizer.lr`, `model.width`, `itc.temperature`. */
export type Meaning = Readonly<Record<string, string>>;

/** Properties of a stage with its model, heads and data, by name: what a checkpoint keeps to be compared with later. */
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

/** What differs between two meanings, in words: `` `optimizer.lr` 0.001 → 0.002 ``. */
export function meaningChanges(before: Meaning, after: Meaning): string[] {
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((what) => {
    const [one, two] = [old.get(what), now.get(what)];
    return one === two ? [] : [`\`${what}\` ${one ?? "nothing"} → ${two ?? "nothing"}`];
  });
}
