// A specification for the data in a folder: which data, how large a model they support, and how long training takes here.
import { checkSpec, planOf, type FileAccess, type Spec } from "../../compiler/index.js";
import { DataShelf } from "../data/stage-data.js";
import type { DataKind, DataSet } from "../data/index.js";
import { advisedBy, mistakesIn, VlmoError, vlmoError, withoutSkipping } from "../errors/vlmo-error.js";
import { openModel, type Described } from "../predict/model.js";
import { chosenIn, type Chosen } from "./choose.js";
import { withClassNames } from "./class-names.js";
import { factsOf } from "./facts.js";
import { knownHeads } from "./known-heads.js";
import { listingOf } from "./listing.js";
import { modelOf, newModel, type ModelText } from "./model.js";
import { sizes } from "./sizes.js";
import type { Source } from "./source.js";
import { tasks, type Facts } from "./tasks.js";
import { dataText, specText, STAGE, type Places, type Training } from "./write.js";

/** The options of `init`. */
export interface InitOptions extends Places {
  /** Only data of this kind; null for the most informative. */
  readonly kind: DataKind | null;
  /** The folder of a checkpoint to initialise from; null for a new model. */
  readonly from: string | null;
  /** Seconds that training may take on this machine. */
  readonly seconds: number;
  /** Measures training operations per second on this machine, once the data are known to be usable. */
  readonly speed: () => Promise<number>;
  readonly access: FileAccess;
}

/** A specification with the facts it was written from. */
export interface Written {
  readonly text: string;
  readonly chosen: Chosen;
  readonly facts: Facts;
  readonly training: Training;
  /** Estimated seconds of training, from its operations. */
  readonly seconds: number;
}

/** Epochs, if time permits. */
const EPOCHS = 30;
/** Fewer optimizer steps train too little. */
const LEAST = 300;
const FEWEST = 20;

/** Writes a specification for the data in a folder. Throws V910, V952, and all mistakes in the data or the checkpoint. */
export async function writeSpecification(options: InitOptions): Promise<Written> {
  const { folder, kind } = options;
  const beginning = options.from === null ? null : await openModel(options.from);
  const chosen = await withClassNames(await chosenIn(await listingOf(folder), kind), folder);
  const facts = await factsFor(chosen, options);
  const found = { chosen, facts, speed: await options.speed() };
  const plans = beginning === null ? newPlans(found, options) : [planFrom(beginning, found, options)];
  const plan = plans.find(({ isShort }) => !isShort) ?? plans.at(-1);
  if (plan === undefined) throw new Error("internal: no size of model");
  const { training, seconds } = plan;
  const text = specText(chosen, facts, training, options);
  return { text, chosen, facts: { ...facts, ...(beginning && textsOf(beginning)) }, training, seconds };
}

/** Texts as the checkpoint's model reads them, whatever the data hold. */
function textsOf({
  stage: {
    model: { text },
  },
}: Described): Pick<Facts, "tokens" | "vocabulary"> {
  return { tokens: text?.length ?? 0, vocabulary: text?.tokenizer.vocabulary ?? 0 };
}

/** Facts about the usable samples: `check --data` reports the others. Throws their mistakes where none is usable. */
async function factsFor(chosen: Chosen, options: InitOptions): Promise<Facts> {
  return factsIn(chosen, options).catch(async (error: unknown) =>
    factsIn(lenient(chosen), options).catch(() => {
      throw aboutFolder(error);
    }),
  );
}

/** There is no data block written by the user yet: advice refers to the files in the folder. */
function aboutFolder(error: unknown): unknown {
  return error instanceof VlmoError ? advisedBy(mistakesIn(error), adviceOnFolder) : error;
}

function adviceOnFolder({ code, message, help }: VlmoError): string {
  if (code !== "V919") return withoutSkipping(help);
  return message.includes("`split`")
    ? "add images or texts: at least two are needed, of which one is held out for evaluation; or put evaluation data into a folder `val`"
    : "put data to learn from into the folder, of a part such as `train` where its files name parts";
}

/** The same data sets, skipping unusable samples. */
function lenient({ learnt, unseen, ...rest }: Chosen): Chosen {
  const skipping = (source: Source): Source => ({ ...source, settings: { ...source.settings, on_error: "skip" } });
  return { ...rest, learnt: skipping(learnt), unseen: "learnt" in unseen ? unseen : skipping(unseen) };
}

