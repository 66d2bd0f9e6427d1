// The engine that a command line names, opened.
import type { Engine } from "../engines/index.js";
import { openEngine as open } from "../engines/open.js";
import type { EngineChoice } from "./options.js";
import type { Session } from "./session.js";

/** Opens it, and remarks what a user should know of it. Throws what opening throws. */
export async function openEngine(
  choice: EngineChoice & { readonly shares?: boolean },
  session: Session,
): Promise<Engine> {
  const opened = await open(choice);
  if (opened.notice !== undefined) session.remark(`${session.colours.yellow("note:")} ${opened.notice}`);
  return opened;
}
