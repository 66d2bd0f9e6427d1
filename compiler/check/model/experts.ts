// The experts of a model, each with its layers.
import { didYouMean, type LayerSet } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { BlockNode, MergedEntry, ValueNode } from "../../resolve/blocks.js";
import { readField } from "../../schema/fields.js";
import { modelSections } from "../../schema/blocks.js";
import { experts as signatures } from "../../schema/constructors.js";
import { constructor } from "../../schema/families.js";
import type { ExpertSpec, View } from "../../spec/spec.js";
import { doubting } from "../doubts.js";
import type { ModelReading } from "./sections.js";
import { layersAt } from "./placement.js";

interface Placing {
  readonly layers: number;
  readonly name: string;
  /** The `with` that changed the placement of some experts. */
  readonly moved: BlockNode | undefined;
}

/** The experts of a model; one that cannot be read serves no view. */
export function readExperts(block: BlockNode | undefined, placing: Placing, reading: ModelReading): ExpertSpec[] {
  const experts: ExpertSpec[] = [];
  if (block === undefined) return experts;
  if (block.incomplete === true || reading.alone !== null) reading.doubts.add("parts");
  const quiet = { ...reading, context: doubting(reading.context, reading.doubts) };
  for (const [name, entry] of block.entries) {
    const expert = readExpert(name, entry, { block, placing }, quiet);
    if (expert === null) continue;
    experts.push(expert);
    // A bare `on none` that overrides an inherited expert is intended, as it is in a `with`.
    const moved = entry.node.kind === "value" && entry.node.subjectOrigin !== undefined;
    if (expert.layers.length === 0 && placing.moved === undefined && !moved) {
      const help = "place it, as in `on all`, or remove it";
      quiet.context.report(diagnose("V307", expert.span, { expert: name }, { help }));
    }
  }
  return experts;
}

const ffn = constructor("expert", signatures);

interface Around {
  readonly block: BlockNode;
  readonly placing: Placing;
}

/** Null: the entry is not an expert, which was reported. */
function readExpert(name: string, entry: MergedEntry, around: Around, reading: ModelReading): ExpertSpec | null {
  const { node } = entry;
  if (node.kind === "block") return wrongExpert(name, node, reading);
  const placement = node.expression.kind === "placement" ? node.expression : undefined;
  const subject = placement === undefined ? node.expression : placement.subject;
  if (subject === undefined) return noExpert(name, entry, around, reading);
  const call: ValueNode = { ...node, expression: subject, origin: node.subjectOrigin ?? node.origin };
  const read = readField(ffn, { node: call, label: name, reading: reading.context.reading });
  if (!read.success) reading.doubts.add("experts");
  const { views, ratio, activation } = read.success ? read.data : unknownExpert;
  const { origin, key } = node;
  const placed: ValueNode = { kind: "value", expression: subject, origin, key };
  const layers = layersOf(placement?.layers, placed, around.placing, reading);
  const span = placement?.layers.span ?? subject.span;
  return { name, views: [...new Set<View>(views)], ratio, activation, layers, span };
}

const unknownExpert = { views: [], ratio: 1, activation: "gelu" } as const;

/** The layers of a placement; all layers if it is wrong. */
function layersOf(place: LayerSet | undefined, node: ValueNode, { layers }: Placing, reading: ModelReading): number[] {
  const at = { layers, node, reading: reading.context.reading };
  const everywhere = { kind: "all_layers", span: node.expression.span } as const;
  const found = layersAt(place ?? everywhere, at);
  if (found === null) reading.doubts.add("experts");
  return found ?? layersAt(everywhere, at) ?? [];
}

/** Reports a placement without an expert; returns null. */
function noExpert(
  name: string,
  { reference }: MergedEntry,
  { block, placing }: Around,
  { context }: ModelReading,
): null {
  // The expert may be in the part that could not be parsed.
  if (block.incomplete === true) return null;
  const others = [...block.entries.keys()].filter((other) => other !== name);
  const remedy = didYouMean(reference.span, others, `give it one: \`${name}: ffn(…) on …\``, name);
  context.report(diagnose("V112", reference.span, { name: placing.name, expert: name }, remedy));
  return null;
}

function wrongExpert(name: string, node: BlockNode, { context, doubts }: ModelReading): null {
  doubts.add("parts");
  if (Object.hasOwn(modelSections, name)) {
    const help = "it belongs in the model, beside `experts`";
    context.report(diagnose("V201", node.key, { owner: "`experts`", key: name }, { help }));
    return null;
  }
  const help = `write \`${name}: ffn(…) on …\``;
  context.report(diagnose("V214", node.key, { key: name, wanted: "an expert with its layers" }, { help }));
  return null;
}
