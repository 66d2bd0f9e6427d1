// Minimum count of an answer to become a class, as set by a head and by its data.
import { diagnose } from "../../codes.js";
import { ruleOf } from "../../heads/index.js";
import { answersListed } from "../../schema/formats.js";
import type { DataSpec, HeadSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";

/** The heads and the data of a stage. */
export interface Answering {
  readonly stage: string;
  readonly heads: readonly HeadSpec[];
  readonly data: readonly DataSpec[];
}

/** Reports data whose list of answers differs from what a head assumes. */
export function checkAnswers({ stage, heads, data }: Answering, context: Context): void {
  const lists = new Set(data.filter(({ kind }) => kind === "questions").map(listOf));
  for (const head of heads) {
    const least = ruleOf(head).classes?.(head).least ?? null;
    if (least !== null) for (const each of lists) compare({ stage, head, least }, each, context);
  }
}

/** The data whose list of answers it uses. */
function listOf(data: DataSpec): DataSpec {
  const giver = data.lists?.["answers"];
  return giver === undefined ? data : listOf(giver);
}

interface Asking {
  readonly stage: string;
  readonly head: HeadSpec;
  readonly least: number;
}

function compare({ stage, head, least }: Asking, { name, format, settings, span }: DataSpec, context: Context): void {
  const listed = answersListed(format, settings);
  if (listed === least) return;
  if (listed === null) {
    const holes = { key: "min", stage, reason: `\`${name}\` has a list of answers of its own` };
    context.report(diagnose("V527", head.span, holes, { help: `leave it out of \`answers(…)\` in \`${head.name}\`` }));
    return;
  }
  const related = [{ span: head.span, message: `\`answers(min: ${least})\` here` }];
  const holes = { key: "answer_count", wanted: `${least}, as the head \`${head.name}\` says`, value: `${listed}` };
  const help = `write \`answer_count: ${least}\` in \`${name}\`, or \`min: ${listed}\` in the head`;
  context.report(diagnose("V207", span, holes, { related, help }));
}
