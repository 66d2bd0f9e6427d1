// Models: the block with its sections and the experts with their layers. A stand-in replaces anything wrong, so that
// the rest is checked all the same.
import type { Name, Span } from "../../../grammar/index.js";
import { mergeBlocks, type BlockNode } from "../../resolve/blocks.js";
import { parentName } from "../../resolve/extend.js";
import type { Declared } from "../../resolve/module.js";
import { modelSchema } from "../../schema/blocks.js";
import { readPartly } from "../../schema/read.js";
import type { ModelSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { doubting, watched, type Doubt, type Doubts } from "../doubts.js";
import { readExperts } from "./experts.js";
import { readInit } from "./init.js";
import { agrees } from "./numbers.js";
import { placeOf } from "./place.js";
import { noteDoubts, readAttention, readImage, readText, type DoubtsOf } from "./sections.js";

/** A model as far as it could be read. */
export interface ModelResult {
  readonly spec: ModelSpec;
  /** Which parts of it are stand-ins. */
  readonly doubts: Doubts;
  /** Whether it has no errors. */
  readonly isSound: boolean;
}

/** The doubts that follow from keys whose value is unknown; sections add their own. */
const modelDoubts: DoubtsOf<typeof modelSchema> = {
  layers: "layers",
  width: "width",
  attention: null,
  norm: null,
  init: null,
  layer_scale: null,
  drop_path: null,
  image: "parts",
  text: "parts",
  experts: "parts",
};

/** Stand-ins for values that could not be read: their sizes fit nothing in particular, and they are never shown. */
const standIn = {
  layers: 100,
  width: 64,
  norm: { eps: 1e-6 },
  init: { value: "scaled" },
  layer_scale: null,
  drop_path: 0,
} as const;

/** Checks a model, with the changes of a stage's `with` if there are any. */
export function checkModel(declared: Declared, context: Context, change?: BlockNode): ModelResult {
  const { body } = context.merge(declared);
  const { span, text } = declared.node.name;
  const named = {
    name: context.nameOf(declared),
    span,
    inherits: change !== undefined || parentName(declared) !== undefined,
  };
  if (change === undefined) return readModel({ ...named, body, what: `model \`${text}\`` }, context);
  return readModel({ ...named, body: mergeBlocks(body, change), change, what: "`with`" }, context);
}

/** A stand-in for the unknown model of a stage, under the name of the stage: everything about it is in doubt. */
export function unknownModel({ text: name, span }: Pick<Name, "text" | "span">, by: Declared, context: Context) {
  const body: BlockNode = { kind: "block", entries: new Map(), items: [], key: span, origin: by, incomplete: true };
  return readModel({ name, span, body, what: `model of \`${name}\``, inherits: true }, context);
}

interface ModelRead {
  readonly name: string;
  readonly span: Span;
  readonly body: BlockNode;
  readonly change?: BlockNode;
  /** Its name in messages. */
  readonly what: string;
  /** Whether it has a parent, or changes another model. */
  readonly inherits: boolean;
}

function readModel({ name, span, body, change, what, inherits }: ModelRead, outer: Context): ModelResult {
  const { context, isSilent } = watched(outer);
  const doubts = new Set<Doubt>();
  const reading = { context, doubts, alone: inherits && body.incomplete === true ? body.origin : null };
  const read = readPartly(modelSchema, body, { what, span: change?.key ?? span }, context.reading);
  noteDoubts(body, read.failed, modelDoubts, reading);
  const values = { ...standIn, ...read.values };
  const attention = readAttention(values.attention, span, reading);
  const image = values.image === undefined ? null : readImage(values.image, reading);
  const text = values.text === undefined ? null : readText(values.text, reading);
  const experts = readExperts(values.experts, { layers: values.layers, name, moved: change }, reading);
  const spec: ModelSpec = {
    name,
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
    span,
  };
  agrees(spec, (section, key) => placeOf(body, section, key) ?? spec.span, doubting(context, doubts));
  return { spec, doubts, isSound: doubts.size === 0 && isSilent() };
}
