// `vlmo diff`: what changed in meaning between two specifications, or two declarations of one.
import type { Command } from "commander";
import type { Spec, SpecDiff } from "../../../compiler/front-end.js";
import { SpecError } from "../../errors/spec-error.js";
import { exits, UsageError } from "../failure.js";
import { setOption } from "../options.js";
import type { Shell } from "../shell.js";
import type { Session } from "../session.js";

const examples = `
The meaning of the files is compared, not their text: models with experts layer by layer,
parameters by part and FLOPs; heads; data; what every stage learns, trains, freezes and loads, its
length and learning rate; evaluations. Comments, layout, order, params and \`extends\` make no
difference; \`expect\` and \`test\` are not compared.

Examples:
  vlmo diff specs/vlmo-base.vlmo specs/vlmo-large.vlmo
  vlmo diff specs/vlmo-base.vlmo language fusion           two declarations of one file
  vlmo diff old.vlmo new.vlmo --exit-code                  for scripts: 1 where they differ

Exit code 0 whether or not they differ, unless --exit-code is given.`;

interface DiffOptions {
  readonly exitCode?: true;
  readonly set: readonly string[];
}

/** Adds `vlmo diff`. */
export function addDiff(program: Command, shell: Shell): void {
  program
    .command("diff")
    .summary("show what changed in meaning between two specifications")
    .description("Show what changed in meaning between two specifications, or between two declarations of one.")
    .argument("<file>", "the specification before")
    .argument("<other...>", "the specification after; or two names of the same file")
    .option("--exit-code", "exit with 1 where there are differences")
    .addOption(setOption())
    .addHelpText("after", examples)
    .action(async (file: string, others: readonly string[], options: DiffOptions) => {
      shell.exit = await run([file, ...others], options, shell.session);
    });
}

interface Found {
  readonly diff: SpecDiff;
  readonly before: string;
  readonly after: string;
}

async function run(args: readonly string[], { exitCode, set }: DiffOptions, session: Session): Promise<number> {
  const [first = "", second = "", third] = args;
  if (args.length > 3) throw new UsageError("more than two names", "give two files, or a file and two names of it");
  const { diff, before, after } =
    third === undefined ? await files(first, second, set, session) : await names(first, [second, third], set, session);
  const { diffText } = await import("../../../compiler/front-end.js");
  session.write(diffText(diff, { before, after }));
  session.give({ before, after, ...diff });
  return exitCode === true && !diff.same ? exits.mistake : exits.fine;
}

async function files(before: string, after: string, set: readonly string[], session: Session): Promise<Found> {
  const { diffSpecs } = await import("../../../compiler/front-end.js");
  const old = await load(before, set, session);
  return { diff: diffSpecs(old, await load(after, set, session)), before, after };
}

/** Failed expectations do not prevent the diff: the change that broke them is of interest. */
async function load(
  file: string,
  set: readonly string[],
  session: Session,
  how: { readonly imported?: true } = {},
): Promise<Spec> {
  const { checkFile } = await import("../load-spec.js");
  const { printDiagnostics } = await import("../diagnostics.js");
  const { spec, diagnostics } = checkFile(file, set, { expectations: "apart", ...how });
  if (spec === null) throw new SpecError(diagnostics);
  printDiagnostics(diagnostics, session);
  return spec;
}

async function names(
  file: string,
  [before, after]: readonly [string, string],
  set: readonly string[],
  session: Session,
): Promise<Found> {
  const { unknownName } = await import("../load-spec.js");
  const { diffDeclarations } = await import("../../../compiler/front-end.js");
  const spec = await load(file, set, session, { imported: true });
  const diff = diffDeclarations(spec, before, after);
  if (diff !== undefined) return { diff, before, after };
  const { models, heads, data, stages, evaluations } = spec;
  const known = [models, heads, data, stages, evaluations].flatMap((table) => [...table.keys()]);
  const missing = [before, after].find((name) => !known.includes(name));
  if (missing !== undefined) throw unknownName("declaration", missing, known);
  throw new UsageError(`\`${before}\` and \`${after}\` are of different kinds`, "compare two of one kind");
}
