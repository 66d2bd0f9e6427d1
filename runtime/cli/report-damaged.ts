// Damaged checkpoints of a run are reported, since resuming from an older one happens without asking.
import { join } from "node:path";
import { damagedCheckpoints, type DamagedCheckpoint } from "../checkpoint/index.js";
import { VlmoError } from "../errors/vlmo-error.js";
import type { Session } from "./session.js";

/** Reports which checkpoints of the run folder cannot be used, and why. */
export async function reportDamaged(run: string, session: Session): Promise<void> {
  for (const damaged of await damagedIn(run)) reportPassedOver(damaged, session);
}

/** Reports a checkpoint of a run that was skipped, and why. */
export function reportPassedOver({ folder, reason }: DamagedCheckpoint, session: Session): void {
  session.remark(`${session.colours.yellow("warning")}: skipped ${folder}: ${reason.message}`);
}

/** None where the folder cannot be read: the code that opens it reports why. */
async function damagedIn(run: string): Promise<DamagedCheckpoint[]> {
  return damagedCheckpoints(join(run, "checkpoints")).catch((error: unknown) => {
    if (error instanceof VlmoError) return [];
    throw error;
  });
}
