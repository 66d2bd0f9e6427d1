// `vlmo embed`: vectors of images, texts and pairs, in a file.
import type { Command } from "commander";
import { exits, UsageError } from "../failure.js";
import { fieldsOption, inputsOf, recordsOption, textOption, type InputOptions } from "../inputs.js";
import {
  bestOption,
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
The vector of each image, text, or image with a text:

  HEAD                  of a contrastive head: projected and normalised, comparable across images and texts (default)
  image.cls, text.cls   the class token of an image or a text, as the trunk outputs it
  pair.cls, pair.pooled the class token of the text fused with the image, and tanh(W · x + b) of it

The extension of FILE selects the format: .safetensors (\`vectors\`, and \`rows\` with a line of JSON each; what \`vlmo search\` reads),
.npy (the rows in FILE.json), .parquet (columns name, image, text, vector). Each records model, feature and width.

An existing .safetensors file is updated: only new and changed images and texts are embedded. After an interruption, the
same command resumes.

Examples:
  vlmo embed runs/retrieval photos/ --out photos.safetensors
  vlmo embed runs/retrieval --text "two dogs" --text "a cat" --out texts.npy
  vlmo embed runs/retrieval --records captions.jsonl --fields text=caption --out captions.parquet
  vlmo embed runs/classes photos/ --feature image.cls --out features.npy
  vlmo embed runs/vqa --records asked.csv --fields image=file,text=question --feature pair.pooled --out pairs.parquet`;

interface Options extends EngineChoice, InputOptions, CheckpointChoice {
  readonly feature?: string;
  readonly batch: number;
  readonly out: string;
}

/** Adds `vlmo embed`. */
export function addEmbed(program: Command, shell: Shell): void {
  const command = program
    .command("embed")
    .summary("write vectors of images, texts or pairs")
    .description("Write a trained model's vectors (embeddings) of images, texts or pairs.")
    .argument("<model>", "a checkpoint, or a run folder (the latest of its last stage)", path)
    .argument("[images...]", "images, or folders of them")
    .addOption(textOption("a text (repeatable)"))
    .addOption(recordsOption())
    .addOption(fieldsOption())
    .option("--feature <name>", "which vector (default: that of the contrastive head)")
    .addOption(stageOption("in a run folder, the checkpoint of this stage"))
    .addOption(bestOption())
    .option("--batch <n>", "batch size", positive, 32)
    .requiredOption("--out <file>", "where they are written: .safetensors, .npy or .parquet", path);
  for (const option of engineOptions()) command.addOption(option);
  command.addHelpText("after", examples).action(async (model: string, images: readonly string[], options: Options) => {
    shell.exit = await run(model, images, options, shell.session);
  });
}

async function run(place: string, images: readonly string[], options: Options, session: Session): Promise<number> {
  const { endings, writerOf } = await import("../../embed/write.js");
  const { keepVectors } = await import("../../embed/keep.js");
  const { aboutOf } = await import("../../embed/about.js");
  const { entriesFor } = await import("../../embed/inputs.js");
  const { featureFor } = await import("../../embed/feature.js");
  const { openEngine } = await import("../open-engine.js");
  const { createEmbedding } = await import("../embedding.js");
  const { withStdin } = await import("../stdin.js");
  const { keptLines, vectorsLine } = await import("../vectors-text.js");
  const { openTrained, remarkDrift } = await import("../open-trained.js");
  const { out: file, batch, feature: name = null } = options;
  if (writerOf(file) === undefined)
    throw new UsageError(`\`${file}\` has no ending that is known`, `end --out with ${endings.join(", ")}`);
  const inputs = inputsOf(images, options);
  const model = await openTrained(place, options, session);
  const feature = featureFor(model.stage, name);
  remarkDrift(model, feature.head, session);
  const engine = await openEngine(options, session);
  const { asking, leftOut, end } = createEmbedding(session);
  try {
    const entries = await withStdin(inputs, async (named) => entriesFor(feature, named, asking));
    const about = aboutOf(model, feature, engine.precision);
    const kept = await keepVectors({
      model,
      engine,
      feature,
      batch,
      ...asking,
      file,
      about,
      entries,
      unlike: "refuse",
    });
    keptLines(kept).forEach((line) => session.remark(line));
    session.say(vectorsLine(file, kept.rows, about));
    session.give({ file, ...about, ...kept, leftOut });
    return leftOut.length > 0 ? exits.mistake : exits.fine;
  } finally {
    end();
    engine.dispose();
  }
}
