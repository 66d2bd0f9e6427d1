// `init { experts.fusion: copy(experts.vision) }`: initial values of parameters that the previous stage does not hold.
import { pathText, spanText, type Reference } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { BlockNode, MergedEntry, ValueNode } from "../../resolve/blocks.js";
import type { Declared } from "../../resolve/module.js";
import { copies as signatures } from "../../schema/constructors.js";
import { mismatch, readField } from "../../schema/fields.js";
import { count } from "../../schema/numbers.js";
import { constructor } from "../../schema/families.js";
import { type ParameterGroup, type ParameterSpec, roleLayer } from "../../spec/parameter.js";
import type { CopySpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { parametersIn } from "../../spec/parameter-list.js";
import { select, type Field } from "./selectors.js";

const copy = constructor("initial value", signatures);

/** An entry of `init` with its copies, tensor by tensor. */
export interface WrittenCopies {
  readonly entry: MergedEntry;
  readonly made: readonly CopySpec[];
}

/** The copies of an `init` block. `from` is what the previous stage holds, or the stage itself. */
export function readCopies(block: BlockNode | undefined, to: Field, from: Field, context: Context): WrittenCopies[] {
  const result: WrittenCopies[] = [];
  for (const [label, entry] of block?.entries ?? []) {
    const call = readField(copy, { node: entry.node, label, reading: context.reading });
    if (!call.success) continue;
    const source = call.data.from;
    if (source.expression.kind !== "reference") {
      mismatch(source, { label, reading: context.reading }, "a part of the model");
      continue;
    }
    const row = rowOf(entry.reference);
    const made =
      row === null ? copyParts(entry, source, { to, from }, context) : copyRow(entry, source, { to, from }, context);
    result.push({ entry, made });
  }
  return result;
}

/** Declarations of the heads that an `init` block copies from, `copy(heads.match)`. */
export function headsCopied(block: BlockNode | undefined): Declared[] {
  return [...(block?.entries.values() ?? [])].flatMap(({ node }) => {
    if (node.kind !== "value" || node.expression.kind !== "call") return [];
    return node.expression.args.flatMap(({ value }) => {
      const [part, name] = value.kind === "reference" ? value.segments.map((segment) => segment.name.text) : [];
      if (part !== "heads" || name === undefined) return [];
      const { own, imported } = node.origin.module;
      const declared = own.get(name) ?? imported.get(name)?.declared;
      return declared?.kind === "head" ? [declared] : [];
    });
  });
}

interface Fields {
  readonly to: Field;
  readonly from: Field;
}

function copyParts(entry: MergedEntry, source: ValueNode, fields: Fields, context: Context): CopySpec[] {
  const target: ValueNode = { ...source, expression: entry.reference, origin: entry.node.origin };
  const [targets, sources] = [select(target, fields.to, context), select(source, fields.from, context)];
  if (targets === null || sources === null) return [];
  const refuse = refusing(entry, source, context);
  const have = localParameters(
    fields.from.groups.filter((group) => sources.has(group)),
    source,
  );
  const want = localParameters(
    fields.to.groups.filter((group) => targets.has(group)),
    target,
  );
  // Without layers in brackets each layer copies from the layer with its number; with them, both in ascending order.
  const ordered =
    isIndexed(entry.reference) || (source.expression.kind === "reference" && isIndexed(source.expression));
  const layers = { want: layersIn(want), have: layersIn(have) };
  if (ordered && layers.want.length !== layers.have.length) return refuse("they have different numbers of layers");
  const made: CopySpec[] = [];
  for (const { key, layer, parameter } of want) {
    const at = ordered ? layers.have[layers.want.indexOf(layer)] : layer;
    const from = have.find((each) => each.key === key && each.layer === at)?.parameter;
    if (from === undefined) return refuse(`${quoted(source.expression.span)} has nothing for \`${parameter.name}\``);
    if (from.shape.join() !== parameter.shape.join())
      return refuse(
        `\`${parameter.name}\` is [${parameter.shape.join(", ")}], \`${from.name}\` is [${from.shape.join(", ")}]`,
      );
    made.push({ to: parameter.name, from: from.name });
  }
  return made;
}

/** Reports why a copy cannot be made; returns none. */
function refusing({ reference: { span } }: MergedEntry, source: ValueNode, context: Context) {
  return (reason: string): CopySpec[] => {
    const holes = { to: quoted(span), from: quoted(source.expression.span), reason };
    context.report(diagnose("V518", span, holes));
    return [];
  };
}

function quoted(span: Reference["span"]): string {
  return `\`${spanText(span)}\``;
}

interface LocalParameter {
  /** The name within its part: `fc1.weight`. */
  readonly key: string;
  readonly layer: number;
  readonly parameter: ParameterSpec;
}

/** Parameters with their names relative to layer and part, so that two parts can be compared. */
function localParameters(groups: readonly ParameterGroup[], node: ValueNode): LocalParameter[] {
  const path = node.expression.kind === "reference" ? pathText(node.expression) : "";
  return parametersIn(groups).map((parameter) => {
    const layer = roleLayer(parameter.role) ?? 0;
    const local = parameter.name.replace(/^layers\.\d+\./, "");
    return { key: local.startsWith(`${path}.`) ? local.slice(path.length + 1) : local, layer, parameter };
  });
}

function layersIn(parameters: readonly LocalParameter[]): number[] {
  return [...new Set(parameters.map(({ layer }) => layer))].sort((a, b) => a - b);
}

function isIndexed(path: Reference): boolean {
  return path.segments.some((segment) => segment.layers !== undefined);
}

/** `embed.type[3]`: a row of the token-type table, from 1. */
function rowOf(path: Reference): Reference["segments"][0] | null {
  const last = path.segments.at(-1);
  return pathText(path) === "embed.type" && last?.layers !== undefined ? last : null;
}

function copyRow(entry: MergedEntry, source: ValueNode, fields: Fields, context: Context): CopySpec[] {
  const name = "embed.type.weight";
  const path = source.expression.kind === "reference" ? source.expression : null;
  const refuse = refusing(entry, source, context);
  if (path === null || rowOf(path) === null) return refuse("a row is copied from a row of the same table");
  const rows = (field: Field): number =>
    parametersIn(field.groups).find((parameter) => parameter.name === name)?.shape[0] ?? 0;
  const to = readRow(entry.reference, entry.node, context);
  const from = readRow(path, source, context);
  if (to === null || from === null) return [];
  if (to > rows(fields.to)) return refuse(`the table has ${rows(fields.to)} rows`);
  if (from > rows(fields.from)) return refuse(`the table it comes from has ${rows(fields.from)} rows`);
  return [{ to: name, from: name, row: { to: to - 1, from: from - 1 } }];
}

function readRow(path: Reference, node: MergedEntry["node"], context: Context): number | null {
  const [only] = path.segments.at(-1)?.layers ?? [];
  if (only === undefined) return null;
  const value: ValueNode = { kind: "value", expression: only, origin: node.origin, key: path.span };
  const result = readField(count(), { node: value, label: "row", reading: context.reading });
  return result.success ? result.data : null;
}
