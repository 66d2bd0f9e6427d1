// The data of a stage: one block, a list of several, or `mix(coco: 3, books: 1)`, which draws from each by its weight.
import { pathText, spanText, type Argument, type Call } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { ValueNode } from "../../resolve/blocks.js";
import { elementsOf, hasLength, reportRepeated } from "../../schema/lists.js";
import { mismatch } from "../../schema/fields.js";
import { isWeight, readWeight } from "../../schema/weight.js";
import type { DataSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { needs, type Draft } from "./draft.js";
import { nameIn } from "../named.js";
import type { Parts } from "./result.js";

/** The data that a stage reads. */
export interface StageData {
  readonly list: readonly DataSpec[];
  /** Mixture weights in the order of the list; null if all items are equally frequent. */
  readonly weights: readonly number[] | null;
  /** Whether there were no errors. */
  readonly whole: boolean;
}

const nothing: StageData = { list: [], weights: null, whole: false };

const wanted = "the name of a data set, a list of names, or `mix(first: 3, second: 1)`";

/** Reads the key `data` of a stage. */
export function readData(draft: Draft, lookUp: Parts["data"], context: Context): StageData {
  const node = draft.values.data;
  if (node === undefined) {
    needs(draft, "data", context);
    return nothing;
  }
  const { expression } = node;
  if (expression.kind === "call") return readMixture(expression, node, lookUp, context);
  const parts = elementsOf(expression);
  if (!hasLength(parts, { least: 1, most: Infinity }, node, { label: "data", reading: context.reading }))
    return nothing;
  const found = parts.map((part) => dataNamed({ ...node, expression: part }, lookUp, context));
  reportRepeated(
    parts.map((part) => spanText(part.span)),
    parts,
    context.reading,
  );
  return { list: found.filter((data) => data !== null), weights: null, whole: !found.includes(null) };
}

function dataNamed(node: ValueNode, lookUp: Parts["data"], context: Context): DataSpec | null {
  const declared = nameIn(node, "data", context);
  return declared === null ? null : lookUp(declared);
}

function readMixture(call: Call, node: ValueNode, lookUp: Parts["data"], context: Context): StageData {
  if (pathText(call.callee) !== "mix") {
    mismatch(node, { label: "data", reading: context.reading }, wanted);
    return nothing;
  }
  if (call.args.length < 2 || call.args.some(({ name }) => name === undefined)) {
    context.report(diagnose("V653", call.span, { found: spanText(call.span) }));
    return nothing;
  }
  const read = call.args.map((argument) => readShare(argument, node, lookUp, context));
  reportTwice(call.args, context);
  const parts = read.filter((share) => share !== null);
  const whole = parts.length === read.length;
  return { list: parts.map(({ data }) => data), weights: whole ? parts.map(({ weight }) => weight) : null, whole };
}

interface Share {
  readonly data: DataSpec;
  readonly weight: number;
}

function readShare({ name, value }: Argument, node: ValueNode, lookUp: Parts["data"], context: Context): Share | null {
  if (name === undefined) return null;
  const declared = context.find(node.origin, name, ["data"]);
  const data = declared === undefined ? null : lookUp(declared);
  const weight = weightIn(name.text, { ...node, expression: value }, context);
  return data === null || weight === null ? null : { data, weight };
}

function weightIn(name: string, node: ValueNode, context: Context): number | null {
  const weight = readWeight(node, name, context.reading);
  if (weight === null) return null;
  if (isWeight(weight.value)) return weight.value;
  context.report(diagnose("V654", weight.span, { data: name, weight: weight.value }));
  return null;
}

function reportTwice(args: readonly Argument[], context: Context): void {
  const names = args.flatMap(({ name }) => name ?? []);
  names.forEach((name, i) => {
    if (names.findIndex(({ text }) => text === name.text) < i)
      context.report(diagnose("V202", name.span, { key: name.text }, { help: "keep one of the two" }));
  });
}
