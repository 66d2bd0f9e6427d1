// `vlmo import`: converts a foreign checkpoint, every key accounted for.
import { InvalidArgumentError, Option, type Command } from "commander";
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { StageSpec } from "../../../compiler/front-end.js";
import type { ImportReport, Layout, ResizeName } from "../../checkpoint/index.js";
import { exits, UsageError } from "../failure.js";
import { layoutOption, names, path, setOption, stageOption } from "../options.js";
import { version, type Shell } from "../shell.js";
import type { Session } from "../session.js";

const examples = `
The checkpoint is a .safetensors file, a file written by torch.save, the index of a sharded
checkpoint, or a folder with one of these. A .pt file is read as data: no code in it is ever run.

Layouts: vlmo (the original's), beit (BEiT's), huggingface_beit (BEiT's as Hugging Face names it),
vlmo_ts (vlmo's own names). By default it is recognised from the file's keys. Nests such as
\`state_dict\` and prefixes such as \`module.\` are stripped, and reported.

Examples:
  vlmo import vlmo_base.pt --spec specs/vlmo-base.vlmo --stage fusion --layout vlmo --out imported
  vlmo import vlmo_base.pt … --allow-missing "heads.vqa.*"         these are newly initialised
  vlmo import vlmo_base.pt … --allow-unknown "itm_score.*,itc_vl_*"  these are dropped
  vlmo import run.pt … --nest model_ema                            one of several sets of weights
  vlmo import vlmo_base.pt … --resize relative_table,text_length   another image size, a shorter text
  vlmo import vlmo_base.pt … --vocabulary vocab.txt                keep the vocabulary with the embeddings

\`vlmo inspect FILE\` shows what is in a file.`;

/** Named here so that the help loads no rules; `tsc` checks the names against their table. */
const resizeRules = {
  relative_table: true,
  image_positions: true,
  text_length: true,
  types: true,
  channels: true,
} satisfies Record<ResizeName, true>;

interface ImportCommandOptions {
  readonly spec: string;
  readonly stage?: string;
  readonly layout?: Layout["name"];
  readonly nest?: string;
  readonly out: string;
  readonly vocabulary?: string;
  readonly allowMissing?: readonly string[];
  readonly allowUnknown?: readonly string[];
  readonly allowNonfinite?: true;
  readonly resize?: readonly ResizeName[];
  readonly set: readonly string[];
}

/** Adds `vlmo import`. */
export function addImport(program: Command, shell: Shell): void {
  program
    .command("import")
    .summary("convert a foreign checkpoint")
    .description("Convert a checkpoint of another program into a checkpoint of vlmo, as the parameters of a stage.")
    .argument("<checkpoint>", "a file of tensors, or a folder with one")
    .requiredOption("--spec <file>", "the specification", path)
    .addOption(stageOption())
    .addOption(layoutOption("how the file names its tensors; by default recognised by its keys"))
    .option("--nest <name>", "which of several sets of weights in the file, by its key")
    .requiredOption("--out <folder>", "where the checkpoint goes", path)
    .option("--vocabulary <file>", "the vocabulary of its token embeddings, kept with it (one token per line)", path)
    .option("--allow-missing <names>", "parameters that may be missing from the file (a,b; * for anything)", names)
    .option("--allow-unknown <names>", "keys of the file that may be left out (a,b; * for anything)", names)
    .option("--allow-nonfinite", "accept weights that are NaN or infinite")
    .addOption(
      new Option("--resize <rules>", `allow tensors of another size: ${Object.keys(resizeRules).join(", ")}`).argParser(
        rules,
      ),
    )
    .addOption(setOption())
    .addHelpText("after", examples)
    .action(async (checkpoint: string, options: ImportCommandOptions) => {
      shell.exit = await run(checkpoint, options, shell.session);
    });
}

/** `a,b` and repeated use, as one list of rules. */
function rules(text: string, before: readonly ResizeName[] | undefined): readonly ResizeName[] {
  return names(text, before).map((name) => {
    if (!isRule(name)) throw new InvalidArgumentError(`Allowed choices are ${Object.keys(resizeRules).join(", ")}.`);
    return name;
  });
}

function isRule(name: string): name is ResizeName {
  return Object.hasOwn(resizeRules, name);
}

