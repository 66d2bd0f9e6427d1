// `vlmo import`: a checkpoint of another program becomes one of ours, every key accounted for.
import { Option, type Command } from "commander";
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { StageSpec } from "../../../compiler/front-end.js";
import type { ImportReport, ManifestFacts, ResizeName } from "../../checkpoint/index.js";
import { exits } from "../failure.js";
import { names, path, setOption, stageOption } from "../options.js";
import { version, type Shell } from "../program.js";
import type { Session } from "../session.js";

const examples = `
Layouts: vlmo (the original's .pt or .safetensors), beit (BEiT's), vlmo_ts (our own names).
A .pt file is read as data: no code in it is ever run.

Examples:
  vlmo import vlmo_base.pt --spec specs/vlmo-base.vlmo --stage fusion --layout vlmo --out imported
  vlmo import vlmo_base.pt … --allow-missing "heads.vqa.*"        those begin fresh
  vlmo import vlmo_base.pt … --allow-unknown itm_score.fc.weight  those are left out`;

interface ImportCommandOptions {
  readonly spec: string;
  readonly stage?: string;
  readonly layout: "vlmo" | "beit" | "vlmo_ts";
  readonly out: string;
  readonly allowMissing?: readonly string[];
  readonly allowUnknown?: readonly string[];
  readonly resize?: readonly ResizeName[];
  readonly set: readonly string[];
}

export function addImport(program: Command, shell: Shell): void {
  program
    .command("import")
    .summary("make a checkpoint of ours from another program's")
    .description("Read a checkpoint of another program as parameters of a stage and write it as a checkpoint of ours.")
    .argument("<checkpoint>", "a .pt or .safetensors file")
    .requiredOption("--spec <file>", "the specification", path)
    .addOption(stageOption())
    .addOption(
      new Option("--layout <name>", "how the file names its tensors")
        .choices(["vlmo", "beit", "vlmo_ts"])
        .makeOptionMandatory(),
    )
    .requiredOption("--out <folder>", "where the checkpoint goes", path)
    .option("--allow-missing <names>", "parameters that may be missing from the file (a,b or heads.vqa.*)", names)
    .option("--allow-unknown <names>", "keys of the file that may be left out", names)
    .addOption(
      new Option("--resize <rule...>", "rules that may fit a tensor of another size").choices([
        "relative_table",
        "image_positions",
        "text_length",
        "types",
      ]),
    )
    .addOption(setOption())
    .addHelpText("after", examples)
    .action(async (checkpoint: string, options: ImportCommandOptions) => {
      shell.exit = await run(checkpoint, options, shell.session);
    });
}

async function run(file: string, options: ImportCommandOptions, session: Session): Promise<number> {
  const { loadSpec, stageOf } = await import("../load-spec.js");
  const { writeCheckpoint } = await import("../../checkpoint/index.js");
  const stage = stageOf(loadSpec(options.spec, options.set, session), options.spec, options.stage);
  await refuseOther(options.out);
  const { parameters, report } = await convert(file, stage, options);
  const facts = await factsOf(file, stage, options);
  await writeCheckpoint(options.out, { facts, parameters, optimizer: new Map(), vocabulary: null });
  tell(report, options.out, session);
  return exits.fine;
}

/** What stands at `--out` is replaced only where it is a checkpoint, or empty. */
async function refuseOther(folder: string): Promise<void> {
  const { vlmoError } = await import("../../vlmo-error.js");
  const held = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw vlmoError("V967", { file: folder, reason: error.code === "ENOTDIR" ? "it is a file" : error.message });
  });
  const isCheckpoint = await access(join(folder, "manifest.json")).then(
    () => true,
    () => false,
  );
  if (held.length > 0 && !isCheckpoint) {
    throw vlmoError("V967", { file: folder, reason: "the folder holds other things, and no checkpoint" });
  }
}

async function convert(file: string, stage: StageSpec, options: ImportCommandOptions) {
  const { parametersOf } = await import("../../../compiler/front-end.js");
  const { importCheckpoint, layoutContext, layouts, openTensorFile } = await import("../../checkpoint/index.js");
  const { fresh } = await import("../../train/initialize.js");
  const { model, heads, seed } = stage;
  const targets = parametersOf(model, heads);
  const source = await openTensorFile(file);
  try {
    const target = { layout: layouts[options.layout], targets, context: layoutContext(model, heads) };
    const { tensors, report } = await importCheckpoint(source, target, {
      allowMissing: options.allowMissing ?? [],
      allowUnknown: options.allowUnknown ?? [],
      resize: options.resize ?? [],
    });
    for (const spec of targets) if (!tensors.has(spec.name)) tensors.set(spec.name, await fresh(spec, seed));
    return { parameters: tensors, report };
  } finally {
    await source.close();
  }
}

async function factsOf(file: string, stage: StageSpec, options: ImportCommandOptions): Promise<ManifestFacts> {
  const { hashOf } = await import("../../train/run-folder.js");
  const { stageMeaning } = await import("../../../compiler/front-end.js");
  return {
    vlmo: version(),
    spec: { file: options.spec, hash: hashOf(stage), meaning: stageMeaning(stage) },
    course: null,
    stage: stage.name,
    step: 0,
    finished: true,
    data: [],
    seeds: { stage: stage.seed },
    counters: {},
    position: { epoch: 0, offset: 0 },
    engine: { name: "none", version: "imported", threads: 0 },
    provenance: { data: [], stages: [], imported: file },
    metrics: {},
    score: null,
  };
}

function tell(report: ImportReport, out: string, session: Session): void {
  const { colours } = session;
  const { used, fresh, ignored, unusedAllowances } = report;
  const resized = used.filter((entry) => entry.resized !== undefined);
  session.say(`${colours.green("✓")} ${used.length} parameters read from ${report.file} (layout ${report.layout})`);
  for (const { name, resized: rule } of resized) session.say(`  resized by ${rule}: ${name}`);
  for (const { name, reason } of fresh) session.say(`  fresh: ${name} (${reason})`);
  for (const { key, reason } of ignored) session.say(`  ignored: ${key} (${reason})`);
  for (const name of unusedAllowances) {
    session.remark(`${colours.yellow("warning")}: \`${name}\` was allowed and never needed to be`);
  }
  session.say(`checkpoint: ${out}`);
  session.give({ out, ...report });
}
