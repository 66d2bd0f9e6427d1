// Which parameters a stage trains, freezes, or does not reach: `train` and `freeze` against what the losses reach.
import { spanText } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { ParameterGroup, ParameterSpec } from "../../spec/parameter.js";
import type { ModelSpec, ObjectiveSpec, StageSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { reachTest } from "../../spec/reach.js";
import { select, type Field } from "./selectors.js";
import type { Draft } from "./draft.js";

type Division = Pick<StageSpec, "trained" | "frozen" | "unreached">;

interface Divided {
  readonly draft: Draft;
  readonly model: ModelSpec;
  readonly learn: readonly ObjectiveSpec[];
  readonly field: Field;
}

/** Partitions all parameters into trained, frozen and unreached. */
export function divide({ draft, model, learn, field }: Divided, context: Context): Division | null {
  const reached = reachTest(
    model,
    learn.map(({ head }) => head),
  );
  const selected = readSelection(draft, { field, reached }, context);
  if (selected === null) return null;
  const trained = new Set<string>();
  const frozen = new Set<string>();
  const unreached = new Set<string>();
  for (const group of field.groups) {
    const held = selected(group) ? trained : frozen;
    for (const parameter of group.parameters) (reached(parameter) ? held : unreached).add(parameter.name);
  }
  if (trained.size > 0) return { trained, frozen, unreached };
  const place = draft.values.freeze?.expression.span ?? draft.values.train?.expression.span ?? draft.span;
  context.report(
    diagnose("V507", place, { stage: draft.name }, { help: "leave something that the losses reach unfrozen" }),
  );
  return null;
}

type Selection = (group: ParameterGroup) => boolean;

function readSelection(
  draft: Draft,
  what: { field: Field; reached: (parameter: ParameterSpec) => boolean },
  context: Context,
): Selection | null {
  const { train, freeze } = draft.values;
  const { field, reached } = what;
  if (train !== undefined && freeze !== undefined) {
    const related = [{ span: train.expression.span, message: "`train` here" }];
    context.report(diagnose("V506", freeze.key, { stage: draft.name }, { related, help: "keep one of the two" }));
    return null;
  }
  if (freeze !== undefined) {
    const groups = select(freeze, field, context);
    return groups === null ? null : (group) => !groups.has(group);
  }
  if (train === undefined) return () => true;
  // Unreached parameters are not trained in any case.
  if (spanText(train.expression.span) === "all") return () => true;
  const isReached = ({ parameters }: ParameterGroup): boolean => parameters.some(reached);
  const onPart: Field["onPart"] = (part, groups) => {
    if (groups.some(isReached)) return;
    const help = "leave it out; unreached parameters do not change";
    context.report(diagnose("V508", part.span, { selector: spanText(part.span), stage: draft.name }, { help }));
  };
  const groups = select(train, { ...field, all: isReached, onPart }, context);
  return groups === null ? null : (group) => groups.has(group);
}
