// Results of a run's evaluations for one of its checkpoints.
import { VlmoError } from "../errors/vlmo-error.js";
import { readRun, type EvaluationLine } from "../report/run.js";

/** The log's evaluations of it; none where the run has no log. */
export async function measured(
  run: string,
  { stage, step }: { readonly stage: string; readonly step: number },
): Promise<EvaluationLine[]> {
  const { evaluations } = await readRun(run).catch((error: unknown) => {
    if (error instanceof VlmoError && error.code === "V968") return { evaluations: [] };
    throw error;
  });
  return evaluations.filter((line) => line.stage === stage && line.step === step);
}
