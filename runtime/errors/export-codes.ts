// Codes of exports, V971 and V972.
import type { CodeEntry } from "./data-codes.js";

/** By code. */
export const exportCodes = {
  V971: {
    message: (h: { format: string; reason: string }) => `the model cannot be exported as ${h.format}: ${h.reason}`,
    help: "`vlmo help export` shows what each format holds",
    explain:
      "A program in ONNX is what one head says: of a stage with several, `--head` names it. Heads that only serve training (masked " +
      "patches, visual tokens) say nothing that anyone would ask for.",
  },
  V972: {
    message: (h: { layout: string; parameters: string }) =>
      `the layout \`${h.layout}\` cannot hold all of the model: ${h.parameters}`,
    help: "leave them out by name with --allow-missing, or choose another --layout",
    explain:
      "The names of another program are for the models of that program: BEiT has no texts, the original no expert of two views. Nothing " +
      "is left out of a file unless that is allowed by name.",
  },
} satisfies Readonly<Record<string, CodeEntry>>;
