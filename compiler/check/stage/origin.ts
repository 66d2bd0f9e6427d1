// What a stage is initialised from (nothing, a stage, a checkpoint), and whether the previous stage has what it needs.
import type { z } from "zod";
import { counted, spanText, type Span, type StageOrigin } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import { readEntries, type ValueNode } from "../../resolve/blocks.js";
import { positionTable } from "../../positions/index.js";
import type { Written } from "../../resolve/extend.js";
import type { Declared } from "../../resolve/module.js";
import { originSchema, type stageSchema } from "../../schema/blocks.js";
import { checkpoints } from "../../schema/constructors.js";
import { mismatch } from "../../schema/fields.js";
import { readBlock, readCall } from "../../schema/read.js";
import { parametersIn } from "../../spec/parameter-list.js";
import type { ParameterSpec } from "../../spec/parameter.js";
import type { CopySpec, HeadSpec, ModelSpec, OriginSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { eachChange, type Trained, leftBehind } from "../../spec/hand-over.js";
import { rolesText } from "../model/placement.js";
import type { StageResult } from "./result.js";
import { isMissing, type Draft } from "./draft.js";
import { select, type Field } from "./selectors.js";

/** What a stage is initialised from, with the previous stage. */
export interface Origin {
  readonly spec: OriginSpec;
  readonly before: StageResult | null;
  /** For a file: the parts that are newly initialised. */
  readonly fresh?: ValueNode | undefined;
}

/** The origin of a stage that starts from scratch. */
export const fromScratch: Origin = { spec: { kind: "scratch" }, before: null };

interface From {
  readonly draft: Draft;
  readonly stages: (declared: Declared) => StageResult | null;
}

/** Reads `from …`; without it a stage starts from scratch. Null: it is wrong and was reported. */
export function readOrigin(written: Written<StageOrigin> | undefined, from: From, context: Context): Origin | null {
  if (written === undefined) return fromScratch;
  const { what, by } = written;
  switch (what.kind) {
    case "from_scratch":
      return fromScratch;
    case "from_stage": {
      const otherwise = `\`from\` wants a stage, \`scratch\`, or a file: \`from checkpoint("FILE")\``;
      const declared = context.find(by, { ...what.name, otherwise }, ["stage"]);
      if (declared === undefined) return null;
      const before = from.stages(declared);
      if (before === null) return null;
      if (what.atBest) wantBest(declared, what, context);
      const at = what.atBest ? "best" : "end";
      return { spec: { kind: "stage", name: before.spec.name, at, span: what.name.span }, before };
    }
    case "from_checkpoint":
      return readCheckpoint(what, by, context);
  }
}

const keysOfBest = ["validate", "best"] as const satisfies readonly (keyof typeof stageSchema.shape)[];

/** Reports a stage that keeps no best checkpoint, where one is asked for. */
function wantBest(declared: Declared, { span }: StageOrigin, context: Context): void {
  const { body } = context.merge(declared);
  const missing = keysOfBest.find((key) => isMissing(key, body));
  if (missing === undefined) return;
  const stage = context.nameOf(declared);
  const related = [{ span: declared.node.name.span, message: `\`${stage}\` is declared here` }];
  context.report(diagnose("V621", span, { stage, reason: `it has no \`${missing}\`` }, { related }));
}

/** Stand-in for a file whose call could not be read. */
const unknownFile: z.output<typeof checkpoints.checkpoint.schema> = { path: "", layout: "vlmo_ts" };

function readCheckpoint(
  what: Extract<StageOrigin, { kind: "from_checkpoint" }>,
  by: Declared,
  context: Context,
): Origin {
  const node: ValueNode = { kind: "value", expression: what.call, origin: by, key: what.call.span };
  const call = readCall(checkpoints.checkpoint, what.call, node, context.reading);
  const block =
    what.body === undefined ? null : readEntries(what.body, { origin: by, key: what.body.span }, context.report);
  const owner = { what: "`checkpoint`", span: what.call.span };
  const values = block === null ? null : readBlock(originSchema, block, owner, context.reading);
  const drop = names(values?.drop, "drop", context);
  const { path, layout, nest = null } = call ?? unknownFile;
  const none = { fresh: [], freshTensors: new Set<string>() };
  return {
    spec: { kind: "checkpoint", path, layout, nest, drop, ...none, resize: values?.resize ?? [], span: what.span },
    before: null,
    fresh: values?.fresh,
  };
}

/** The origin with the tensors that `fresh` names: selectors, and quoted names with `*` as a wildcard. */
export function withFresh({ spec, fresh: node }: Origin, field: Field, context: Context): OriginSpec {
  if (spec.kind !== "checkpoint" || node === undefined) return spec;
  const parts = node.expression.kind === "list" ? node.expression.elements : [node.expression];
  const tensors = parts.flatMap((expression) => freshTensors({ ...node, expression }, field, context));
  const fresh = parts.map((part) => (part.kind === "string" ? part.value : spanText(part.span)));
  return { ...spec, fresh, freshTensors: new Set(tensors) };
}

function freshTensors(node: ValueNode, field: Field, context: Context): string[] {
  const { expression } = node;
  if (expression.kind !== "string") return parametersIn(select(node, field, context) ?? []).map(({ name }) => name);
  const all = parametersIn(field.groups).map(({ name }) => name);
  const found = all.filter((name) => matches(expression.value, name));
  if (found.length > 0) return found;
  const holes = { selector: expression.value, kind: "stage", owner: field.stage };
  const help = "write a part without quotes, as in `heads.NAME`, or a tensor as `vlmo show` names it";
  context.report(diagnose("V505", expression.span, holes, { help }));
  return [];
}

/** Whether `pattern`, with `*` as a wildcard, matches the whole of `name`. */
function matches(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return name === first;
  const last = rest.pop() ?? "";
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at + last.length <= name.length;
}

/** Strings and paths of a list, as text: what they match is known only when the file is read. Other elements are reported. */
function names(node: ValueNode | undefined, label: string, context: Context): string[] {
  if (node === undefined) return [];
  const parts = node.expression.kind === "list" ? node.expression.elements : [node.expression];
  return parts.flatMap((part) => {
    if (part.kind === "string") return part.value;
    if (part.kind === "reference") return spanText(part.span);
    mismatch({ ...node, expression: part }, { label, reading: context.reading }, "names of tensors or parts");
    return [];
  });
}

/** Names trained by a stage and its predecessors. */
export function trainedUpTo(origin: Origin, own: ReadonlySet<string>): Trained | "all" {
  const before = origin.before?.trained;
  if (origin.spec.kind === "checkpoint" || before === "all") return "all";
  return before === undefined ? own : { has: (name) => own.has(name) || before.has(name) };
}

interface Successor {
  readonly draft: Draft;
  readonly origin: Origin;
  readonly model: ModelSpec;
  readonly heads: readonly HeadSpec[];
  readonly copies: readonly CopySpec[];
}

/** Reports tensors that the previous stage does not hold, or holds in another form. */
export function checkHandOver({ draft, origin, model, heads, copies }: Successor, context: Context): void {
  const { before, spec } = origin;
  if (before === null || spec.kind !== "stage") return;
  const predecessor = { model: before.spec.model, heads: before.spec.heads, trained: before.trained };
  const copied = new Set(copies.map(({ to }) => to));
  const missing: ParameterSpec[] = [];
  const misshapen: { parameter: ParameterSpec; old: ParameterSpec }[] = [];
  eachChange(predecessor, { model, heads }, (parameter, fate) => {
    if (copied.has(parameter.name)) return;
    if (fate.how === "missing") missing.push(parameter);
    if (fate.how === "misshapen") misshapen.push({ parameter, old: fate.before });
  });
  const from = before.spec.name;
  if (missing.length > 0) {
    const holes = { stage: draft.name, tensors: rolesText(missing), from };
    context.report(
      diagnose("V503", spec.span, holes, {
        help: "begin `from scratch`, or copy with `init { … }`",
        related: modelPlaces(model, before.spec.model),
      }),
    );
  }
  // The table has columns for every layer: if layers are missing, it cannot fit either.
  const follows = ({ name }: ParameterSpec): boolean => missing.length > 0 && positionTable(name)?.of === "all";
  const wrong = misshapen.filter(({ parameter }) => !follows(parameter));
  const [first] = wrong;
  if (first === undefined) {
    const lost = missing.length > 0 ? [] : leftBehind(predecessor, { model, heads });
    const learnt = lost.filter(({ name }) => before.trained === "all" || before.trained.has(name));
    if (learnt.length === 0) return;
    // Only if nothing is missing or misshapen: otherwise tensors are left behind by the same mistake.
    context.report(diagnose("V530", spec.span, { stage: draft.name, tensors: rolesText(learnt), from }));
    return;
  }
  const others = wrong.length === 1 ? "" : ` (and ${wrong.length - 1} more)`;
  const tensor = `\`${first.parameter.name}\`${others}`;
  const holes = { tensor, wanted: shapeText(first.parameter), stage: draft.name, found: shapeText(first.old), from };
  context.report(diagnose("V504", spec.span, holes, { related: modelPlaces(model, before.spec.model) }));
}

function modelPlaces(now: ModelSpec, before: ModelSpec): { span: Span; message: string }[] {
  if (now.span === before.span) return [];
  return [
    { span: now.span, message: `the model here: ${counted(now.layers, "layer")}, ${now.width} wide` },
    { span: before.span, message: `the model before: ${counted(before.layers, "layer")}, ${before.width} wide` },
  ];
}

function shapeText({ shape }: ParameterSpec): string {
  return `[${shape.join(", ")}]`;
}
