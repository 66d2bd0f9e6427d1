// Checkpoints of a run that are passed over: said, since what goes on from an older one does so without asking.
import { join } from "node:path";
import { damagedCheckpoints } from "../checkpoint/index.js";
import type { Session } from "./session.js";

/** Tells which checkpoints of the run folder cannot be used, and why. */
export async function tellDamaged(run: string, session: Session): Promise<void> {
  for (const { folder, reason } of await damagedCheckpoints(join(run, "checkpoints")))
    session.remark(`${session.colours.yellow("warning")}: passed over ${folder}: ${reason.message}`);
}
