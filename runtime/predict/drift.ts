// Drift of a head: a stage has changed the features of a head that it does not train, so that the head, unchanged since its own
// stage, reads other features than it was trained on.
import { predecessorOf, reachOf, type HeadSpec, type StageSpec } from "../../compiler/index.js";
import type { TrainedModel } from "./model.js";

/** A notice for users of a head that may have drifted; null where it has not. */
export function driftNote({ stage, spec, manifest }: Drifting, head: HeadSpec): string | null {
  const isUntouched = manifest.step === 0 || learns(stage, head) || !moves(stage, head);
  if (isUntouched) return null;
  const last = lastStage(stage, head, spec);
  const where = last === null ? "" : `; \`${last.name}\` trained it last (--stage ${last.name})`;
  return `note: the stage \`${stage.name}\` does not learn \`${head.name}\`, and has changed its features: it may have drifted${where}`;
}

type Drifting = Pick<TrainedModel, "stage" | "spec"> & { readonly manifest: Pick<TrainedModel["manifest"], "step"> };

function learns({ learn }: StageSpec, { parametersOf: own }: HeadSpec): boolean {
  return learn.some(({ head }) => head.parametersOf === own);
}

/** Whether the stage trains any parameter that the head's answers depend on. */
function moves({ model, heads, trained }: StageSpec, head: HeadSpec): boolean {
  return [...reachOf(model, heads, head)].some((name) => trained.has(name));
}

function lastStage(stage: StageSpec, head: HeadSpec, spec: Drifting["spec"]): StageSpec | null {
  const before = predecessorOf(stage, spec);
  if (before === undefined) return null;
  return learns(before, head) ? before : lastStage(before, head, spec);
}
