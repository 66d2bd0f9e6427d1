// What the commands share.
import type { Session } from "./session.js";

export { version } from "../version.js";

/** What commands share: how to talk, and the exit code they leave. */
export interface Shell {
  readonly session: Session;
  exit: number;
}
