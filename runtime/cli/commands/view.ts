// `vlmo view`: a specification or runs on a page that is updated when their files change.
import type { Command } from "commander";
import type { Subject } from "../../view/view.js";
import { exits, tellFailure, UsageError } from "../failure.js";
import { path, port, setOption } from "../options.js";
import type { Session } from "../session.js";
import type { Shell } from "../shell.js";

const examples = `
A FILE is shown as a picture: layers with their experts, the path of every view, the stages in order. A RUN is shown with
its curves, results, examples and stages; a folder of runs as a comparison that links to each of them. The page updates
when files change. Mistakes are shown above the last valid picture.

The printed address contains an access token and works on this machine only. Ctrl-C stops the server.

Examples:
  vlmo view specs/quickstart.vlmo
  vlmo view specs/quickstart.vlmo specs/mine.vlmo      what differs, side by side
  vlmo view runs/quickstart --open                     also during training
  vlmo view runs                                       all runs of a folder
  vlmo view runs/quickstart --export page.html         as one file
  vlmo view specs/quickstart.vlmo --svg --out small.svg   the picture alone, for a README`;

interface Options {
  readonly port: number;
  readonly open?: true;
  readonly export?: string;
  readonly svg?: true;
  readonly out?: string;
  readonly set: readonly string[];
}

/** Adds `vlmo view`. */
export function addView(program: Command, shell: Shell): void {
  program
    .command("view")
    .summary("show specifications or runs live in the browser")
    .description("Show a specification or runs on a live page in the browser.")
    .argument("<target>", "a specification, a run, or a folder with runs", path)
    .argument("[second]", "another one of the same kind, to compare", path)
    .option("--port <n>", "the port; 0 for any free one", port, 0)
    .option("--open", "open it in this machine's browser")
    .option("--export <file>", "write the page to a self-contained file instead", path)
    .option("--svg", "write the picture of a specification as SVG instead, for light and dark pages")
    .option("--out <file>", "where --svg writes (default: stdout)", path)
    .addOption(setOption())
    .addHelpText("after", examples)
    .action(async (target: string, second: string | undefined, options: Options) => {
      const targets = second === undefined ? [target] : [target, second];
      shell.exit = await run(targets, options, shell.session);
    });
}

async function run(targets: readonly string[], options: Options, session: Session): Promise<number> {
  const { export: file, open, svg, out, set } = options;
  if (out !== undefined && svg === undefined)
    throw new UsageError("--out is of --svg", "add --svg, or write a page with --export");
  if (svg) return still(targets, options, session);
  const { subjectOf } = await import("../../view/subject.js");
  if (file !== undefined && open) throw new UsageError("--open is of a page that is served", "leave out --export");
  const subject = await subjectOf(targets, { set, isAlone: file !== undefined });
  if (subject === null) throw new UsageError("a specification and runs have no page together", "name two of one kind");
  if (subject.kind === "runs" && set.length > 0)
    throw new UsageError("--set is of specifications", "leave it out: a run has been asked what it was asked");
  if (subject.kind === "specification") await expectReadable(targets, options);
  return file === undefined ? serve(subject, options, session) : write(subject, file, session);
}

/** The picture of one specification, to a file or to stdout. */
async function still([file = "", second]: readonly string[], options: Options, session: Session): Promise<number> {
  const { export: page, open, out, set } = options;
  if (second !== undefined) throw new UsageError("--svg is of one specification", "leave out the second");
  if (page !== undefined || open) throw new UsageError("--svg writes no page", "leave out --export and --open");
  const { checkTestFile, unknownName } = await import("../load-spec.js");
  const { SpecError } = await import("../../errors/spec-error.js");
  const { spec, diagnostics } = checkTestFile(file, set);
  if (spec === null) throw new SpecError(diagnostics);
  if (spec.models.size === 0) throw unknownName("model", "", []);
  const { stillOf } = await import("../../../view/index.js");
  const picture = stillOf(spec);
  if (out === undefined) {
    session.write(picture);
    session.give({ picture });
    return exits.fine;
  }
  const { writeTextAtomically } = await import("../../formats/atomic.js");
  await writeTextAtomically(out, picture);
  session.say(out);
  session.give({ output: out });
  return exits.fine;
}

/** An exported file must have no errors; a served page shows them. Throws SpecError. */
async function expectReadable(files: readonly string[], { export: file, set }: Options): Promise<void> {
  const { checkTestFile, readText } = await import("../load-spec.js");
  const { SpecError } = await import("../../errors/spec-error.js");
  for (const each of files) {
    if (file === undefined && readText(each) !== null) continue;
    const { spec, diagnostics } = checkTestFile(each, set);
    if (spec === null) throw new SpecError(diagnostics);
  }
}

async function write(subject: Subject, file: string, session: Session): Promise<number> {
  const { exportView } = await import("../../view/export.js");
  await exportView(subject, file);
  session.say(file);
  session.give({ page: file });
  return exits.fine;
}

async function serve(subject: Subject, { port: wanted, open }: Options, session: Session): Promise<number> {
  const { serveView } = await import("../../view/server.js");
  const { stopOnSignal } = await import("../stop.js");
  const server = await serveView({ subject, port: wanted, failed: (error) => tellFailure(error, session) });
  const stop = stopOnSignal(session, true, () => undefined);
  session.say(server.url);
  session.give({ kind: "listening", url: server.url, port: server.port });
  if (open) await openOrSay(server.url, session);
  await new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
  await server.stop();
  stop.release();
  return exits.fine;
}

async function openOrSay(url: string, session: Session): Promise<void> {
  const { openBrowser } = await import("../open-browser.js");
  if (!(await openBrowser(url))) session.remark("no browser could be opened on this machine: use the address");
}
