// `vlmo show`: a declaration after `extends` and params are resolved, with the origin of each value.
import type { Command } from "commander";
import type { Shown, ShowOptions as CompilerOptions } from "../../../compiler/front-end.js";
import { exits } from "../failure.js";
import { setOption } from "../options.js";
import type { Shell } from "../shell.js";
import type { Session } from "../session.js";

const examples = `
Prints the declaration (without NAME, every one of the file) after \`extends\`, params and --set are
resolved, with the defaults of keys that are not written. With --origins a comment after every value
shows where it is written, what it overrides, which params it uses, and which arguments of a
constructor have their defaults. With --json, \`plain\` holds all of it as data that follows
docs/language/vlmo.schema.json.

Examples:
  vlmo show specs/vlmo-large.vlmo VlmoLarge
  vlmo show specs/vlmo-large.vlmo --json
  vlmo show specs/vlmo-large.vlmo fusion_large --origins
  vlmo show specs/vlmo-base.vlmo VlmoBase --set image_size=384px --origins`;

interface ShowOptions {
  readonly origins?: true;
  readonly set: readonly string[];
}

/** Adds `vlmo show`. */
export function addShow(program: Command, shell: Shell): void {
  program
    .command("show")
    .summary("print declarations with everything they inherit, and from where")
    .description(
      "Print a model, stage, head, data set, evaluation or param, or all of a file, with everything they inherit.",
    )
    .argument("<file>", "the specification")
    .argument("[name]", "a name that the file declares or imports")
    .option("--origins", "after every value, show where it comes from")
    .addOption(setOption())
    .addHelpText("after", examples)
    .action(async (file: string, name: string | undefined, options: ShowOptions) => {
      shell.exit = await run(file, name, options, shell.session);
    });
}

/** A declaration is shown even if the file has mistakes: it may explain them. */
async function run(file: string, name: string | undefined, given: ShowOptions, session: Session): Promise<number> {
  const { checkFile, disk, entryPath } = await import("../load-spec.js");
  const { printDiagnostics } = await import("../diagnostics.js");
  const { plainSpec, showFile, showText } = await import("../../../compiler/front-end.js");
  const { spec, diagnostics } = checkFile(file, given.set);
  const options = { ...disk, set: given.set.map((text) => ({ text })) };
  const one = name === undefined ? null : await named(entryPath(file), name, options);
  const shown = name === undefined ? showFile(entryPath(file), options) : one && [one];
  const reported = printDiagnostics(diagnostics, session);
  const texts = shown?.map((each) => showText(each, { origins: given.origins === true })) ?? [];
  session.write(texts.join("\n"));
  if (one !== null) session.give({ ...one, text: showText(one, { origins: false }), diagnostics: reported });
  else session.give({ ...(shown && { plain: plainSpec(shown), declarations: shown }), diagnostics: reported });
  return spec === null ? exits.mistake : exits.fine;
}

/** One declaration; null where the file cannot be read. Throws V961. */
async function named(entry: string, name: string, options: CompilerOptions): Promise<Shown | null> {
  const { unknownName } = await import("../load-spec.js");
  const { showDeclaration } = await import("../../../compiler/front-end.js");
  const { shown, names } = showDeclaration(entry, name, options);
  if (shown === null && names.length > 0) throw unknownName("declaration", name, names);
  return shown;
}
