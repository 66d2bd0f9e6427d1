// Which vectors a model can make: those of a contrastive head, shared by images and texts, or a feature of the trunk.
import {
  buildFeature,
  buildVector,
  ruleOf,
  vectorFeatures,
  type HeadSpec,
  type Program,
  type Sizes,
  type StageSpec,
  type View,
} from "../../compiler/index.js";
import { closest } from "../../grammar/index.js";
import { vlmoError } from "../errors/vlmo-error.js";

/** A vector that a model makes, by its name: that of a contrastive head, or a feature such as `image.cls`. */
export interface Feature {
  readonly name: string;
  /** The views that it can be computed from. */
  readonly views: readonly View[];
  /** Whether the vectors have unit length. */
  readonly normalised: boolean;
  /** The head that projects it; null for a feature of the trunk. */
  readonly head: HeadSpec | null;
  /** Builds a program that computes it as the output `vector`. */
  readonly build: (stage: StageSpec, sizes: Sizes, view: View) => Program;
}

/**
 * The feature of that name, or by default the vectors of the only contrastive head, those that the stage trains before all
 * others. Throws V909.
 */
export function featureFor(stage: StageSpec, name: string | null): Feature {
  const features = featuresOf(stage);
  const names = features.map((feature) => feature.name);
  const list = names.map((each) => `\`${each}\``).join(", ");
  const help = names.length === 0 ? undefined : `name one with --feature: ${list}`;
  const refused = (reason: string, near?: string): Error =>
    vlmoError("V909", { reason }, { help: near === undefined ? help : `did you mean \`${near}\`?` });
  if (features.length === 0) throw refused(`the stage \`${stage.name}\` makes no vectors of images or texts`);
  if (name !== null) {
    const named = features.find((feature) => feature.name === name);
    if (named === undefined)
      throw refused(`the stage \`${stage.name}\` has no vector \`${name}\``, closest(name, names));
    return named;
  }
  const contrasts = features.filter(({ head }) => head !== null);
  const learnt = contrasts.filter(({ name: of }) => stage.learn.some(({ head }) => head.name === of));
  const [only, second] = learnt.length > 0 ? learnt : contrasts;
  if (only === undefined) throw refused(`the stage \`${stage.name}\` has no contrast, whose vectors would be taken`);
  if (second !== undefined) throw refused(`the stage \`${stage.name}\` has several contrasts`);
  return only;
}

function featuresOf(stage: StageSpec): Feature[] {
  const contrasts = stage.heads.filter((head) => ruleOf(head).vectors !== undefined);
  return [...contrasts.map(ofContrast), ...[...vectorFeatures(stage)].map(ofTrunk)];
}

function ofContrast(head: HeadSpec): Feature {
  return {
    name: head.name,
    views: ["image", "text"],
    normalised: true,
    head,
    build: (stage, sizes, view) => {
      if (view === "pair") throw new Error("internal: a contrast has no vectors of pairs");
      return buildVector(stage, sizes, head, view);
    },
  };
}

function ofTrunk([name, feature]: [string, Parameters<typeof buildFeature>[2]]): Feature {
  return {
    name,
    views: [feature.view],
    normalised: false,
    head: null,
    build: (stage, sizes) => buildFeature(stage, sizes, feature),
  };
}
