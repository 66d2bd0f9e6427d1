// Error recovery: a stand-in replaces a broken part, so that everything else is checked too, and messages that would
// only follow from the stand-in are suppressed.
import { spanText, type Diagnostic } from "../../grammar/index.js";
import type { CompilerCode } from "../codes.js";
import type { Report } from "../resolve/module.js";
import { reporting, type Context } from "./context.js";

/**
 * A part that was replaced by a stand-in. `parts`: a part of the model could not be read at all; `tensors`: a size of
 * embeddings that no other number depends on; `base`: the model that a `with` changes is wrong, which was reported there.
 */
export type Doubt = keyof typeof follows;

/** Which parts of a model are stand-ins. Checks that would only repeat a mistake look here first. */
export type Doubts = ReadonlySet<Doubt>;

/** Everything is in doubt. */
export const allDoubts = (): Doubts => new Set(Object.keys(follows) as Doubt[]); // the table's own keys

interface Follows {
  /** Codes of messages that may follow from the stand-in. */
  readonly codes: readonly CompilerCode[];
  /** Selectors that may select nothing because of it. */
  readonly selectors?: RegExp;
}

const routing = ["V304", "V305", "V307", "V309", "V503", "V504", "V507", "V508", "V518"] as const;

const follows = {
  layers: { codes: [...routing, "V306", "V312"] },
  width: { codes: ["V301", "V311", "V504"] },
  "attention heads": { codes: ["V301"] },
  position: { codes: ["V303", "V504"], selectors: /^position/ },
  image: { codes: ["V302", "V313", "V504"] },
  text: { codes: ["V303", "V504"] },
  tensors: { codes: ["V504"] },
  experts: { codes: routing },
  parts: { codes: [...routing, "V308", "V527"], selectors: /^(?:experts|position|embed|layer_scale)/ },
  heads: { codes: ["V406", "V503", "V507", "V508", "V516", "V517", "V527", "V528"], selectors: /^heads/ },
  base: { codes: ["V203", "V301", "V302", "V303", "V305", "V311", "V313"] },
  origin: { codes: ["V503", "V504", "V507", "V508", "V516", "V517", "V518", "V527"], selectors: /^heads/ },
} as const satisfies Readonly<Record<string, Follows>>;

/** The context, with messages that follow from stand-ins suppressed. */
export function doubting(context: Context, doubts: Doubts): Context {
  if (doubts.size === 0) return context;
  const report: Report = (diagnostic) => {
    if (![...doubts].some((doubt) => isBecauseOf(doubt, diagnostic))) context.report(diagnostic);
  };
  return reporting(context, report);
}

function isBecauseOf(doubt: Doubt, { code, span }: Diagnostic): boolean {
  const { codes, selectors }: Follows = follows[doubt];
  return codes.some((each) => each === code) || (code === "V505" && selectors?.test(spanText(span)) === true);
}

/** A context that records whether an error was reported through it. */
export function watched(outer: Context): { readonly context: Context; readonly isSilent: () => boolean } {
  let isSilent = true;
  const report: Report = (diagnostic) => {
    if (diagnostic.severity === "error") isSilent = false;
    outer.report(diagnostic);
  };
  return { context: reporting(outer, report), isSilent: () => isSilent };
}
