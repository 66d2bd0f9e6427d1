// `vlmo init`: a specification for the data in a folder.
import { Option, type Command } from "commander";
import type { DataKind } from "../../../compiler/front-end.js";
import { counted } from "../../../grammar/index.js";
import type { Written } from "../../init/init.js";
import { usualMinutes } from "../../init/usual.js";
import { exits } from "../failure.js";
import { dataKinds, path, positive } from "../options.js";
import type { Session } from "../session.js";
import type { Shell } from "../shell.js";

const examples = `
What is recognised, most informative first:

  questions        VQA v2's files, or records (JSON lines, CSV) with an image, a text and an answer
  statements       NLVR2's files, or records with an image or two, a text and whether it is true
  pairs            captions: COCO's, Karpathy's, or records with an image and a text
  masks            images and masks of the same names in two folders, COCO's outlines of objects
  labelled_images  a folder for each class, or records with an image and a label
  images           any images
  texts            text files, one text per line

Records may also be Parquet and Arrow tables and WebDataset shards (.tar), with their images inside.

Splits are recognised by name (train, val, dev, test); where there are none, a tenth is held out. The
model is sized to the data and to what can be trained here in the time given by --minutes.

Examples:
  vlmo init photos                  photos.vlmo, for what lies in photos
  vlmo init photos --kind images    masked image modelling, ignoring labels and captions
  vlmo init photos --minutes 60 --out specs/photos.vlmo
  vlmo init photos --from runs/base --out tuned.vlmo     fine-tune the model of a run`;

interface Options {
  readonly out?: string;
  readonly kind?: DataKind;
  readonly from?: string;
  readonly minutes: number;
}

/** Adds `vlmo init`. */
export function addInit(program: Command, shell: Shell): void {
  program
    .command("init")
    .summary("write a specification for the data in a folder")
    .description("Look at the data in a folder and write a specification that trains on them on this machine.")
    .argument("<folder>", "the folder of images, annotations or texts", path)
    .option("--out <file>", "the specification (default: the folder's name with .vlmo)", path)
    .addOption(new Option("--kind <kind>", "only data of this kind").choices(dataKinds))
    .option("--from <model>", "fine-tune a checkpoint, or a run folder (the latest of its last stage)", path)
    .option("--minutes <n>", "how long training may take on this machine", positive, usualMinutes)
    .addHelpText("after", examples)
    .action(async (folder: string, options: Options) => {
      shell.exit = await run(folder, options, shell.session);
    });
}

async function run(folder: string, { out, kind, from, minutes }: Options, session: Session): Promise<number> {
  const { initInto } = await import("../../init/into.js");
  const { nextCommands } = await import("../../init/write.js");
  const { modelFolder } = await import("../read-parameters.js");
  const model = from === undefined ? null : await modelFolder(from, { stage: null, best: false }, session);
  const asked = { folder, out: out ?? null, kind: kind ?? null, minutes };
  const { file, ...written } = await initInto({ ...asked, from: model?.folder ?? null });
  tell(file, written, session);
  const { lookAtData, tellData } = await import("../look-at-data.js");
  const { printDiagnostics } = await import("../diagnostics.js");
  const look = await lookAtData([file], []);
  look.lines.forEach((line) => tellData(line, session));
  const diagnostics = printDiagnostics(look.diagnostics, session);
  const { chosen, facts, training, seconds } = written;
  const { batch, steps } = training;
  const others = chosen.others.map(({ kind, at }) => ({ kind, at }));
  const { learnt } = chosen;
  session.give({ file, kind: learnt.kind, others, ...facts, batch, steps, seconds, data: look.found, diagnostics });
  if (look.diagnostics.length > 0) {
    session.remark("fix the data, or set `on_error: skip` in the data blocks to leave such samples out and count them");
    return exits.mistake;
  }
  session.say(["\nNext:", ...nextCommands(file, folder, learnt, facts)].join("\n  "));
  return exits.fine;
}

/** How many unused files are listed per reason. */
const TOLD = 5;

function tell(file: string, { chosen, training: { model, batch, steps }, seconds }: Written, session: Session): void {
  const { learnt, others } = chosen;
  session.say(
    `${session.colours.green("✓")} ${file}: ${learnt.kind} of ${learnt.format}${learnt.at === "" ? "" : ` (${learnt.at})`}`,
  );
  const minutes = Math.max(1, Math.round(seconds / 60));
  session.say(
    `  a model of ${counted(model.layers, "layer")}, ${model.width} wide; ${counted(steps, "step", "steps")} of ${batch}, ` +
      `about ${counted(minutes, "minute", "minutes")} here`,
  );
  if (model.from !== "") session.say(` ${model.from}`);
  const alike = others.filter(({ kind }) => kind === learnt.kind).map(({ at }) => at || "images of the folder itself");
  if (alike.length > 0) session.say(`  not in it: ${alike.join(", ")}; write a data block for it, or join the files`);
  const kinds = [...new Set(others.map(({ kind }) => kind))].filter((kind) => kind !== learnt.kind);
  if (kinds.length > 0) session.say(`  also there: ${kinds.join(", ")} (--kind ${kinds[0] ?? ""})`);
  for (const reason of new Set(chosen.lost.map((lost) => lost.reason))) {
    const files = chosen.lost.filter((lost) => lost.reason === reason);
    const names = files.slice(0, TOLD).map((lost) => lost.file);
    session.say(`  not used: ${[...names, ...(files.length > TOLD ? ["…"] : [])].join(", ")} (${reason})`);
  }
}
