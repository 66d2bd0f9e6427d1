// The keys of the language with values to try, in the notation of the language: from the schemas, so that a new key is tried,
// or a test reports that it needs a row.
import type { z } from "zod";
import { headKinds, ruleOf } from "../../../compiler/heads/index.js";
import { families } from "../../../compiler/schema/constructors.js";
import { innerField } from "../../../compiler/schema/defaults.js";
import { fieldType } from "../../../compiler/schema/fields.js";
import { formatNames } from "../../../compiler/schema/formats.js";
import type { Signature } from "../../../compiler/schema/signature.js";
import type { HeadKind } from "../../../compiler/index.js";
import { plainValues } from "./values.js";

/** Keys with their values, in the notation of the language. */
export type Written = Readonly<Record<string, string>>;

/** The value of a line without one, such as a metric. */
export const bare = "(bare)";

/** Required keys of some kinds of heads. */
export const headKeys: { readonly [Kind in HeadKind]?: Written } = {
  matching: { negatives: "hard(contrastive)" },
  classify: { classes: "2" },
  compare: { classes: "2" },
  segment: { classes: "2" },
};

export function headText(kind: HeadKind, name: string): string {
  return `head ${name}: ${kind}(${ruleOf({ kind }).takes.forms[0] ?? ""})`;
}

/** Keys that a key requires, and keys it excludes. */
export const companions: Readonly<Record<string, Written>> = {
  "classify.answers": { classes: "" },
  // Which parameters are decayed matters only with weight decay.
  ...Object.fromEntries(Object.keys(families.optimizer).map((name) => [`${name}.decay`, { weight_decay: "0.1" }])),
  "contrastive.bias": { loss: "sigmoid" },
  "stage.epochs": { steps: "" },
  "stage.micro": { cached: "true" },
  "stage.best": { validate: "every 5 steps" },
  "stage.patience": { validate: "every 5 steps", best: "recall(1)" },
};

/** Values of keys whose type does not determine them. */
const rows: Readonly<Record<string, readonly string[]>> = {
  "model.attention": ["{ heads: 3 }"],
  "model.init": ["beit", "{ all: beit, experts.vision: bert }"],
  "model.image": ["{ size: 48px, patch: 16px }"],
  "model.text": ["{ tokenizer: wordpiece(vocabulary: 200) }"],
  "model.experts": ["{ one: ffn(image, text, pair) on all }"],
  "vqa2.image_names": ['"val_000.jpg"', '"000.png"'],
  "tokens.source": ['"a.bin"', '"b.bin"'],
  ...Object.fromEntries(headKinds.map((kind) => [`${kind}.share`, [`${kind}_too`]])),
  "hard.head": ["contrastive", "contrastive_too"],
  "top.by": ["matching", "matching_too"],
  "stage.model": ["Other"],
  "stage.data": ["more"],
  "stage.learn": ["contrastive"],
  "stage.train": ["experts.vision"],
  "stage.freeze": ["experts.vision"],
  "stage.with": ["{ drop_path: 10% }"],
  "stage.init": ["{ experts.fusion: copy(experts.vision) }"],
  "stage.augment": ["[flip]"],
  "stage.mix": ["[mixup]", "[mixup, cutmix]"],
  "stage.validate": ["every 5 steps"],
  "stage.best": ["recall", "recall(1)"],
  "adamw.betas": ["[0.5, 0.6]"],
  ...Object.fromEntries(Object.keys(families.optimizer).map((name) => [`${name}.factors`, ["{ experts.vision: 2x }"]])),
  "from checkpoint.drop": ['["head.weight"]', "pooler"],
  "from checkpoint.fresh": ["experts.fusion"],
  ...Object.fromEntries(Object.keys(families.metric).map((name) => [`${name}.head`, ["one", "other"]])),
  "ffn.views": ["[image, text]", "[image, text, pair]"],
  "from.data": ["birds", "more_birds"],
  "copy.from": ["experts.vision", "experts.language"],
  ...Object.fromEntries(
    formatNames.flatMap((format) => [
      [`${format}.crop_grid.boxes`, ["[[0, 0, 2, 2], [2, 0, 2, 2]]", "[[0, 0, 2, 2], [0, 2, 2, 2]]"]],
      [`${format}.crop_grid.columns`, ["1", "2"]],
    ]),
  ),
};

