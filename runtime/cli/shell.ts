// State shared by the commands.
import type { Session } from "./session.js";

export { version } from "../version.js";

/** The session of the command line, and the exit code that a command leaves. */
export interface Shell {
  readonly session: Session;
  exit: number;
}
