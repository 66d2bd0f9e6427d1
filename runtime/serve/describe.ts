// A model's description for clients, without any paths.
import { ruleOf, sizeOf, type HeadSpec } from "../../compiler/index.js";
import { colourOf } from "../data/index.js";
import { driftNote } from "../predict/drift.js";
import { answeringHeads, askedOf, saysRegions, wayOf } from "../predict/heads.js";
import type { TrainedModel } from "../predict/model.js";

/** A head, as described to clients. */
export interface HeadDescription {
  readonly name: string;
  readonly kind: string;
  /** Images per question. */
  readonly images: 0 | 1 | 2;
  /** Whether a question needs a text. */
  readonly text: boolean;
  /** Whether it chooses among `texts` and `classes`. */
  readonly chooses: boolean;
  /** Whether the stage trains it; others are kept from earlier stages. */
  readonly learnt: boolean;
  /** A notice that it may have drifted, since the stage has changed its features. */
  readonly note?: string;
  /** Its possible answers, where they are a list; numbers where its data have no names. */
  readonly classes?: readonly string[];
  /** For a segmentation head: the colours of the classes in overlays. */
  readonly colours?: readonly string[];
}

/** The response to GET /model. */
export interface ModelDescription {
  readonly vlmo: string;
  readonly model: string;
  readonly stage: string;
  readonly step: number;
  readonly parameters: number;
  /** Side of images in pixels, and tokens of a text; null for none. */
  readonly image: number | null;
  readonly text: number | null;
  readonly heads: readonly HeadDescription[];
}

/** Describes a model; `version` is that of the program. */
export function describe(model: TrainedModel, version: string): ModelDescription {
  const { stage, manifest, parameters } = model;
  return {
    vlmo: version,
    model: stage.model.name,
    stage: stage.name,
    step: manifest.step,
    parameters: [...parameters.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    image: stage.model.image?.size ?? null,
    text: stage.model.text?.length ?? null,
    heads: answeringHeads(stage).map((head) => headOf(model, head)),
  };
}

function headOf(model: TrainedModel, head: HeadSpec): HeadDescription {
  const { labels, stage } = model;
  const { name, kind } = head;
  const note = driftNote(model, head);
  const count = ruleOf(head).classes?.(head).count;
  const classes =
    labels.get(name) ?? (count === undefined ? undefined : Array.from({ length: count }, (_, i) => String(i)));
  return {
    name,
    kind,
    ...askedOf(head),
    chooses: wayOf(head) === "vectors",
    learnt: stage.learn.some((each) => each.head.name === name),
    ...(note !== null && { note }),
    ...(classes && { classes }),
    ...(classes && saysRegions(head) && { colours: [...classes.keys()].map(colourOf) }),
  };
}
