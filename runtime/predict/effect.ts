// No input is silently ignored: an input without effect on a head's answers is refused, with the reason. Each kind of input is
// a row.
import type { HeadSpec } from "../../compiler/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { formRule } from "./forms.js";
import { askedOf, formOf, saysRegions, wayOf } from "./heads.js";
import type { Naming, Setting } from "./naming.js";

/** The inputs given for a head. */
export interface Given {
  /** Images; beside records, the folder that their paths are relative to. */
  readonly images: readonly unknown[];
  readonly texts: readonly string[];
  readonly records: string | null;
  /** Class names to choose among. */
  readonly classes: readonly unknown[];
  readonly template?: string | undefined;
  readonly top?: number | undefined;
  /** Whether regions are drawn over their images. */
  readonly overlay?: boolean | undefined;
}

/** Why a setting has no effect; null where it has one or is not given. */
type Idle = (head: HeadSpec, given: Given) => string | null;

const idle: { readonly [Name in Setting]: Idle } = {
  images: (head, { images, records }) =>
    images.length > 0 && records !== null && askedOf(head).images === 0 ? "reads no images" : null,
  texts: (head, { texts, records }) => {
    if (texts.length === 0 || chooses(head)) return null;
    if (!askedOf(head).text) return "reads no texts";
    return records === null ? null : "is asked the texts of the records";
  },
  classes: (head, { classes }) => (classes.length === 0 || chooses(head) ? null : "does not choose among class names"),
  template: (_, { template, classes }) =>
    template === undefined || classes.length > 0 ? null : "is given no class names to put into it",
  top: (head, { top }) => (top === undefined || isListed(head) ? null : "has a single answer"),
  overlay: (head, { overlay = false }) => (overlay && !saysRegions(head) ? "does not predict pixels" : null),
};

function chooses(head: HeadSpec): boolean {
  return wayOf(head) === "vectors";
}

function isListed(head: HeadSpec): boolean {
  const form = formOf(head);
  return form !== null && formRule(form).isListed;
}

/** Throws V991 for an input that has no effect on the head's answers. */
export function expectEffect(head: HeadSpec, given: Given, { settings, head: another }: Naming): void {
  // Boundary: the keys are those of the table.
  const names = Object.keys(idle) as Setting[];
  const reasons = names.flatMap((name) => {
    const reason = idle[name](head, given);
    return reason === null ? [] : [`${settings[name]} has no effect: the head \`${head.name}\` ${reason}`];
  });
  if (reasons.length === 0) return;
  const help = `leave it out, or name another head with ${another}`;
  throw vlmoError("V991", { reason: reasons.join("; ") }, { help });
}
