// No key of the language is without effect: each one, changed in a specification, changes what the checker hands on. Keys
// and their values come from the schemas themselves, so that a new key is tried, or the test says that it needs a row.
import { expect, it } from "vitest";
import type { z } from "zod";
import { headKinds, ruleOf } from "../../../compiler/heads/index.js";
import {
  attentionSchema,
  evaluationSchema,
  imageSchema,
  modelSchema,
  originSchema,
  stageSchema,
  textSchema,
} from "../../../compiler/schema/blocks.js";
import { families } from "../../../compiler/schema/constructors.js";
import { innerField } from "../../../compiler/schema/defaults.js";
import { fieldType } from "../../../compiler/schema/fields.js";
import { keysOfSupplies, supplies, type DataKind, type Supply } from "../../../compiler/schema/data.js";
import { formatNames, formatOf } from "../../../compiler/schema/formats.js";
import type { Signature } from "../../../compiler/schema/read.js";
import type { HeadKind, MetricName } from "../../../compiler/index.js";
import { check } from "../check/check.js";
import { plainValues } from "./values.js";

/** Keys with their values, as they are written. */
type Written = Readonly<Record<string, string>>;

/** Of a line without a value, such as a metric. */
const bare = "(bare)";

/** What some kinds of heads must have. */
const headKeys: { readonly [Kind in HeadKind]?: Written } = {
  matching: { negatives: "hard(contrastive)" },
  classify: { classes: "2" },
  compare: { classes: "2" },
  segment: { classes: "2" },
};

/** The specification in which keys are changed: a declaration a row. */
const base: Readonly<Record<string, Written>> = {
  "model Small": {
    layers: "6",
    width: "24",
    attention: "{ heads: 2 }",
    image: "{ size: 32px, patch: 16px }",
    text: "{ tokenizer: wordpiece(vocabulary: 100), length: 16 }",
    experts: "{ vision: ffn(image) on all, language: ffn(text) on all, fusion: ffn(pair) on top 2 }",
  },
  "model Other extends Small": {},
  ...Object.fromEntries(
    headKinds.flatMap((kind) => [kind, `${kind}_too`].map((name) => [headText(kind, name), headKeys[kind] ?? {}])),
  ),
  "data world: pairs": { format: "shapes", items: "100" },
  "data more: pairs": { format: "shapes", seed: "2", items: "100" },
  "data asked: questions": { format: "shapes" },
  "data birds: labelled_images": { format: "shapes" },
  "data more_birds: labelled_images": { format: "shapes", seed: "2" },
  "stage first": {
    model: "Small",
    data: "world",
    learn: "contrastive + masked_tokens",
    batch: "8",
    steps: "10",
    optimizer: "adamw(lr: 1e-3)",
  },
  "evaluate all on world using first": { "recall(1)": bare },
};

function headText(kind: HeadKind, name: string): string {
  return `head ${name}: ${kind}(${ruleOf({ kind }).takes.forms[0] ?? ""})`;
}

/** What goes with a key, or makes room for it. */
const companions: Readonly<Record<string, Written>> = {
  "classify.answers": { classes: "" },
  "contrastive.bias": { loss: "sigmoid" },
  "stage.epochs": { steps: "" },
  "stage.micro": { cached: "true" },
  "stage.best": { validate: "every 5 steps" },
  "stage.patience": { validate: "every 5 steps", best: "recall(1)" },
};

