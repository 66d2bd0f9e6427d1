// The entries of a merged block in the order of its schema, with defaults, each with its origin.
import { pathText, spanText } from "../../grammar/index.js";
import type { BlockNode, MergedEntry, ValueNode } from "../resolve/blocks.js";
import { defaultArguments, defaultText } from "../schema/defaults.js";
import { callOf, withDefault } from "../schema/read.js";
import type { Signature } from "../schema/signature.js";
import type { Keys } from "./schemas.js";
import type { Overridden, ShownEntry, ShownValue } from "./shown.js";
import { placeOf, silent, writtenText, type Writer } from "./written.js";

/** All entries of a block, and its defaults; keys that the schema lacks come last. */
export function shownEntries(block: BlockNode, keys: Keys, writer: Writer): ShownEntry[] {
  const known = [...keys.fields.keys()];
  const free = [...block.entries.keys()].filter((key) => !known.includes(key));
  const entries = [...known, ...free].flatMap((key) => {
    const entry = block.entries.get(key);
    return entry === undefined ? byDefault(key, keys) : [shownEntry(key, entry, keys, writer)];
  });
  return [...block.items.map((item) => shownValue(null, item, {}, writer)), ...entries];
}

function byDefault(key: string, keys: Keys): ShownValue[] {
  const field = keys.fields.get(key);
  const value = field === undefined ? undefined : defaultText(field);
  if (value === undefined) return [];
  return [{ kind: "value", key, value, place: null, call: null, params: [], changed: [], over: [], defaults: [] }];
}

function shownEntry(key: string, entry: MergedEntry, keys: Keys, writer: Writer): ShownEntry {
  const { node } = withDefaultOf(key, entry, keys, writer);
  if (node.kind === "block") return { kind: "block", key, entries: shownEntries(node, keys.section(key), writer) };
  return { ...shownValue(key, node, keys.family(key), writer), over: overridden(entry, writer) };
}

/** A default of which only an argument was set is shown with it: `schedule.warmup: 100 steps`. */
function withDefaultOf(key: string, { node }: MergedEntry, keys: Keys, writer: Writer): Pick<MergedEntry, "node"> {
  const field = keys.fields.get(key);
  const input = { node, label: key, reading: silent(writer) };
  return field === undefined ? input : (withDefault(field, input) ?? input);
}

/** What an entry overrides, and what that one overrides. */
function overridden({ over }: MergedEntry, writer: Writer): Overridden[] {
  if (over === undefined) return [];
  const { node, reference } = over;
  const value = node.kind === "block" ? "{ … }" : writtenText(node, writer).text;
  return [{ key: spanText(reference.span), value, place: placeOf(node.key, node.origin) }, ...overridden(over, writer)];
}

type Family = Readonly<Record<string, Signature>>;

/** A value as text, with its location and the params in it. */
export function shownValue(key: string | null, node: ValueNode, family: Family, writer: Writer): ShownValue {
  const { text, params: uses } = writtenText(node, writer);
  return {
    kind: "value",
    key,
    value: text,
    place: placeOf(node.expression.span, node.origin),
    call: node.subjectOrigin === undefined ? null : callPlace(node, node.subjectOrigin),
    params: uses,
    changed: [...(node.changes?.entries ?? [])].map(
      ([
        name,
        {
          reference,
          node: { origin },
        },
      ]) => ({
        name,
        place: placeOf(reference.span, origin),
      }),
    ),
    over: [],
    defaults: argumentDefaults(node, family),
  };
}

function callPlace({ expression }: ValueNode, origin: NonNullable<ValueNode["subjectOrigin"]>): ShownValue["call"] {
  const subject = expression.kind === "placement" ? expression.subject : undefined;
  return subject === undefined ? null : placeOf(subject.span, origin);
}

function argumentDefaults(node: ValueNode, family: Family): ShownValue["defaults"] {
  const { expression } = node;
  const subject = expression.kind === "placement" ? (expression.subject ?? expression) : expression;
  const call = callOf({ ...node, expression: subject });
  const name = call === null ? "" : pathText(call.callee);
  const signature = Object.hasOwn(family, name) ? family[name] : undefined;
  if (call === null || signature === undefined) return [];
  const unnamed = call.args.filter((argument) => argument.name === undefined).length;
  const places = signature.rest === undefined ? (signature.positional ?? []).slice(0, unnamed) : [signature.rest];
  const named = call.args.flatMap((argument) => argument.name?.text ?? []);
  const changed = node.changes?.entries.keys() ?? [];
  const given = new Set([...named, ...changed, ...(unnamed > 0 ? places : [])]);
  return defaultArguments(signature, given).map(([argument, value]) => ({ name: argument, value }));
}
