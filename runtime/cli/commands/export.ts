// `vlmo export`: a trained model as files for other programs.
import { Option, type Command } from "commander";
import type { ExportRequest } from "../../export/export.js";
import type { FormatName } from "../../export/formats.js";
import { exits, UsageError } from "../failure.js";
import { bestOption, layoutOption, names, path, positive, stageOption, type CheckpointChoice } from "../options.js";
import type { Session } from "../session.js";
import type { Shell } from "../shell.js";

const examples = `
onnx         the outputs of one head, weights included, for any batch size; for a contrastive head image.onnx and text.onnx
safetensors  the parameters, under vlmo's names or, with --layout, those of the original VLMo or of BEiT
huggingface  a folder for the Hub: config.json, weights, tokenizer, image processor, a model card
torch        model.py, a readable PyTorch module to build on, and its weights

The tokenizer, the names of classes and answers, and the image preprocessing are written beside the weights. The
folder must be new or empty, and appears only when it is complete.

Examples:
  vlmo export runs/classes --to onnx --out classes-onnx
  vlmo export runs/quickstart --stage pairs --head contrast --to onnx --out search
  vlmo export runs/vqa --best --to huggingface --out my-vqa
  vlmo export runs/vqa --to torch --out vqa-torch
  vlmo export imported --to safetensors --layout vlmo --out original
  vlmo export runs/vision --to safetensors --layout beit --allow-missing "heads.*" --out beit`;

type Options = CheckpointChoice & ExportRequest;

/** Named here so that the help loads no formats; `tsc` checks the names against their table. */
const formatNames = { onnx: true, safetensors: true, huggingface: true, torch: true } satisfies Record<
  FormatName,
  true
>;

/** Options that only some formats have. */
const only = { head: ["onnx"], batch: ["onnx"], layout: ["safetensors"], allowMissing: ["safetensors"] } satisfies Partial<Record<keyof Options, readonly FormatName[]>>; // prettier-ignore

/** Adds `vlmo export`. */
export function addExport(program: Command, shell: Shell): void {
  program
    .command("export")
    .summary("write a trained model for other programs")
    .description("Write a trained model as files that other programs read.")
    .argument("<model>", "a checkpoint, or a run folder (the latest of its last stage)", path)
    .addOption(new Option("--to <format>", "what to write").choices(Object.keys(formatNames)).makeOptionMandatory())
    .requiredOption("--out <folder>", "a new folder", path)
    .addOption(stageOption("in a run folder, the checkpoint of this stage"))
    .addOption(bestOption())
    .option("--head <name>", "onnx: the head to export (default: the one that the stage trains)")
    .option("--batch <n>", "onnx: a fixed batch size (default: any)", positive)
    .addOption(layoutOption("safetensors: how tensors are named; default vlmo_ts"))
    .option("--allow-missing <names>", "safetensors: parameters that the layout may leave out (a,b; * for anything)", names)
    .addHelpText("after", examples)
    .action(async (model: string, options: Options) => {
      shell.exit = await run(model, options, shell.session);
    });
} // prettier-ignore

async function run(model: string, options: Options, session: Session): Promise<number> {
  expectFitting(options);
  const { exportNamed } = await import("../../export/export.js");
  const { openTrained } = await import("../open-trained.js");
  const { bytesText } = await import("../../../compiler/front-end.js");
  const { out, to } = options;
  const trained = await openTrained(model, options, session);
  const { folder } = trained;
  const { files, notes } = await exportNamed(trained, model, options);
  const { colours } = session;
  session.say(`${colours.green("✓")} stage \`${trained.stage.name}\` of ${folder} → ${out}`);
  notes.forEach((note) => session.say(`  ${note}`));
  const widest = Math.max(...files.map(({ name }) => name.length));
  files.forEach(({ name, bytes }) => session.say(`  ${name.padEnd(widest)}  ${bytesText(bytes)}`));
  session.give({ out, to, checkpoint: folder, stage: trained.stage.name, notes, files });
  return exits.fine;
}

function expectFitting(options: Options): void {
  for (const [name, formats] of Object.entries(only)) {
    // Boundary: the keys are those of the table.
    if (options[name as keyof typeof only] === undefined || formats.some((format) => format === options.to)) continue;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(`--to ${options.to} has no --${flag}`, `--${flag} is for --to ${formats.join(", ")}`);
  }
}
