// `vlmo search`: finds texts and images among vectors computed once.
import { Option, type Command } from "commander";
import type { VectorsFile } from "../../embed/vectors-file.js";
import type { Found } from "../../search/search.js";
import { exits, UsageError } from "../failure.js";
import { fieldsOption, inputsOf, textOption, type InputOptions } from "../inputs.js";
import {
  bestOption,
  csvOption,
  engineOptions,
  path,
  positive,
  stageOption,
  type CheckpointChoice,
  type EngineChoice,
} from "../options.js";
import type { Session } from "../session.js";
import type { Shell } from "../shell.js";

const examples = `
WHERE is a folder of images, records (JSON lines, CSV, TSV), or a file written by \`vlmo embed\`. Vectors of a folder or of
records are kept beside it, in WHERE.vectors.safetensors; a later search embeds only what is new or has changed. Without a
query the vectors are computed and nothing more. Scores are cosine similarities; the search is exhaustive.

  --text                finds images with a contrastive head; among vectors of \`text.cls\`, texts
  --image               finds similar images, or texts with a contrastive head
  both                  finds pairs, among vectors of \`pair.cls\` or \`pair.pooled\`

Examples:
  vlmo search runs/retrieval photos/                      compute the vectors of a folder
  vlmo search runs/retrieval photos/ --text "two dogs" --text "a cat asleep"
  vlmo search runs/retrieval photos/ --text "two dogs" --rerank 50 --out dogs.html
  vlmo search runs/classes photos/ --feature image.cls --image dog.jpg --top 5
  vlmo search runs/retrieval captions.jsonl --fields text=caption --image dog.jpg
  vlmo search runs/retrieval photos.safetensors --text "two dogs" --csv`;

interface Options extends EngineChoice, CheckpointChoice, Omit<InputOptions, "records"> {
  readonly image: readonly string[];
  readonly feature?: string;
  readonly index?: string;
  readonly top?: number;
  readonly rerank?: number;
  readonly batch: number;
  readonly out?: string;
  readonly csv?: true;
}

/** Adds `vlmo search`. */
export function addSearch(program: Command, shell: Shell): void {
  const command = program
    .command("search")
    .summary("find images by text or image, or texts by image")
    .description("Find the images or texts that are nearest to a text or an image.")
    .argument("<model>", "a checkpoint, or a run folder (the latest of its last stage)", path)
    .argument("<where>", "a folder of images, records, or a file of vectors", path)
    .addOption(textOption("a query text (repeatable)"))
    .addOption(imageOption())
    .option("--top <n>", "how many of the nearest to show (default: 10)", positive)
    .option("--rerank <n>", "re-rank the nearest n by the matching head", positive)
    .option("--feature <name>", "which vectors (default: those of the file, or of the contrastive head)")
    .option("--index <file>", "where to keep the vectors of a folder or of records (.safetensors)", path)
    .addOption(fieldsOption())
    .addOption(stageOption("in a run folder, the checkpoint of this stage"))
    .addOption(bestOption())
    .option("--batch <n>", "batch size", positive, 32)
    .option("--out <page>", "write an HTML page with pictures, as in found.html", path)
    .addOption(csvOption());
  for (const option of engineOptions()) command.addOption(option);
  command.addHelpText("after", examples).action(async (model: string, where: string, options: Options) => {
    shell.exit = await run(model, where, options, shell.session);
  });
}

function imageOption(): Option {
  return new Option("--image <file>", "a query image, or a folder of them (repeatable)")
    .argParser((file: string, before: readonly string[]) => [...before, path(file)])
    .default([], "none");
}

