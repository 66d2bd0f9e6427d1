// Describes data blocks for users about to train on them: classes, lengths, sizes, duplicates, overlap with other blocks, and
// samples as the models get them.
import type { DataSpec } from "../../../compiler/index.js";
import type { Read } from "../check/reads.js";
import { inspectTexts, type TextReport } from "../check/texts.js";
import { tried } from "../check/reads.js";
import { createImageLoader, type DataKind, type DataSet } from "../index.js";
import type { DataShelf } from "../stage-data.js";
import { contentsOf, type Contents } from "./contents.js";
import { frequenciesOf, type Frequencies } from "./frequencies.js";
import { repetitions, shared, type Repetitions, type Shared } from "./repeated.js";
import { samplesFor, type Shown } from "./samples.js";
import { sizesOf, type Sizes } from "./sizes.js";

/** The description of one block. */
export interface Description {
  readonly name: string;
  readonly kind: DataKind;
  readonly format: string;
  readonly items: number;
  readonly frequencies: Frequencies | null;
  /** For each model that reads its texts. */
  readonly texts: readonly TextReport[];
  readonly sizes: Sizes | null;
  readonly repeated: Repetitions;
  readonly shared: readonly Shared[];
  /** For each reader that trains on it; if none does, for the first evaluation. */
  readonly shown: readonly Shown[];
}

/** What to describe. */
export interface DescribeOptions {
  /** Blocks, which are also compared with each other. */
  readonly specs: readonly DataSpec[];
  readonly reads: readonly Read[];
  readonly shelf: DataShelf;
  /** Called with the number of images that have been compared. */
  readonly report: (done: number, all: number) => void;
}

interface Opened {
  readonly spec: DataSpec;
  readonly dataSet: DataSet;
  readonly contents: Contents;
}

/** Describes blocks. Blocks that cannot be opened are left out; inspection reports them. */
export async function describeData({ specs, reads, shelf, report }: DescribeOptions): Promise<Description[]> {
  const sets = await Promise.all(specs.map((spec) => tried(shelf.block(spec))));
  const found = specs.flatMap((spec, i) => {
    const dataSet = sets[i];
    return dataSet === null || dataSet === undefined ? [] : [{ spec, dataSet }];
  });
  const contents = await contentsOf(
    found.map(({ dataSet }) => dataSet),
    report,
  );
  const opened = found.flatMap((each, i): Opened[] => {
    const own = contents[i];
    return own === undefined ? [] : [{ ...each, contents: own }];
  });
  const described: Description[] = [];
  for (const block of opened) described.push(await describe(block, { opened, reads, shelf }));
  return described;
}

async function describe(
  { spec, dataSet, contents }: Opened,
  { opened, reads, shelf }: { opened: readonly Opened[] } & Pick<DescribeOptions, "reads" | "shelf">,
): Promise<Description> {
  const loader = createImageLoader();
  const own = reads.filter(({ data }) => data.name === spec.name);
  const learning = own.filter(({ learns }) => learns);
  const shown: Shown[] = [];
  for (const read of learning.length > 0 ? learning : own.slice(0, 1))
    shown.push(await samplesFor(dataSet, read, loader));
  return {
    name: spec.name,
    kind: dataSet.kind,
    format: spec.format,
    items: dataSet.length,
    frequencies: await frequenciesOf(dataSet, loader),
    texts: await inspectTexts(own, shelf),
    sizes: await sizesOf(dataSet, own),
    repeated: repetitions(dataSet, contents),
    shared: opened
      .filter((other) => other.spec !== spec)
      .map((other) => ({
        with: other.spec.name,
        learnt: reads.some(({ data, learns }) => learns && data.name === other.spec.name),
        ...shared(contents, other.contents),
      }))
      .filter(({ images, texts }) => images !== null || texts !== null),
    shown,
  };
}