/** A block or constructor with keys. */
export interface Owner {
  readonly name: string;
  readonly schema: z.ZodObject;
  /** The other keys beside the one that is tried. */
  readonly given: Written;
  /** The specification with these keys. */
  readonly text: (keys: Written) => string;
}

export function textOf(declarations: Readonly<Record<string, Written>>): string {
  return `vlmo 1\n${Object.entries(declarations)
    .map(([name, keys]) => `${name} ${blockText(keys)}`)
    .join("\n")}\n`;
}

export function blockText(keys: Written): string {
  const lines = Object.entries(keys).flatMap(([key, value]) => {
    // A required key may exclude another.
    if (value === "") return [];
    if (value === bare) return [key];
    return [value.startsWith("{") ? `${key} ${value}` : `${key}: ${value}`];
  });
  return `{ ${lines.join("\n")} }`;
}

export function callText(name: string, { rest }: Signature, keys: Written): string {
  const values = Object.entries(keys).map(([key, value]) => {
    if (key === rest) return value.replace(/^\[|\]$/g, "");
    return `${key}: ${value}`;
  });
  return values.length === 0 ? name : `${name}(${values.join(", ")})`;
}

/** A constructor whose position is not in a schema. */
export function call(name: string, signature: Signature, text: (written: string) => string): Owner[] {
  const { schema } = signature;
  return ownersIn({
    name,
    schema,
    given: required(name, schema),
    text: (keys) => text(callText(name, signature, keys)),
  });
}

/** An owner, and those of the sections and constructors among its values. */
export function ownersIn(owner: Owner): Owner[] {
  const inner = Object.entries(owner.schema.shape).flatMap(([key, field]) => {
    const { section: schema, family = {} } = innerField(field);
    const within = (value: string): string => owner.text({ ...owner.given, ...companions[name], [key]: value });
    const name = `${owner.name}.${key}`;
    const sections =
      schema === undefined
        ? []
        : ownersIn({ name, schema, given: required(name, schema), text: (keys) => within(blockText(keys)) });
    return [...sections, ...Object.entries(family).flatMap(([kind, signature]) => call(kind, signature, within))];
  });
  return [owner, ...inner];
}

/** Keys without a default, each with its first possible value. */
export function required(name: string, schema: z.ZodObject): Written {
  const needed = Object.entries(schema.shape).filter(([, field]) => !field.safeParse(undefined).success);
  return Object.fromEntries(needed.flatMap(([key, field]) => firstOf(`${name}.${key}`, key, field)));
}

function firstOf(place: string, key: string, field: z.core.$ZodType): [string, string][] {
  return valuesOf(place, field)
    .slice(0, 1)
    .map((value) => [key, value]);
}

export function valuesOf(place: string, field: z.core.$ZodType): readonly string[] {
  const { section: schema, family } = innerField(field);
  if (rows[place] !== undefined) return rows[place];
  if (schema !== undefined) return [blockText(required(place, schema))];
  if (family !== undefined) return Object.entries(family).flatMap(([kind, signature]) => callsOf(kind, signature));
  const { type, json } = fieldType(field);
  return plainValues(type, json);
}

/** A constructor in its shortest form, then with each of its arguments. */
function callsOf(kind: string, signature: Signature): string[] {
  const given = required(kind, signature.schema);
  const more = Object.entries(signature.schema.shape).flatMap(([key, field]) =>
    valuesOf(`${kind}.${key}`, field).map((value) => ({ ...given, [key]: value })),
  );
  return [given, ...more].map((keys) => callText(kind, signature, keys));
}
