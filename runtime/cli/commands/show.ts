// `vlmo show`: what a declaration comes to, and where each of its values came from.
import type { Command } from "commander";
import { exits } from "../failure.js";
import { setOption } from "../options.js";
import type { Shell } from "../program.js";
import type { Session } from "../session.js";

const examples = `
Shown is the declaration after \`extends\`, params and --set, with the defaults of keys that
nobody wrote. With --origins a comment behind every value says where it is written, what it took
the place of, which params it is made of, and which arguments of a constructor are left to their
defaults.

Examples:
  vlmo show specs/vlmo-large.vlmo VlmoLarge
  vlmo show specs/vlmo-large.vlmo fusion_large --origins
  vlmo show specs/vlmo-base.vlmo VlmoBase --set image_size=384px --origins`;

interface ShowOptions {
  readonly origins?: true;
  readonly set: readonly string[];
}

export function addShow(program: Command, shell: Shell): void {
  program
    .command("show")
    .summary("print a declaration with everything it inherits, and from where")
    .description("Print a model, stage, head, data set, evaluation or param with everything it inherits.")
    .argument("<file>", "the specification")
    .argument("<name>", "a name that the file declares or imports")
    .option("--origins", "say behind every value where it came from")
    .addOption(setOption())
    .addHelpText("after", examples)
    .action(async (file: string, name: string, options: ShowOptions) => {
      shell.exit = await run(file, { name, ...options }, shell.session);
    });
}

/** A declaration is shown also where the file has mistakes: it may be what explains them. */
async function run(file: string, { name, origins, set }: ShowOptions & { name: string }, session: Session) {
  const { checkFile, disk, entryPath, unknownName } = await import("../load-spec.js");
  const { tellDiagnostics } = await import("../diagnostics.js");
  const { showDeclaration, showText } = await import("../../../compiler/index.js");
  const { spec, diagnostics } = checkFile(file, set);
  const options = { ...disk, set: set.map((text) => ({ text })) };
  const { shown, names } = showDeclaration(entryPath(file), name, options);
  if (shown === null && (spec !== null || names.length > 0)) throw unknownName("declaration", name, names);
  const told = tellDiagnostics(diagnostics, session);
  if (shown !== null) {
    session.write(showText(shown, { origins: origins === true }));
    session.give({ ...shown, text: showText(shown, { origins: false }), diagnostics: told });
  } else session.give({ diagnostics: told });
  return spec === null ? exits.mistake : exits.fine;
}
