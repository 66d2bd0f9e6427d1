// A specification for the data in a folder: what lies there, how large a model it fills, and how long that one is trained here.
import { checkSpec, planOf, type FileAccess, type Spec } from "../../compiler/index.js";
import { DataShelf } from "../data/stage-data.js";
import type { DataKind } from "../data/index.js";
import { chosenIn, type Chosen } from "./choose.js";
import { withClassNames } from "./class-names.js";
import { factsOf } from "./facts.js";
import { listingOf } from "./listing.js";
import { sizes, type Size } from "./sizes.js";
import { tasks, type Facts } from "./tasks.js";
import { dataText, specText, type Places, type Training } from "./write.js";

/** What is asked for. */
export interface InitOptions extends Places {
  /** Only data of this kind; null for what says most. */
  readonly kind: DataKind | null;
  /** How long training may take here. */
  readonly seconds: number;
  /** Operations a second of training here. */
  readonly speed: number;
  readonly access: FileAccess;
}

/** A specification with what it was written from. */
export interface Written {
  readonly text: string;
  readonly chosen: Chosen;
  readonly facts: Facts;
  readonly training: Training;
  /** Seconds that training takes by its operations. */
  readonly seconds: number;
}

/** Passes over the data, where there is time for them. */
const EPOCHS = 30;
/** Fewer steps than these teach little. */
const LEAST = 300;
const FEWEST = 20;

/** Writes a specification for what lies in a folder. Throws V910, V952, and what is wrong with the data. */
export async function writeSpecification(options: InitOptions): Promise<Written> {
  const { folder, kind } = options;
  const chosen = await withClassNames(chosenIn(await listingOf(folder), kind), folder);
  const data = specOf(`vlmo 1\n\n${dataText(chosen, options)}\n`, options).data.get("learnt");
  if (data === undefined) throw new Error("internal: no data block");
  const facts = await factsOf(await new DataShelf().block(data), chosen.learnt);
  const { training, seconds } = trainingFor(chosen, facts, options);
  return { text: specText(chosen, facts, training, options), chosen, facts, training, seconds };
}

/** The largest model that the data fill and that can be trained in the time, else the smallest. */
function trainingFor(chosen: Chosen, facts: Facts, options: InitOptions): Pick<Written, "training" | "seconds"> {
  const { layers } = tasks[chosen.learnt.kind];
  const fitting = sizes.filter((size) => size.layers >= layers && size.items <= facts.items);
  const [smallest = sizes[0]] = sizes.filter((size) => size.layers >= layers);
  const fromLargest = (fitting.length > 0 ? fitting : [smallest]).toReversed();
  const tried = fromLargest.map((size) => trained(size, chosen, facts, options));
  return tried.find(({ isShort }) => !isShort) ?? tried.at(-1) ?? trained(smallest, chosen, facts, options);
}

function trained(
  size: Size,
  chosen: Chosen,
  facts: Facts,
  options: InitOptions,
): Pick<Written, "training" | "seconds"> & { readonly isShort: boolean } {
  const batch = Math.max(4, Math.min(32, 2 ** Math.floor(Math.log2(facts.items / 4))));
  const draft = specOf(specText(chosen, facts, { size, batch, steps: LEAST }, options), options);
  const [plan] = planOf(draft).stages;
  const second = options.speed / (plan?.flopsStep ?? 1);
  const wanted = Math.max(LEAST, Math.round((EPOCHS * facts.items) / batch));
  const steps = rounded(Math.max(FEWEST, Math.min(wanted, options.seconds * second)));
  return { training: { size, batch, steps }, seconds: steps / second, isShort: steps < LEAST };
}

/** To two digits. */
function rounded(steps: number): number {
  const unit = 10 ** Math.max(1, Math.floor(Math.log10(steps)) - 1);
  return Math.max(FEWEST, Math.floor(steps / unit) * unit);
}

/** What was written is sound, or that is a bug. */
function specOf(text: string, { out, access }: InitOptions): Spec {
  const read = (file: string): string | null => (file === out ? text : access.read(file));
  const { spec, diagnostics } = checkSpec(out, { ...access, read });
  const [error] = diagnostics.filter(({ severity }) => severity === "error");
  if (spec === null || error !== undefined) throw new Error(`internal: ${error?.message ?? ""}\n${text}`);
  return spec;
}
