// Recognises stages that two specifications share: one of them runs it, the other takes over its checkpoints.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { predecessorOf, type Spec } from "../../compiler/index.js";
import { listCheckpoints } from "../checkpoint/index.js";
import { hashOf } from "../train/run-folder.js";

/** The key of a stage's rehearsal: its meaning and length, its evaluations, and the stages it starts from. */
export function historyOf(spec: Spec, name: string): string {
  const stage = spec.stages.get(name);
  if (stage === undefined) throw new Error(`internal: no stage ${name}`);
  const evaluations = [...spec.evaluations.values()].filter((evaluation) => evaluation.stage === name);
  const predecessor = predecessorOf(stage, spec);
  const before = predecessor === undefined ? "" : historyOf(spec, predecessor.name);
  return [hashOf({ stage, evaluations }), JSON.stringify(stage.duration), before].join(" ");
}

/** Copies the checkpoints of a stage from one run folder to another. */
export async function takeOver(stage: string, from: string, to: string): Promise<void> {
  for (const { name, folder } of await listCheckpoints(join(from, "checkpoints"), stage))
    await cp(folder, join(to, "checkpoints", name), { recursive: true });
}
