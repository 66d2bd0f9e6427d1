// An evaluation on a held-out part of data, compared with the part that its stage learns from.
import type { Span } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import { splitOf } from "../../spec/parts.js";
import type { DataSpec, StageSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";

/** V533 if a data block of the stage splits the same records in another way than `data`. */
export function checkHeldOut(data: DataSpec, stage: StageSpec, on: Span, context: Context): void {
  for (const learnt of stage.data) {
    if (!mayShare(data, learnt)) continue;
    const related = [
      { span: learnt.span, message: `\`${stage.name}\` trains on \`${learnt.name}\`` },
      { span: data.span, message: `\`${data.name}\` is split differently` },
    ];
    context.report(diagnose("V533", on, { data: data.name, stage: stage.name, learnt: learnt.name }, { related }));
  }
}

/** Whether two parts of the same data may share groups; split alike, they would not. */
function mayShare(one: DataSpec, other: DataSpec): boolean {
  const [own, another] = [splitOf(one), splitOf(other)];
  if (own === null || another === null || own.part === another.part || own.of !== another.of) return false;
  if (own.by !== another.by || own.seed !== another.seed) return true;
  // Groups are held out in one fixed order, so that a smaller share is contained in a larger one.
  const [held, left] = own.part === "validation" ? [own, another] : [another, own];
  return held.holdOut > left.holdOut;
}
