// Models: the block with its sections, the experts with their layers, and what must agree between them.
import { didYouMean, type Span } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import { mergeBlocks, type BlockNode, type MergedEntry, type ValueNode } from "../resolve/blocks.js";
import type { Declared } from "../resolve/modules.js";
import { readField } from "../schema/fields.js";
import { attentionSchema, imageSchema, modelSchema, textSchema } from "../schema/blocks.js";
import { experts as expertSignatures } from "../schema/constructors.js";
import { constructor, readBlock } from "../schema/read.js";
import type { AttentionSpec, ExpertSpec, ImageSpec, ModelSpec, TextSpec, View } from "../spec/spec.js";
import type { Context } from "./context.js";
import { readInit } from "./fresh.js";
import { agrees } from "./model-numbers.js";
import { layersAt } from "./placement.js";

/** Reads a model, or what a stage's `with` makes of it. Null: too little of it is right to go on. */
export function checkModel(declared: Declared, context: Context, change?: BlockNode): ModelSpec | null {
  const merged = context.merge(declared).body;
  const body = change === undefined ? merged : mergeBlocks(merged, change);
  const name = declared.node.name;
  const what = change === undefined ? `model \`${name.text}\`` : "`with`";
  const values = readBlock(modelSchema, body, { what, span: change?.key ?? name.span }, context.reading);
  if (values === null) return null;
  const attention = readAttention(values.attention, context);
  const image = readSection(values.image, body.entries.has("image"), (block) => readImage(block, context));
  const text = readSection(values.text, body.entries.has("text"), (block) => readText(block, context));
  const { experts, whole } = readExperts(
    values.experts,
    { layers: values.layers, name: name.text, moved: change },
    context,
  );
  if (attention === null || image === undefined || text === undefined) return null;
  const model: ModelSpec = {
    name: context.nameOf(declared),
    layers: values.layers,
    width: values.width,
    attention,
    normEps: values.norm.eps,
    layerScale: values.layer_scale,
    ...readInit(values.init, experts, context),
    dropPath: values.drop_path,
    image,
    text,
    experts,
    span: name.span,
  };
  return agrees(model, (section, key) => placeOf(body, section, key) ?? model.span, context) && whole ? model : null;
}

/** A section that may be left out: null where it is, undefined where it is there and wrong. */
function readSection<T>(
  block: BlockNode | undefined,
  given: boolean,
  read: (block: BlockNode) => T | undefined,
): T | null | undefined {
  if (block !== undefined) return read(block);
  return given ? undefined : null;
}

function readAttention(block: BlockNode, context: Context): AttentionSpec | null {
  const values = readBlock(attentionSchema, block, { what: "`attention`", span: block.key }, context.reading);
  if (values === null) return null;
  const { heads, bias, share, position } = values;
  const span = block.key;
  if (position.kind === "absolute") {
    const { views, resize } = position;
    return {
      heads,
      bias,
      share,
      span,
      position: { kind: "absolute", image: views.includes("image"), text: views.includes("text"), resize },
    };
  }
  if (position.kind === "none") return { heads, bias, share, span, position: { kind: "none" } };
  return { heads, bias, share, span, position: { kind: "relative", span: position.span, table: position.table } };
}

function readImage(block: BlockNode, context: Context): ImageSpec | undefined {
  const values = readBlock(imageSchema, block, { what: "`image`", span: block.key }, context.reading);
  return values === null ? undefined : { ...values, span: block.key };
}

function readText(block: BlockNode, context: Context): TextSpec | undefined {
  const values = readBlock(textSchema, block, { what: "`text`", span: block.key }, context.reading);
  if (values === null) return undefined;
  const { vocabulary, file } = values.tokenizer;
  return {
    tokenizer: { vocabulary, file, span: block.entries.get("tokenizer")?.node.key ?? block.key },
    length: values.length,
    dropout: values.dropout,
    normEps: values.norm_eps,
    unreadPositions: values.unread_positions,
    span: block.key,
  };
}

interface Placing {
  readonly layers: number;
  readonly name: string;
  /** The `with` that moved some of the experts. */
  readonly moved: BlockNode | undefined;
}

/** The experts, and whether all could be read: a model that lacks one would be told of again at every use. */
function readExperts(block: BlockNode, placing: Placing, context: Context): { experts: ExpertSpec[]; whole: boolean } {
  const experts: ExpertSpec[] = [];
  for (const [name, entry] of block.entries) {
    const expert = readExpert(name, entry, { block, placing, context });
    if (expert === null) continue;
    experts.push(expert);
    // A bare `on none` over an inherited expert is meant, as it is in a `with`.
    const moved = entry.node.kind === "value" && entry.node.subjectOrigin !== undefined;
    if (expert.layers.length === 0 && placing.moved === undefined && !moved) {
      context.report(
        diagnose("V307", expert.span, { expert: name }, { help: `place it, as in \`on all\`, or remove it` }),
      );
    }
  }
  return { experts, whole: experts.length === block.entries.size };
}

const ffn = constructor("expert", expertSignatures);

function readExpert(
  name: string,
  entry: MergedEntry,
  { block, placing, context }: { block: BlockNode; placing: Placing; context: Context },
): ExpertSpec | null {
  const { node } = entry;
  if (node.kind === "block") return wrongExpert(name, node, context);
  const { expression } = node;
  const placement = expression.kind === "placement" ? expression : undefined;
  const subject = placement === undefined ? expression : placement.subject;
  // The expert itself may stand where reading failed.
  if (subject === undefined && block.incomplete === true) return null;
  if (subject === undefined) {
    const others = [...block.entries.keys()].filter((other) => other !== name);
    const extra = didYouMean(entry.reference.span, others, `give it one: \`${name}: ffn(…) on …\``, name);
    context.report(diagnose("V112", entry.reference.span, { name: placing.name, expert: name }, extra));
    return null;
  }
  const call: ValueNode = { ...node, expression: subject, origin: node.subjectOrigin ?? node.origin };
  const values = readField(ffn, { node: call, label: name, reading: context.reading });
  const at = { layers: placing.layers, node, reading: context.reading };
  const layers =
    placement === undefined ? layersAt({ kind: "all_layers", span: subject.span }, at) : layersAt(placement.place, at);
  if (!values.success || layers === null) return null;
  const { views, ratio, activation } = values.data;
  const span = placement?.place.span ?? subject.span;
  return { name, views: [...new Set<View>(views)], ratio, activation, layers, span };
}

function wrongExpert(name: string, node: BlockNode, context: Context): null {
  const help = `write \`${name}: ffn(…) on …\``;
  context.report(diagnose("V214", node.key, { key: name, wanted: "an expert with its layers" }, { help }));
  return null;
}

/** Where a value of a model, or of one of its sections, is written: the value where there is one, else its key. */
export function placeOf(body: BlockNode, section: string | null, key: string): Span | undefined {
  const inner = section === null ? body : body.entries.get(section)?.node;
  if (inner?.kind !== "block") return inner?.key;
  const node = inner.entries.get(key)?.node;
  if (node === undefined) return inner.key;
  return node.kind === "value" ? node.expression.span : node.key;
}
