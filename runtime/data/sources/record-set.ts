// Makes a data set from records on disk, in any format: mistakes are collected while reading and reported together.
import { counted } from "../../../grammar/index.js";
import { createHash, type Hash } from "node:crypto";
import { statSync } from "node:fs";
import path from "node:path";
import { allOf, VlmoError, vlmoError, withoutSkipping } from "../../errors/vlmo-error.js";
import { inTurns } from "../../turns.js";
import {
  suppliesOf,
  type DataKind,
  type DataSet,
  type Digest,
  type Item,
  type Note,
  type Places,
  type Stretches,
  type Supply,
} from "./data-set.js";

/** Runs `read`; a mistake in the data goes to `problems`, any other error is a bug and is rethrown. */
export function attempted<T>(problems: VlmoError[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof VlmoError)) throw error;
    problems.push(error);
    return undefined;
  }
}

/** The records that were read. */
export interface Records {
  readonly kind: DataKind;
  /** The file or folder named by the block. */
  readonly file: string;
  readonly length: number;
  readonly item: (index: number) => Item | undefined;
  readonly problems: readonly VlmoError[];
  readonly onError: "stop" | "skip";
  /** Called only if the records are usable. */
  readonly digest: () => Digest | Promise<Digest>;
  readonly classes?: readonly string[] | undefined;
  readonly answers?: readonly string[] | undefined;
  /** Why there may be no record at all. */
  readonly empty?: string;
  readonly notes?: readonly Note[];
  /** The items' indices among all records, if some were left out. */
  readonly places?: Places | undefined;
  /** If they are read mostly sequentially. */
  readonly stretches?: Stretches | undefined;
  /** What their kind supplies but these records do not have. */
  readonly lacks?: readonly Supply[];
}

/** The data set of some records. Throws all mistakes at once unless they are skipped, and V919 if no record is left. */
export async function recordSet(records: Records): Promise<DataSet> {
  const { kind, file, length, problems, onError, classes, answers, places, notes = [], lacks = [] } = records;
  if (problems.length > 0 && onError === "stop") throw allOf(problems);
  const name = path.basename(file);
  const images = records.item(0)?.images.length === 2 ? 2 : 1;
  if (length === 0) throw nothingIn(records);
  return {
    name,
    kind,
    supplies: new Set([...suppliesOf(kind, images)].filter((supply) => !lacks.includes(supply))),
    length,
    digests: new Map([[name, await records.digest()]]),
    item: (index) => {
      const item = records.item(index);
      if (item === undefined) throw new Error(`internal: item ${index} of ${length}`);
      return item;
    },
    ...(records.item(0)?.group !== undefined && { groups: groupsOf(records) }),
    ...(classes && { classes }),
    ...(answers && { answers }),
    ...(places && { places }),
    ...partsOf(records),
    skipped: problems,
    notes,
  };
}

function partsOf({ stretches, places, length }: Records): Pick<DataSet, "parts"> {
  return stretches === undefined ? {} : { parts: [{ records: places?.total ?? length, stretches }] };
}

/** V919 if no record is left. */
function nothingIn({ file, problems, empty = "there is no record in it" }: Records): VlmoError {
  const data = path.basename(file);
  const [first] = problems;
  if (first === undefined)
    return vlmoError("V919", { data, reason: empty }, { file, help: "name the data that are meant" });
  const all = counted(problems.length, "record is", "records are");
  const reason = `${all} left out, and no other is there; the first: ${first.message}`;
  return vlmoError("V919", { data, reason }, { file, line: first.line, help: withoutSkipping(first.help) });
}

function groupsOf({ length, item }: Records): Int32Array {
  const first = new Map<string, number>();
  return Int32Array.from({ length }, (_, index) => {
    const group = item(index)?.group ?? "";
    const known = first.get(group) ?? index;
    first.set(group, known);
    return known;
  });
}

/** Of the records, and of the sizes of the files they name, which is cheap and changes when files do. */
export async function digestOf(records: Hash, items: Iterable<Item>, folder: string): Promise<Digest> {
  const sizes = createHash("sha256");
  const paths = new Set<string>();
  for await (const { images, mask } of inTurns(items)) {
    for (const source of mask === undefined ? images : [...images, mask])
      if (source.kind === "file") paths.add(source.path);
  }
  for await (const file of inTurns(paths)) {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    sizes.update(`\0${path.relative(folder, file)}\0${size}`);
  }
  return { records: records.digest("hex"), ...(paths.size > 0 && { files: sizes.digest("hex") }) };
}