/** Throws V952 where there is nothing to choose among. */
async function factsIn(chosen: Chosen, options: InitOptions): Promise<Facts> {
  const { data } = specOf(`vlmo 1\n\n${dataText(chosen, options)}\n`, options);
  const shelf = new DataShelf();
  const opened = async (name: string): Promise<DataSet> => {
    const block = data.get(name);
    if (block === undefined) throw new Error(`internal: no data block ${name}`);
    return shelf.block(block);
  };
  const { learnt } = chosen;
  const facts = await factsOf(await opened("learnt"), learnt, async () => opened("unseen"));
  const { least, help } = tasks[learnt.kind];
  if (facts.choices >= least) return facts;
  const reason = `its ${learnt.kind.replace("_", " ")} have no two classes to choose among`;
  throw vlmoError("V952", { folder: options.folder, reason }, { help });
}

type Found = Pick<Written, "chosen" | "facts"> & { readonly speed: number };

/** A training plan, and whether it has fewer steps than it should. */
type Plan = Pick<Written, "training" | "seconds"> & { readonly isShort: boolean };

/** A plan for each model size that the data support, the largest first. */
function newPlans(found: Found, options: InitOptions): Plan[] {
  const { chosen, facts } = found;
  const task = tasks[chosen.learnt.kind];
  const large = sizes.filter((size) => size.layers >= task.layers);
  const filled = large.filter((size) => size.items <= facts.items);
  const fitting = filled.length > 0 ? filled.toReversed() : large.slice(0, 1);
  return fitting.map((size) => planOfModel(newModel(size, task, facts), found, options));
}

/** A plan for the model of a checkpoint. Throws V952 where the data require something that the model lacks. */
function planFrom(beginning: Described, found: Found, options: InitOptions): Plan {
  const { out } = options;
  const draft = draftOf(modelOf(beginning, out), found, options);
  const next = draft.spec?.stages.get(STAGE);
  if (next !== undefined) {
    const heads = knownHeads(beginning, next);
    // Such a head may refer to others that are not declared here.
    const reusing = draftOf(modelOf(beginning, out, { heads }), found, options).spec?.stages.get(STAGE);
    const text = modelOf(beginning, out, reusing === undefined ? { next } : { next: reusing, heads });
    return planOfModel(text, found, options);
  }
  const reason = `the model of \`${beginning.folder}\` does not fit ${found.chosen.learnt.kind}: ${draft.error ?? ""}`;
  const help = "name a checkpoint of a model that reads what these data hold, or another --kind";
  throw vlmoError("V952", { folder: options.folder, reason }, { help });
}

function draftOf(model: ModelText, { chosen, facts }: Found, options: InitOptions): Checked {
  return checked(specText(chosen, facts, { model, batch: batchFor(facts), steps: LEAST }, options), options);
}

function planOfModel(model: ModelText, found: Found, options: InitOptions): Plan {
  const { facts, speed } = found;
  const { spec, error } = draftOf(model, found, options);
  // There are too few samples for a batch.
  if (spec === null) {
    const reason = `it has too few ${found.chosen.learnt.kind.replace("_", " ")}: ${error ?? ""}`;
    const help = "add some: a tenth of them, at least one, is held out for evaluation";
    throw vlmoError("V952", { folder: options.folder, reason }, { help });
  }
  const [plan] = planOf(spec).stages;
  const stepsASecond = speed / (plan?.flopsStep ?? 1);
  const batch = batchFor(facts);
  const wanted = Math.max(LEAST, Math.round((EPOCHS * facts.items) / batch));
  const steps = rounded(Math.min(wanted, options.seconds * stepsASecond));
  return { training: { model, batch, steps }, seconds: steps / stepsASecond, isShort: steps < LEAST };
}

/** A power of two: at most a quarter of an epoch where there are many samples. */
function batchFor({ items }: Facts): number {
  return 2 ** Math.floor(Math.log2(Math.min(32, Math.max(items / 4, Math.min(4, items)))));
}

/** Rounds to two digits. */
function rounded(steps: number): number {
  const unit = 10 ** Math.max(1, Math.floor(Math.log10(steps)) - 1);
  return Math.max(FEWEST, Math.floor(steps / unit) * unit);
}

interface Checked {
  readonly spec: Spec | null;
  /** The first mistake. */
  readonly error: string | undefined;
}

function checked(text: string, { out, access }: InitOptions): Checked {
  const read = (file: string): string | null => (file === out ? text : access.read(file));
  const { spec, diagnostics } = checkSpec(out, { ...access, read });
  const [error] = diagnostics.filter(({ severity }) => severity === "error");
  return { spec: error === undefined ? spec : null, error: error?.message };
}

/** The checked specification; errors in a generated text are a bug. */
function specOf(text: string, options: InitOptions): Spec {
  const { spec, error } = checked(text, options);
  if (spec === null) throw new Error(`internal: ${error ?? ""}\n${text}`);
  return spec;
}