async function run(trained: string, where: string, options: Options, session: Session): Promise<number> {
  const { aboutOf } = await import("../../embed/about.js");
  const { entriesFor } = await import("../../embed/inputs.js");
  const { broughtUpToDate, placeAt } = await import("../../search/place.js");
  const { judgeOf, search } = await import("../../search/search.js");
  const { openTrained, remarkDrift } = await import("../open-trained.js");
  const { openEngine } = await import("../open-engine.js");
  const { createEmbedding } = await import("../embedding.js");
  const { goneLines, keptLines, vectorsLine } = await import("../vectors-text.js");
  const { batch, top = 10, rerank: first, index: keptIn = null, feature: name = null, text, image } = options;
  expectSense(options);
  const model = await openTrained(trained, options, session);
  const rerank = first === undefined ? null : { head: judgeOf(model.stage), first };
  const engine = await openEngine(options, session);
  const { asking, leftOut, end } = createEmbedding(session);
  try {
    const { precision } = engine;
    const inputs = inputsOf([], { ...options, text: [] });
    const place = await placeAt(where, { model, precision, feature: name, keptIn, inputs, leftOut: asking.leftOut });
    if (!place.isOurs) expectNoneOf(options, where);
    const { file, feature, gone } = place;
    const asked = { ...inputs, fields: {}, images: image, texts: text };
    const queries = image.length + text.length === 0 ? [] : await entriesFor(feature, asked, { code: "V901" });
    const about = aboutOf(model, feature, precision);
    const { vectors, kept } = await broughtUpToDate(place, { model, engine, batch, ...asking, about });
    remarkDrift(model, feature.head, session);
    [...keptLines(kept), ...goneLines(gone)].forEach((line) => session.remark(line));
    if (kept.made > 0 || queries.length === 0) session.remark(vectorsLine(file, kept.rows, about));
    if (queries.length === 0) session.give({ file, ...about, ...kept, leftOut });
    const searching = { model, engine, feature, batch, vectors, gone, queries, top, rerank };
    const found = queries.length === 0 ? [] : await search(searching);
    await tell({ found, vectors }, options, session);
    return leftOut.length > 0 ? exits.mistake : exits.fine;
  } finally {
    end();
    engine.dispose();
  }
}

/** Throws where --index or --fields is given with a file of vectors, which describes itself. */
function expectNoneOf({ index, fields }: Options, where: string): void {
  const name = index !== undefined ? "--index" : fields !== undefined ? "--fields" : null;
  if (name === null) return;
  throw new UsageError(`\`${where}\` is a file of vectors`, `leave out ${name}, which is for a folder or records`);
}

/** Throws for file names with a wrong extension, and for options that need a query where there is none. */
function expectSense({ index = ".safetensors", text, image, out, csv, rerank, top }: Options): void {
  if (!index.endsWith(".safetensors"))
    throw new UsageError(`\`${index}\` has another ending`, "name a .safetensors file with --index");
  if (out !== undefined && !/\.html?$/i.test(out))
    throw new UsageError(
      `\`${out}\` has another ending`,
      "name a page with --out, as in found.html; --csv and --json write lines",
    );
  if (text.length + image.length > 0 || (out ?? csv ?? rerank ?? top) === undefined) return;
  throw new UsageError(
    "--top, --out, --csv and --rerank are of what is found",
    "name what is searched for with --text or --image",
  );
}

interface Telling {
  readonly found: readonly Found[];
  /** The vectors that were searched. */
  readonly vectors: VectorsFile;
}

async function tell({ found, vectors }: Telling, { csv, out }: Options, session: Session): Promise<void> {
  const { csvHeader, foundCsv, foundLines } = await import("../vectors-text.js");
  if (csv === true && found.length > 0) session.say(csvHeader);
  for (const each of found) {
    (csv === true ? foundCsv(each) : foundLines(each, session.colours)).forEach((line) => session.say(line));
    session.give(forPrograms(each));
  }
  if (out === undefined || found.length === 0) return;
  const { foundPageOf } = await import("../../report/found-page.js");
  const { writeTextAtomically } = await import("../../formats/atomic.js");
  await writeTextAtomically(out, await foundPageOf(found, vectors));
  session.remark(`page: ${out}`);
}

function forPrograms({ query, hits }: Found): object {
  const of = ({ name, image, text }: Found["query"]) => ({
    name,
    ...(image && { image: image.path }),
    ...(text !== undefined && { text }),
  });
  return {
    query: of(query),
    found: hits.map(({ entry, ...scores }, i) => ({ rank: i + 1, ...of(entry), ...scores })),
  };
}
