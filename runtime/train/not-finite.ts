// The error of a loss that is not finite: what it names, and what can be done about it in the stage as written.
import type { StageSpec } from "../../compiler/index.js";
import type { Batch } from "../data/index.js";
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";
import type { StepResult } from "./step-result.js";

/** The largest gradient norm that is suggested, as in most publications. */
const usualClip = 1;

/** Where the loss became NaN or infinite. */
export interface Occasion {
  /** Steps of the stage done before. */
  readonly step: number;
  readonly batch: Pick<Batch, "items">;
  /** The last checkpoint before it. */
  readonly lastGood: string | null;
}

/** V930 for a loss that is not finite: names the step, the items and the line of the objective. */
export function notFinite(
  stage: StageSpec,
  { losses }: Pick<StepResult, "losses">,
  { step, batch, lastGood }: Occasion,
): VlmoError {
  const bad = [...losses].filter(([, loss]) => !Number.isFinite(loss));
  const [head, loss] = bad.find(([name]) => name !== "total") ?? ["total", losses.get("total")];
  const objective = stage.learn.find((entry) => entry.head.name === head);
  const { items } = batch;
  const shown = items.slice(0, 8).join(", ") + (items.length > 8 ? `, … (${items.length} items)` : "");
  const holes = { stage: stage.name, head, loss: String(loss), step: step + 1, items: shown };
  const last = lastGood === null ? "" : `; the last finite parameters are in \`${lastGood}\``;
  return vlmoError("V930", holes, { span: objective?.span ?? stage.span, help: `${adviceFor(stage, step)}${last}` });
}

function adviceFor({ optimizer: { clip }, schedule: { warmup } }: StageSpec, step: number): string {
  if (step === 0)
    return "no step has changed a parameter yet: look at the settings of that head, at its weight in `learn`, and at what the stage begins from";
  const ways = [
    "lower `lr`",
    warmup.value === 0 ? "begin with a warm-up (`schedule.warmup`)" : "use a longer warm-up",
    ...(clip === null ? [`set \`clip: ${usualClip}\` in the optimizer`] : []),
    ...(clip !== null && clip > usualClip ? [`lower \`clip\`, which is ${clip}`] : []),
  ];
  return `${ways.slice(0, -1).join(", ")} or ${ways.at(-1)}, then train the stage again from its start`;
}
