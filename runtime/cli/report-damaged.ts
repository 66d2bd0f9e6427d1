// Checkpoints of a run that are passed over: reported, since resuming from an older one asks nothing.
import { join } from "node:path";
import { damagedCheckpoints, type DamagedCheckpoint } from "../checkpoint/index.js";
import { VlmoError } from "../errors/vlmo-error.js";
import type { Session } from "./session.js";

/** Reports which checkpoints of the run folder cannot be used, and why. */
export async function reportDamaged(run: string, session: Session): Promise<void> {
  for (const damaged of await damagedIn(run)) reportPassedOver(damaged, session);
}

/** Remarks which checkpoints of a run were passed over, and why. */
export function reportPassedOver({ folder, reason }: DamagedCheckpoint, session: Session): void {
  session.remark(`${session.colours.yellow("warning")}: skipped ${folder}: ${reason.message}`);
}

/** None where the folder cannot be read: whoever opens it reports why. */
async function damagedIn(run: string): Promise<DamagedCheckpoint[]> {
  return damagedCheckpoints(join(run, "checkpoints")).catch((error: unknown) => {
    if (error instanceof VlmoError) return [];
    throw error;
  });
}
