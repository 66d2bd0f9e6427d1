// Opens the engine that a command line names.
import type { Engine } from "../engines/index.js";
import { openEngine as open } from "../engines/open.js";
import { tellCompiling, type CompilingWords } from "./compiling.js";
import type { EngineChoice } from "./options.js";
import type { Session } from "./session.js";

/** Opens it and prints its notices. Throws the errors of opening an engine. */
export async function openEngine(
  choice: EngineChoice & { readonly shares?: boolean },
  session: Session,
  words: CompilingWords = besides(session),
): Promise<Engine> {
  const opened = await open({ ...choice, compiling: tellCompiling(words) });
  if (opened.notice !== undefined) session.remark(`${session.colours.yellow("note:")} ${opened.notice}`);
  return opened;
}

function besides({ quiet, remark, colours }: Session): CompilingWords {
  const nothing = (): void => undefined;
  if (quiet) return { going: nothing, done: nothing };
  return { going: (what) => remark(colours.dim(`preparing ${what} …`)), done: remark };
}
