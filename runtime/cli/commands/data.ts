// `vlmo data`: the contents of data blocks, and samples as they reach the model.
import type { Command } from "commander";
import type { Description } from "../../data/describe/describe.js";
import { exits } from "../failure.js";
import { setOption } from "../options.js";
import type { Shell } from "../shell.js";
import { addDataPack } from "./data-pack.js";
import type { Session } from "../session.js";

const examples = `
For each data block that the file declares or reads, or for the one named: the number of items, the
frequency of each class or answer, lengths of texts in tokens and how many are truncated, sizes of
images and how many are upscaled, duplicates (images by their bytes, texts by their words), overlap
with other blocks of the file, and ten samples as they reach the model: resized, augmented, with
special tokens and masks. With NAME no other block is opened, so overlap is not computed. Mistakes
are reported as by \`vlmo check --data\`.

Examples:
  vlmo data specs/quickstart.vlmo
  vlmo data specs/nlvr.vlmo nlvr_train --set data=/disk/nlvr
  vlmo data specs/nlvr.vlmo --out data.html        a page with pictures, every class and all readers
  vlmo data specs/nlvr.vlmo --json`;

interface Options {
  readonly out?: string;
  readonly set: readonly string[];
}

/** Adds `vlmo data`. */
export function addData(program: Command, shell: Shell): void {
  const command = program
    .command("data")
    .summary("show what data blocks hold")
    .description("Show what data blocks hold: counts, classes, lengths, sizes, duplicates and samples.")
    .argument("<file>", "the specification")
    .argument("[name]", "only this data block")
    .option("--out <page>", "write an HTML page with pictures, as in data.html")
    .addOption(setOption())
    .addHelpText("after", examples)
    .action(async (file: string, name: string | undefined, options: Options) => {
      shell.exit = await run(file, name, options, shell.session);
    });
  addDataPack(command.helpCommand(false), shell);
}

async function run(file: string, name: string | undefined, { out, set }: Options, session: Session): Promise<number> {
  const { loadSpec, unknownName } = await import("../load-spec.js");
  const { describeFile } = await import("../look-at-data.js");
  const { descriptionLines } = await import("../data-text.js");
  const { printDiagnostics } = await import("../diagnostics.js");
  const { createCounter } = await import("../counter.js");
  // The page is written even if the reader of the lines stops early.
  if (out !== undefined) session.outliveReaders();
  const spec = loadSpec(file, set, session);
  const only = name === undefined ? null : spec.data.get(name);
  if (only === undefined) throw unknownName("data block", name ?? "", [...spec.data.keys()]);
  const counter = createCounter(session);
  const { lines, blocks, diagnostics } = await describeFile(spec, file, {
    only,
    report: (done, all) => counter({ what: "comparing images", done, all }),
  });
  const { tellData } = await import("../look-at-data.js");
  for (const line of lines) {
    tellData(line, session);
    const block = blocks.find((each) => each.name === line.name);
    if (block !== undefined) descriptionLines(block).forEach((each) => session.say(each));
  }
  const json = printDiagnostics(diagnostics, session);
  if (out !== undefined) await writePage(out, file, blocks, session);
  session.give({ file, blocks: blocks.map(forPrograms), ...(out !== undefined && { page: out }), diagnostics: json });
  return json.length > 0 ? exits.mistake : exits.fine;
}

async function writePage(out: string, file: string, blocks: readonly Description[], session: Session): Promise<void> {
  const { dataPageOf } = await import("../../report/data-page.js");
  const { writeTextAtomically } = await import("../../formats/atomic.js");
  await writeTextAtomically(out, await dataPageOf(file, blocks));
  session.say(`page: ${out}`);
}

/** The description without pixels, which only the page shows. */
function forPrograms({ shown, ...block }: Description): object {
  const samples = shown.map(({ reader, samples: all }) => ({
    reader,
    samples: all.map(({ pictures, mask, ...sample }) => ({
      ...sample,
      images: pictures.map(({ width, height, channels }) => ({ width, height, channels })),
      mask: mask !== null,
    })),
  }));
  return { ...block, samples };
}
