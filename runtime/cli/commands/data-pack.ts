// `vlmo data pack`: a data block as tar shards.
import type { Command } from "commander";
import { exits } from "../failure.js";
import { bytes, path, positive, setOption, stageOption } from "../options.js";
import type { Shell } from "../shell.js";
import type { Session } from "../session.js";

const examples = `
\`format: webdataset\` reads the shards back as the same items: images and masks byte for byte, all texts
of an image together, classes and answers in lists beside them. \`data.vlmo\` in the folder has the data
block to import. With --stage, images are written as PNG at the size of that stage's model, so that
nothing has to be resized when they are read, and generated images become files. The folder must be new
or empty, and appears only when it is complete.

Examples:
  vlmo data pack specs/captions.vlmo coco --out shards/coco
  vlmo data pack specs/captions.vlmo coco --out shards/coco --size 1GiB --items 5000
  vlmo data pack specs/quickstart.vlmo world --stage pairs --out shards/world`;

interface Options {
  readonly out: string;
  readonly size: number;
  readonly items: number;
  readonly stage?: string;
  readonly set: readonly string[];
}

/** Adds `vlmo data pack`. */
export function addDataPack(data: Command, shell: Shell): void {
  data
    .command("pack")
    .summary("write a data block as tar shards")
    .description("Write a data block as tar shards (WebDataset), for disks that are slow with many small files.")
    .argument("<file>", "the specification")
    .argument("<name>", "the data block")
    .requiredOption("--out <folder>", "a new folder", path)
    .option("--size <size>", "largest size of a shard, as in 512MiB", bytes, 2 ** 29)
    .option("--items <n>", "most samples in a shard", positive, 10_000)
    .addOption(stageOption("write images as the model of this stage reads them (default: as they are)"))
    .addOption(setOption())
    .addHelpText("after", examples)
    .action(async (file: string, name: string, options: Options) => {
      shell.exit = await run(file, name, options, shell.session);
    });
}

async function run(
  file: string,
  name: string,
  { out, set, stage, ...how }: Options,
  session: Session,
): Promise<number> {
  const { loadSpec, stageOf, unknownName } = await import("../load-spec.js");
  const { DataShelf } = await import("../../data/stage-data.js");
  const { packData } = await import("../../data/pack/pack.js");
  const { createCounter } = await import("../counter.js");
  const { bytesText } = await import("../../../compiler/front-end.js");
  const { allPlacedAt, vlmoError } = await import("../../errors/vlmo-error.js");
  const spec = loadSpec(file, set, session);
  const block = spec.data.get(name);
  if (block === undefined) throw unknownName("data block", name, [...spec.data.keys()]);
  const dataSet = await new DataShelf().block(block).catch((error: unknown) => {
    throw allPlacedAt(error, block.span);
  });
  const reader = stage === undefined ? null : stageOf(spec, file, stage);
  const form = reader?.model.image ?? null;
  if (reader !== null && (form === null || (!dataSet.supplies.has("image") && !dataSet.supplies.has("images"))))
    throw vlmoError("V648", { stage: reader.name, data: name }, { span: reader.span });
  const counter = createCounter(session);
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once("SIGINT", stop);
  const packed = await packData(block, dataSet, {
    folder: out,
    ...how,
    form,
    signal: controller.signal,
    report: (done, all) => counter({ what: `packing ${name}`, done, all }),
  }).finally(() => process.off("SIGINT", stop));
  if (packed === null) {
    session.remark("stopped; nothing was written");
    return 130;
  }
  const { items, samples, shards, leftOut } = packed;
  const many = (count: number, what: string): string =>
    `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
  session.say(
    `${many(items, "item")} in ${many(samples, "sample")} → ${out} (${many(shards, "shard")}, ${bytesText(packed.bytes)})`,
  );
  const skipped = leftOut.length + (dataSet.skipped?.length ?? 0);
  if (skipped > 0) session.remark(`${many(skipped, "record")} left out, as \`on_error: skip\` says`);
  if (dataSet.item(0).sentence !== undefined)
    session.remark("names of sentences about several images are not kept: `consistency` needs the original data");
  session.say(`\n${packed.block}`);
  session.give({ ...packed, folder: out, leftOut: skipped });
  return exits.fine;
}
