// Masks against the classes of the heads that read them: every pixel of every mask is looked at.
import type { DataSpec, HeadSpec } from "../../../compiler/index.js";
import { VlmoError, vlmoError } from "../../errors/vlmo-error.js";
import { classesIn, NO_CLASS } from "../images/mask.js";
import type { DataSet, Item } from "../sources/data-set.js";
import { choicesOf } from "./uses.js";

/** A head that reads masks, and where they come from. */
export interface MaskReader {
  readonly head: HeadSpec;
  readonly spec: DataSpec;
  readonly dataSet: DataSet;
}

/** V955 for each reader that meets a class which its head does not have. Masks that cannot be decoded are told elsewhere. */
export async function maskMistakes(readers: readonly MaskReader[]): Promise<VlmoError[]> {
  const found = await Promise.all([...new Set(readers.map(({ dataSet }) => dataSet))].map(highest));
  const highestIn = new Map(found.map(({ dataSet, labels }) => [dataSet, labels]));
  return readers.flatMap(({ head, spec: { span }, dataSet }) => {
    const last = (choicesOf(head)?.count ?? Infinity) - 1;
    const beyond = (highestIn.get(dataSet) ?? []).filter(({ label }) => label > last);
    const [first] = beyond;
    if (first === undefined) return [];
    const help = `give the head more classes, or correct the masks; they are counted from 0, and ${NO_CLASS} is none`;
    return [vlmoError("V955", { head: head.name, last, ...first, others: beyond.length - 1 }, { span, help })];
  });
}

interface Highest {
  readonly item: string;
  readonly label: number;
}

/** The highest class of each mask of a data set, in their order. */
async function highest(dataSet: DataSet): Promise<{ readonly dataSet: DataSet; readonly labels: readonly Highest[] }> {
  const labels: Highest[] = [];
  if (dataSet.supplies.has("mask")) {
    for (let i = 0; i < dataSet.length; i++) labels.push(...(await highestOf(dataSet.item(i))));
  }
  return { dataSet, labels };
}

async function highestOf({ name: item, mask }: Item): Promise<Highest[]> {
  if (mask?.kind !== "file") return [];
  try {
    const { data } = await classesIn(mask);
    return [{ item, label: data.reduce((most, each) => (each === NO_CLASS ? most : Math.max(most, each)), 0) }];
  } catch (error) {
    if (error instanceof VlmoError) return [];
    throw error;
  }
}
