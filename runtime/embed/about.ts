// Metadata of vectors: the model that made them, which feature they are, and how they are compared.
import { z } from "zod";
import type { Precision } from "../../compiler/index.js";
import { fingerprintOf } from "../checkpoint/index.js";
import type { TrainedModel } from "../predict/model.js";
import type { Feature } from "./feature.js";

/** The metadata of a file of vectors. */
export interface About {
  /** The fingerprint of the model. */
  readonly model: string;
  readonly stage: string;
  readonly feature: string;
  readonly precision: string;
  readonly width: number;
  readonly normalised: boolean;
}

/** The metadata of a model's vectors. */
export function aboutOf(model: TrainedModel, { name, normalised }: Feature, precision: Precision): About {
  const { manifest, stage } = model;
  const { width } = stage.model;
  return { model: fingerprintOf(manifest), stage: stage.name, feature: name, precision, width, normalised };
}

/** The difference that makes vectors incomparable; null where they can be compared. */
export function differenceOf(found: About, wanted: About): string | null {
  const ofModel = ({ model, stage }: About): string => `the model ${model.slice(0, 8)} (stage \`${stage}\`)`;
  if (found.model !== wanted.model) return `of ${ofModel(found)}, not of ${ofModel(wanted)}`;
  if (found.feature !== wanted.feature) return `\`${found.feature}\`, not \`${wanted.feature}\``;
  if (found.precision !== wanted.precision) return `computed in ${found.precision}, not in ${wanted.precision}`;
  return null;
}

const schema = z.object({
  format: z.literal("vlmo-vectors"),
  version: z.literal("1"),
  model: z.string(),
  stage: z.string(),
  feature: z.string(),
  precision: z.string(),
  width: z.string().regex(/^[1-9]\d*$/),
  normalised: z.enum(["true", "false"]),
});

/** As strings by name, which every format can store. */
export function metadataOf({ width, normalised, ...texts }: About): Map<string, string> {
  const all = { format: "vlmo-vectors", version: "1", ...texts, width: String(width), normalised: String(normalised) };
  return new Map(Object.entries(all));
}

/** The metadata read from a file; null where it is not a file of vectors. */
export function aboutIn(metadata: ReadonlyMap<string, string>): About | null {
  const found = schema.safeParse(Object.fromEntries(metadata));
  if (!found.success) return null;
  const { model, stage, feature, precision, width, normalised } = found.data;
  return { model, stage, feature, precision, width: Number(width), normalised: normalised === "true" };
}