async function run(file: string, options: ImportCommandOptions, session: Session): Promise<number> {
  const { loadSpec, stageOf } = await import("../load-spec.js");
  const { writeCheckpoint } = await import("../../checkpoint/index.js");
  const spec = loadSpec(options.spec, options.set, session);
  const stage = stageOf(spec, options.spec, options.stage);
  await refuseOther(options.out);
  const vocabulary = await vocabularyOf(file, stage, options);
  const { parameters, report } = await convert(file, stage, options);
  const { untrainedFacts } = await import("../../train/untrained.js");
  const from = { vlmo: version(), spec: options.spec, made: "imported", imported: report.file };
  const facts = untrainedFacts(stage, from);
  await writeCheckpoint(options.out, {
    facts,
    parameters,
    optimizer: new Map(),
    vocabulary,
    specification: { spec, labels: new Map() },
  });
  await printReport(report, { out: options.out, vocabulary }, session);
  return exits.fine;
}

/** A folder at `--out` is replaced only if it is a checkpoint or empty. */
async function refuseOther(folder: string): Promise<void> {
  const { vlmoError } = await import("../../errors/vlmo-error.js");
  const { systemReason } = await import("../../errors/system-error.js");
  const held = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw vlmoError("V967", { file: folder, reason: error.code === "ENOTDIR" ? "it is a file" : systemReason(error) });
  });
  if (held.length > 0 && !(await exists(join(folder, "manifest.json"))))
    throw vlmoError("V967", { file: folder, reason: "the folder holds other things, and no checkpoint" });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * The vocabulary of the word embeddings: from the given file, from a vlmo checkpoint, or from the file that the model names.
 */
async function vocabularyOf(
  checkpoint: string,
  { model }: StageSpec,
  { vocabulary: given }: ImportCommandOptions,
): Promise<readonly string[] | null> {
  if (model.text === null) {
    if (given === undefined) return null;
    throw new UsageError(`the model \`${model.name}\` reads no texts`, "leave out --vocabulary");
  }
  const { vocabularyFile } = await import("../../data/stage-data.js");
  const { readVocabularyFor } = await import("../../data/check/vocabulary.js");
  for (const file of [given, join(checkpoint, "vocabulary.txt"), vocabularyFile(model)])
    if (file !== undefined && file !== null && (file === given || (await exists(file))))
      return readVocabularyFor(file, model.text.tokenizer.vocabulary);
  return null;
}

async function convert(file: string, stage: StageSpec, options: ImportCommandOptions) {
  const { importCheckpoint, layouts, openForStage } = await import("../../checkpoint/index.js");
  const { drawAll } = await import("../../train/draw.js");
  const choice = { layout: options.layout && layouts[options.layout], nest: options.nest };
  const { source, target } = await openForStage(file, stage, choice);
  try {
    const { tensors, report } = await importCheckpoint(source, target, {
      allowMissing: options.allowMissing ?? [],
      allowUnknown: options.allowUnknown ?? [],
      allowNonFinite: options.allowNonfinite ?? false,
      resize: options.resize ?? [],
    });
    const missing = target.targets.filter(({ name }) => !tensors.has(name));
    return { parameters: new Map([...tensors, ...(await drawAll(missing, stage.seed))]), report };
  } finally {
    await source.close();
  }
}

interface Written {
  readonly out: string;
  readonly vocabulary: readonly string[] | null;
}

async function printReport(report: ImportReport, { out, vocabulary }: Written, session: Session): Promise<void> {
  const { ledgerOf } = await import("../../checkpoint/index.js");
  const { colours } = session;
  const { lines, warnings } = ledgerOf(report);
  session.say(
    `${colours.green("✓")} ${report.used.length} parameters read from ${report.file} (layout ${report.layout})`,
  );
  for (const line of lines) session.say(`  ${line}`);
  const hasWords = report.used.some(({ name }) => name === "embed.text.word.weight");
  if (vocabulary !== null) session.say(`  with its vocabulary of ${vocabulary.length} tokens`);
  else if (hasWords) session.say("  without a vocabulary: --vocabulary FILE keeps the words with their table");
  for (const warning of warnings) session.remark(`${colours.yellow("warning")}: ${warning}`);
  session.say(`checkpoint: ${out}`);
  session.give({ out, vocabulary: vocabulary?.length ?? null, ...report });
}
