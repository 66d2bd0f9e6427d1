// `mix: [mixup, cutmix]`: the images of a batch mixed pairwise, each then with two labels.
import type { Related } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import { ruleOf } from "../../heads/index.js";
import { readField } from "../../schema/fields.js";
import { list } from "../../schema/lists.js";
import { mixings, type MixSpec } from "../../schema/mixings.js";
import { constructor } from "../../schema/families.js";
import type { DataSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import type { Term } from "../head/objective.js";
import { at, type Draft } from "./draft.js";

const ways = list(constructor("way to mix images", mixings), { distinct: ({ kind }) => kind });

/** The ways to mix, of which each batch draws one; none if the key is wrong, which was reported. */
export function readMix(draft: Draft, context: Context): MixSpec[] {
  const node = draft.values.mix;
  if (node === undefined) return [];
  if (node.expression.kind === "reference" && node.expression.segments[0].name.text === "none") return [];
  const result = readField(ways, { node, label: "mix", reading: context.reading });
  return result.success ? result.data : [];
}

/** The mixing, the objective and the data of a stage. */
interface Mixed {
  readonly mix: readonly MixSpec[];
  readonly terms: readonly Term[];
  readonly data: readonly DataSpec[];
}

/** V532 if a head, or the data, cannot handle a second label. */
export function checkMix(draft: Draft, { mix, terms, data }: Mixed, context: Context): void {
  if (mix.length === 0) return;
  const refuse = (what: string, reason: string, related: readonly Related[] = []): void =>
    context.report(diagnose("V532", at(draft, "mix"), { stage: draft.name, what, reason }, { related }));
  const unmixed = terms.flatMap((term) => {
    const { head } = term.draft;
    const why = ruleOf(head).unmixed;
    const reason = why === undefined ? `a \`${head.kind}\` head learns no class of an image` : why(head);
    const related = { span: term.span, message: `\`${head.name}\` is learnt here` };
    return reason === null ? [] : [{ name: head.name, reason, related }];
  });
  // Reported once, for however many heads: one key is wrong.
  const [first] = unmixed;
  if (first !== undefined)
    refuse(
      first.name,
      first.reason,
      unmixed.map(({ related }) => related),
    );
  const pairs = data.find(({ images }) => images === 2);
  if (pairs !== undefined) refuse(pairs.name, "its samples have two images and one label");
}
