// Every key of a head, an optimizer or a loss changes what is run: the graph of the losses or of the update with their
// scalars; the initial parameters; or what a head's record tells the runtime: the tensors of a batch, the pool of a contrast,
// the beam search.
import { expect, it } from "vitest";
import { createContext, lossesOf } from "../../../compiler/build/parts.js";
import { headKinds, ruleOf } from "../../../compiler/heads/index.js";
import { createGraph } from "../../../compiler/ir/graph.js";
import { print } from "../../../compiler/ir/print.js";
import { buildUpdate, parametersOf, type HeadKind, type StageSpec } from "../../../compiler/index.js";
import { optimizers, stepScalars } from "../../../compiler/optimizers/index.js";
import { check } from "../check/check.js";
import { call, companions, headKeys, headText, ownersIn, textOf, valuesOf, type Owner, type Written } from "./keys.js";

const model: Written = {
  layers: "1",
  width: "8",
  attention: "{ heads: 2 }",
  image: "{ size: 32px, patch: 16px }",
  text: "{ tokenizer: wordpiece(vocabulary: 20), length: 8 }",
  experts: "{ vision: ffn(image) on all, language: ffn(text) on all, fusion: ffn(pair) on all }",
};

const course: Written = { model: "Small", batch: "4", steps: "10", optimizer: "adamw(lr: 1e-3)" };

/** For each kind of head: data with its targets, further heads to train, and the notation of its features. */
const learnt: Readonly<
  Record<HeadKind, { readonly data: string; readonly more?: readonly string[]; readonly form?: string }>
> = {
  masked_tokens: { data: "texts" },
  masked_patches: { data: "images" },
  visual_tokenizer: { data: "images" },
  contrastive: { data: "pairs" },
  matching: { data: "pairs", more: ["contrastive", "contrastive_too"] },
  classify: { data: "labelled_images", form: "image.cls" },
  compare: { data: "statements" },
  segment: { data: "masks", form: "image.layer(1)" },
  caption: { data: "pairs" },
};

/** A specification whose stage trains a head with these keys, beside one that it shares parameters with. */
function learning(kind: HeadKind, keys: Written): string {
  const { data, more = [], form } = learnt[kind];
  const { share, loss, answers, file } = keys;
  const written = (name: string): string =>
    form === undefined ? headText(kind, name) : `head ${name}: ${kind}(${form})`;
  // Answers need scores, which only questions have; a tokenizer from a file is not trained, but its codes are predicted.
  const asked: Written = answers === undefined ? {} : { loss: "bce" };
  const isAsked = answers !== undefined || loss === "bce";
  const learns = [file === undefined ? kind : "codes", ...(share === undefined ? [] : [share]), ...more];
  return textOf({
    "model Small": model,
    ...(isAsked
      ? { "data given: questions": { format: "jsonl", records: '"questions.jsonl"', images: '"."' } }
      : { [`data given: ${data}`]: { format: "shapes", ...(kind === "compare" && { images: "2" }) } }),
    ...(share !== undefined && { [written(share)]: { ...headKeys[kind] } }),
    ...Object.fromEntries(more.map((name) => [`head ${name}: contrastive(image.cls, text.cls)`, {}])),
    ...(file !== undefined && { "head codes: masked_patches(image.patches)": { targets: `tokens(${kind})` } }),
    [written(kind)]: { ...headKeys[kind], ...asked, ...keys },
    "stage learning": {
      ...course,
      data: "given",
      learn: learns.join(" + "),
      ...(kind === "compare" && { with: "{ image { types: 2 } }" }),
    },
  });
}

function updating(optimizer: string): string {
  return textOf({
    "model Small": model,
    "data given: images": { format: "shapes" },
    "head patches: masked_patches(image.patches)": {},
    "stage learning": { ...course, data: "given", learn: "patches", optimizer },
  });
}

function stageOf(text: string): StageSpec {
  const { spec, diagnostics } = check(text);
  const stage = spec?.stages.get("learning");
  if (stage !== undefined) return stage;
  throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join("; "));
}

const sizes = { batch: 4, capacity: new Map<string, number>() };

/** Everything that training and evaluation derive from a head. */
function madeOfHeads(stage: StageSpec): unknown {
  const context = createContext(stage, sizes, { training: true });
  const { total } = lossesOf(context, false);
  const { heads, model: of } = stage;
  return [
    print(createGraph("losses", [...context.inputs.values()], new Map([["total", total]]))),
    [...context.counts],
    [...context.noise],
    parametersOf(of, heads),
    heads.map((head) => {
      const rule = ruleOf(head);
      const { least = null } = rule.classes?.(head) ?? {};
      return [
        rule.wants(head),
        rule.contrasts?.(head),
        rule.mines?.(head),
        rule.writes?.search(head),
        rule.weightsFile?.(head),
        least,
      ];
    }),
  ];
}

function madeOfUpdates(stage: StageSpec): unknown {
  const scalars = [1, 2].map((step) => [...stepScalars(stage.optimizer, step)]);
  return [print(buildUpdate(stage, sizes).graph), scalars, stage.optimizer.lr];
}

const cases = [
  ...headKinds.flatMap((kind) =>
    ownersIn({
      name: kind,
      schema: ruleOf({ kind }).schema,
      given: headKeys[kind] ?? {},
      text: (keys) => learning(kind, keys),
    }).map((owner) => ({ ...owner, made: madeOfHeads })),
  ),
  ...Object.entries(optimizers).flatMap(([name, each]) =>
    call(name, each, updating).map((owner) => ({ ...owner, made: madeOfUpdates })),
  ),
].flatMap(({ schema, ...owner }) =>
  Object.entries(schema.shape).map(([key, field]) => [`${owner.name}.${key}`, { ...owner, key, field }] as const),
);

type Case = Omit<Owner, "schema"> & { readonly key: string } & Pick<(typeof cases)[number][1], "field" | "made">;

/** Values with different results. */
function differences(place: string, { key, field, given, text, made }: Case): { seen: number; refused: string[] } {
  const seen = new Set<string>();
  const refused: string[] = [];
  const without = Object.hasOwn(given, key) ? [] : [{}];
  for (const written of [...without, ...valuesOf(place, field).map((value) => ({ [key]: value }))]) {
    try {
      const stage = stageOf(text({ ...given, ...companions[place], ...written }));
      seen.add(JSON.stringify(made(stage), plain));
    } catch (error) {
      refused.push(`${JSON.stringify(written)}: ${String(error)}`);
    }
    if (seen.size > 1) break;
  }
  return { seen: seen.size, refused };
}

function plain(_: string, value: unknown): unknown {
  return value instanceof Map ? [...(value as Map<unknown, unknown>)] : value;
}

it.each(cases)("`%s` changes what is run", (place, each) => {
  const { seen, refused } = differences(place, each);
  expect(seen, `nothing changes\n${refused.join("\n")}`).toBeGreaterThan(1);
});
