// Every key of the language has an effect: changing it changes the checked specification. Keys and their values come from
// the schemas, so that a new key is tried, or the test reports that it needs a row.
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
import { keysOfSupplies, supplies, type DataKind, type Supply } from "../../../compiler/schema/data.js";
import { formatNames, formatOf } from "../../../compiler/schema/formats.js";
import type { MetricName } from "../../../compiler/index.js";
import { check } from "../check/check.js";
import {
  bare,
  call,
  callText,
  blockText,
  companions,
  headKeys,
  headText,
  ownersIn,
  required,
  textOf,
  valuesOf,
  type Owner,
  type Written,
} from "./keys.js";

/** The specification in which keys are changed, one declaration per row. */
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
  "head classify_image: classify(image.cls)": { classes: "28" },
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

/** The base with other keys in an existing or a new declaration. */
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

/** For each metric two heads that offer it, data with its targets, and further heads to train. */
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

/** The first stage with another initialisation. */
function beginning(origin: string): string {
  const { "stage first": stage = {}, ...others } = base;
  return textOf({ ...others, [`stage first from ${origin}`]: stage });
}

const expert = (written: string): string => changed("model Small", { experts: `{ one: ${written} on all }` });
const augmented = (written: string): string => changed("stage first", { augment: `[${written}]` });
/** A stage that trains image classification. */
const classifying = (keys: Written): string =>
  changed("stage classifying", keys, {
    "stage classifying": { ...base["stage first"], data: "birds", learn: "classify_image" },
  });
const mixed = (written: string): string => classifying({ mix: `[${written}]` });
const begun = (written: string): string => changed("stage first", { init: `{ experts.fusion: ${written} }` });
const taking = (written: string): string =>
  changed("data taking: labelled_images", { format: "folder", images: '"."', classes: written });

/** The default kind of data, or one that a key requires. */
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
  ...block("stage", stageSchema.omit({ mix: true }), "stage first"),
  ...ownersIn({ name: "stage", schema: stageSchema.pick({ mix: true }), given: {}, text: classifying }),
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
  ...Object.entries(families["way to mix images"]).flatMap(([name, each]) => call(name, each, mixed)),
  ...Object.entries(families.copy).flatMap(([name, each]) => call(name, each, begun)),
  ...Object.entries(families["list of names"]).flatMap(([name, each]) => call(name, each, taking)),
  ...Object.keys(measured).flatMap((name) => metric(name as MetricName)), // typed by the table
];

it("tries every constructor", () => {
  const tried = new Set(owners.map(({ name }) => name));
  const all = Object.values(families).flatMap((table) => Object.keys(table));
  expect(all.filter((name) => !tried.has(name))).toEqual([]);
});

/** The checked specification without spans and source text; or its errors. */
function resolved(text: string): string {
  const { spec, diagnostics } = check(text);
  if (spec !== null) return JSON.stringify({ ...spec, written: undefined }, withoutPlaces);
  throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join("; "));
}

function withoutPlaces(key: string, value: unknown): unknown {
  // A numeric `span` is the setting of relative positions.
  if (key === "span" && typeof value === "object") return undefined;
  return value instanceof Map || value instanceof Set ? [...(value as Iterable<unknown>)] : value;
}

const keys = owners.flatMap(({ schema, ...owner }) =>
  Object.entries(schema.shape).map(([key, field]) => [`${owner.name}.${key}`, { ...owner, key, field }] as const),
);

it("finds no effect if only the notation differs", () => {
  const text = textOf(base);
  expect(resolved(`${text}// A comment.\n`)).toBe(resolved(text));
});

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