/** What each key is tried with where its type does not say it. */
const rows: Readonly<Record<string, readonly string[]>> = {
  "model.attention": ["{ heads: 3 }"],
  "model.init": ["beit", "{ all: beit, experts.vision: bert }"],
  "model.image": ["{ size: 48px, patch: 16px }"],
  "model.text": ["{ tokenizer: wordpiece(vocabulary: 200) }"],
  "model.experts": ["{ one: ffn(image, text, pair) on all }"],
  "masked_patches.share": ["masked_patches_too"],
  "vqa2.image_names": ['"val_000.jpg"', '"000.png"'],
  "tokens.source": ['"a.bin"', '"b.bin"'],
  "visual_tokenizer.share": ["visual_tokenizer_too"],
  "masked_tokens.share": ["masked_tokens_too"],
  "contrastive.share": ["contrastive_too"],
  "matching.share": ["matching_too"],
  "classify.share": ["classify_too"],
  "compare.share": ["compare_too"],
  "segment.share": ["segment_too"],
  "caption.share": ["caption_too"],
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

/** Something with keys of its own. */
interface Owner {
  readonly name: string;
  readonly schema: z.ZodObject;
  /** What stands there besides the key that is tried. */
  readonly given: Written;
  /** The specification with these keys there. */
  readonly text: (keys: Written) => string;
}

function textOf(declarations: Readonly<Record<string, Written>>): string {
  return `vlmo 1\n${Object.entries(declarations)
    .map(([name, keys]) => `${name} ${blockText(keys)}`)
    .join("\n")}\n`;
}

function blockText(keys: Written): string {
  const lines = Object.entries(keys).flatMap(([key, value]) => {
    // What goes with a key may take another away.
    if (value === "") return [];
    if (value === bare) return [key];
    return [value.startsWith("{") ? `${key} ${value}` : `${key}: ${value}`];
  });
  return `{ ${lines.join("\n")} }`;
}

function callText(name: string, { rest }: Signature, keys: Written): string {
  const values = Object.entries(keys).map(([key, value]) => {
    if (key === rest) return value.replace(/^\[|\]$/g, "");
    return `${key}: ${value}`;
  });
  return values.length === 0 ? name : `${name}(${values.join(", ")})`;
}

/** The base with other keys in a declaration, which may be new. */
function changed(declaration: string, keys: Written, more: Readonly<Record<string, Written>> = {}): string {
  return textOf({ ...base, ...more, [declaration]: { ...(more[declaration] ?? base[declaration]), ...keys } });
}

/** A declaration's own block. */
function block(name: string, schema: z.ZodObject, declaration: string, given: Written = {}): Owner[] {
  return ownersIn({ name, schema, given, text: (keys) => changed(declaration, keys) });
}

/** A section of the model. */
function section(key: "attention" | "image" | "text", schema: z.ZodObject, given: Written): Owner[] {
  return ownersIn({ name: key, schema, given, text: (keys) => changed("model Small", { [key]: blockText(keys) }) });
}

/** A constructor that stands where no schema says it. */
function call(name: string, signature: Signature, text: (written: string) => string): Owner[] {
  const { schema } = signature;
  return ownersIn({
    name,
    schema,
    given: required(name, schema),
    text: (keys) => text(callText(name, signature, keys)),
  });
}

/** An owner, and those of the sections and constructors that its values are made of. */
function ownersIn(owner: Owner): Owner[] {
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

/** Keys without a default, with the first value that each can have. */
function required(name: string, schema: z.ZodObject): Written {
  const needed = Object.entries(schema.shape).filter(([, field]) => !field.safeParse(undefined).success);
  return Object.fromEntries(needed.flatMap(([key, field]) => firstOf(`${name}.${key}`, key, field)));
}

function firstOf(place: string, key: string, field: z.core.$ZodType): [string, string][] {
  return valuesOf(place, field)
    .slice(0, 1)
    .map((value) => [key, value]);
}

function valuesOf(place: string, field: z.core.$ZodType): readonly string[] {
  const { section: schema, family } = innerField(field);
  if (rows[place] !== undefined) return rows[place];
  if (schema !== undefined) return [blockText(required(place, schema))];
  if (family !== undefined) return Object.entries(family).flatMap(([kind, signature]) => callsOf(kind, signature));
  const { type, json } = fieldType(field);
  return plainValues(type, json);
}

/** A constructor as short as it may be, then with each of its arguments. */
function callsOf(kind: string, signature: Signature): string[] {
  const given = required(kind, signature.schema);
  const more = Object.entries(signature.schema.shape).flatMap(([key, field]) =>
    valuesOf(`${kind}.${key}`, field).map((value) => ({ ...given, [key]: value })),
  );
  return [given, ...more].map((keys) => callText(kind, signature, keys));
}

/** For each metric two heads that offer it, data that has what it compares with, and what else is learnt. */
const measured: Readonly<Record<MetricName, readonly [data: string, head: string, keys: Written, more?: string]>> = {
  recall: ["pairs", "contrastive(image.cls, text.cls)", {}, " + contrastive + matching + matching_too"],
  perplexity: ["texts", "masked_tokens(text.tokens)", {}],
  vqa_score: ["questions", "classify(pair.pooled)", { answers: "answers()", loss: "bce" }],
  accuracy: ["labelled_images", "classify(image.cls)", { classes: "28" }],
  consistency: ["statements", "classify(pair.pooled)", { classes: "2" }],
  codebook: ["images", "visual_tokenizer(image)", {}],
  reconstruction: ["images", "visual_tokenizer(image)", {}],
  bleu: ["pairs", "caption(pair.causal)", {}],
  rouge: ["pairs", "caption(pair.causal)", {}],
  cider: ["pairs", "caption(pair.causal)", {}],
  mean_iou: ["masks", "segment(image.layer(4))", {}],
};

function metric(name: MetricName): Owner[] {
  const [data, head, keys, more = ""] = measured[name];
  const text = (given: Written): string =>
    changed(
      "stage measuring",
      { ...base["stage first"], data: "held", learn: `one + other${more}` },
      {
        [`data held: ${data}`]: { format: "shapes" },
        [`head one: ${head}`]: keys,
        [`head other: ${head}`]: keys,
        "evaluate that on held using measuring": { [callText(name, families.metric[name], given)]: bare },
      },
    );
  return ownersIn({ name, schema: families.metric[name].schema, given: { head: "one" }, text });
}

/** The first stage with another beginning. */
function beginning(origin: string): string {
  const { "stage first": stage = {}, ...others } = base;
  return textOf({ ...others, [`stage first from ${origin}`]: stage });
}

const expert = (written: string): string => changed("model Small", { experts: `{ one: ${written} on all }` });
const augmented = (written: string): string => changed("stage first", { augment: `[${written}]` });
const begun = (written: string): string => changed("stage first", { init: `{ experts.fusion: ${written} }` });
const taking = (written: string): string =>
  changed("data taking: labelled_images", { format: "folder", images: '"."', classes: written });

/** The usual kind, or one that holds what a key is about. */
function kindFor(keys: Written, kinds: readonly DataKind[], usual: DataKind): DataKind {
  const about = Object.entries(keysOfSupplies).flatMap(([key, has]) => (key in keys ? [has] : []));
  const holdsAll = (kind: DataKind): boolean => {
    const held: readonly Supply[] = supplies[kind];
    return about.every((has) => has.some((supply) => held.includes(supply)));
  };
  return [usual, ...kinds].find(holdsAll) ?? usual;
}

const owners: readonly Owner[] = [
  ...block("model", modelSchema, "model Small"),
  ...section("attention", attentionSchema, { heads: "2" }),
  ...section("image", imageSchema, { size: "32px", patch: "16px" }),
  ...section("text", textSchema, { tokenizer: "wordpiece(vocabulary: 100)", length: "16" }),
  ...headKinds.flatMap((kind) => block(kind, ruleOf({ kind }).schema, headText(kind, kind))),
  ...formatNames.flatMap((format) => {
    const { schema, kinds } = formatOf(format);
    const given = { format, ...required(format, schema) };
    const usual = kinds.includes("questions") ? "questions" : (kinds.at(-1) ?? "images");
    const head = (keys: Written): string => `data of_it: ${kindFor(keys, kinds, usual)}`;
    return ownersIn({ name: format, schema, given, text: (keys) => changed(head(keys), keys) });
  }),
  ...block("stage", stageSchema, "stage first"),
  ...block("evaluate", evaluationSchema, "evaluate all on world using first"),
  ...ownersIn({
    name: "from checkpoint",
    schema: originSchema,
    given: {},
    text: (keys) => beginning(`checkpoint("a.pt", layout: vlmo) ${blockText(keys)}`),
  }),
  ...Object.entries(families.origin).flatMap(([name, each]) => call(name, each, beginning)),
  ...Object.entries(families.expert).flatMap(([name, each]) => call(name, each, expert)),
  ...Object.entries(families.augmentation).flatMap(([name, each]) => call(name, each, augmented)),
  ...Object.entries(families.copy).flatMap(([name, each]) => call(name, each, begun)),
  ...Object.entries(families["list of names"]).flatMap(([name, each]) => call(name, each, taking)),
  ...Object.keys(measured).flatMap((name) => metric(name as MetricName)), // the keys of the table
];

it("tries every constructor", () => {
  const tried = new Set(owners.map(({ name }) => name));
  const all = Object.values(families).flatMap((table) => Object.keys(table));
  expect(all.filter((name) => !tried.has(name))).toEqual([]);
});

/** What is handed on of a specification, without places; or why there is none. */
function resolved(text: string): string {
  const { spec, diagnostics } = check(text);
  if (spec !== null) return JSON.stringify(spec, withoutPlaces);
  throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join("; "));
}

function withoutPlaces(key: string, value: unknown): unknown {
  // A number of that name is the setting of relative positions.
  if (key === "span" && typeof value === "object") return undefined;
  return value instanceof Map || value instanceof Set ? [...(value as Iterable<unknown>)] : value;
}

const keys = owners.flatMap(({ schema, ...owner }) =>
  Object.entries(schema.shape).map(([key, field]) => [`${owner.name}.${key}`, { ...owner, key, field }] as const),
);

it.each(keys)("`%s` has an effect", (place, { key, field, given, text }) => {
  const refused: string[] = [];
  const seen = new Set<string>();
  const without = Object.hasOwn(given, key) ? [] : [{}];
  for (const written of [...without, ...valuesOf(place, field).map((value) => ({ [key]: value }))]) {
    try {
      seen.add(resolved(text({ ...given, ...companions[place], ...written })));
    } catch (error) {
      refused.push(`${JSON.stringify(written)}: ${String(error)}`);
    }
    if (seen.size > 1) break;
  }
  const reason = seen.size === 0 ? "no value is right" : "nothing changes";
  expect(seen.size, `${reason}\n${refused.join("\n")}`).toBeGreaterThan(1);
});
