// Checks masks against the classes of the heads that read them, once they are decoded: every pixel of every mask.
import type { DataSpec, HeadSpec } from "../../../compiler/index.js";
import type { VlmoError } from "../../errors/vlmo-error.js";
import { notAmong } from "../images/mask.js";
import type { DataSet, Decoded } from "../index.js";
import { choicesOf } from "./uses.js";

/** A head that reads masks, and their source. */
export interface MaskReader {
  readonly head: HeadSpec;
  readonly spec: DataSpec;
  readonly dataSet: DataSet;
  /** Without masks that cannot be decoded, which are reported elsewhere. */
  readonly highest: Decoded["highest"];
}

/** V955 for a reader with a class that its head does not have. */
export function maskMistakes({ head, spec: { span }, dataSet, highest }: MaskReader): VlmoError[] {
  const last = (choicesOf(head)?.count ?? Infinity) - 1;
  const beyond = highestOf(dataSet, highest).filter(({ label }) => label > last);
  const [first] = beyond;
  if (first === undefined) return [];
  return [notAmong({ head: head.name, last, ...first, others: beyond.length - 1 }, { span })];
}

/** The highest class in the mask of each item, in order. */
function highestOf(dataSet: DataSet, highest: Decoded["highest"]): { item: string; label: number }[] {
  return Array.from({ length: dataSet.length }, (_, i) => dataSet.item(i)).flatMap(({ name: item, mask }) => {
    const label = mask?.kind === "file" ? highest.get(mask.key) : undefined;
    return label === undefined ? [] : [{ item, label }];
  });
}
