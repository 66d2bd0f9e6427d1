// Data sets: the settings of a format, and whether data supply what heads need.
import { pathText, spanText, type Call, type Diagnostic, type Span, listed } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { ValueNode } from "../../resolve/blocks.js";
import type { Declared } from "../../resolve/module.js";
import { dataKinds, keysOfSupplies, supplies, supplyWords, type DataKind, type Supply } from "../../schema/data.js";
import {
  blockKeys,
  format as formatField,
  formats,
  formatNames,
  formatOf,
  isFormat,
  twoImagesOf,
  type DataFormat,
} from "../../schema/formats.js";
import { noGrid } from "../../schema/crop-grid.js";
import { readField } from "../../schema/fields.js";
import { nameMeant } from "../../schema/meant.js";
import { unknownConstructor } from "../../schema/families.js";
import { readBlock, readCall } from "../../schema/read.js";
import type { DataSpec, HeadSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import type { Need } from "../../heads/head.js";
import { ruleOf } from "../../heads/index.js";
import { placeOf } from "../model/place.js";
import { takenLists, type DataLookUp } from "./taken-lists.js";

const kinds: readonly string[] = dataKinds;

/** Checks a data block; no file is opened. */
export function checkData(declared: Declared, lookUp: DataLookUp, context: Context): DataSpec | null {
  const { call, body } = context.merge(declared);
  const name = declared.node.name;
  const what = `data \`${name.text}\``;
  if (call === undefined && body.incomplete === true) return null;
  if (call === undefined) {
    const help = `write \`data ${name.text}: kind\`, with one of ${listed(kinds)}`;
    context.report(diagnose("V203", name.span, { owner: what, key: "kind" }, { help }));
    return null;
  }
  const kind = pathText(call.what.callee);
  if (!isKind(kind)) {
    const span = call.what.callee.span;
    const what = "kind of data";
    const remedy = nameMeant({ span, what, names: kinds, otherwise: `there are ${listed(kinds)}`, name: kind });
    context.report(diagnose("V209", span, { found: kind, what }, remedy));
    return null;
  }
  const entry = body.entries.get("format");
  if (entry === undefined) {
    context.report(
      diagnose("V203", name.span, { owner: what, key: "format" }, { help: `one of ${listed(formatNames)}` }),
    );
    return null;
  }
  const format = readField(formatField, { node: entry.node, label: "format", reading: context.reading });
  if (!format.success) return null;
  const values = readBlock(blockKeys(format.data), body, { what, span: name.span }, context.reading);
  if (values === null) return null;
  return specOf(
    {
      name: context.nameOf(declared),
      span: name.span,
      kind,
      format: format.data,
      values,
      isWritten: (key) => body.entries.has(key),
      placeOf: (key) => placeOf(body, body.entries.has(key) ? null : "crop_grid", key),
    },
    lookUp,
    context,
  );
}

/** Data written as a call of a format, `shapes(seed: 1)`, of a known kind. Null: it is wrong and was reported. */
export function dataOfCall(
  call: Call,
  { kind, lookUp }: { readonly kind: DataKind; readonly lookUp: DataLookUp },
  node: ValueNode,
  context: Context,
): DataSpec | null {
  const format = pathText(call.callee);
  if (!isFormat(format)) return unknownConstructor(call, "data format", formats, context.reading);
  const { schema } = formatOf(format);
  const values = readCall({ doc: "", positional: [], schema }, call, node, context.reading);
  if (values === null) return null;
  return specOf(
    {
      name: spanText(call.span).replace(/\s+/g, " "),
      span: call.span,
      kind,
      format,
      values,
      isWritten: (key) => values[key] !== undefined,
      placeOf: (key) => call.args.find(({ name }) => name?.text === key)?.value.span,
    },
    lookUp,
    context,
  );
}

function isKind(name: string): name is DataKind {
  return Object.hasOwn(supplies, name);
}

interface Read {
  readonly name: string;
  readonly span: DataSpec["span"];
  readonly kind: DataKind;
  readonly format: DataFormat;
  readonly values: Readonly<Record<string, unknown>>;
  /** Whether a key is written, even if its value is wrong. */
  readonly isWritten: (key: string) => boolean;
  /** The span of a key's value, which may be inside a section. */
  readonly placeOf: (key: string) => Span | undefined;
}

function specOf(read: Read, lookUp: DataLookUp, context: Context): DataSpec | null {
  const { name, span, kind, format, values } = read;
  const { kinds: given, problem } = formatOf(format);
  if (!given.includes(kind)) context.report(diagnose("V531", span, { data: name, format, kind, kinds: listed(given) }));
  const holes = problem?.(values) ?? noGrid(values);
  if (holes !== null) context.report(diagnose("V207", read.placeOf(holes.key) ?? span, holes));
  reportIdleKeys(read, context);
  const taken = takenLists(values, lookUp, context);
  if (taken === null) return null;
  const written = Object.entries(values).filter(([key, value]) => key !== "format" && value !== undefined);
  const settings = Object.fromEntries(written.map(([key, value]) => [key, taken.settings.get(key) ?? value]));
  // Boundary: the settings were just read with the keys of this format.
  return {
    name,
    kind,
    format,
    settings,
    ...(taken.lists.size > 0 && { lists: Object.fromEntries(taken.lists) }),
    images: twoImagesOf(format)?.has(values, read.isWritten) === true ? 2 : 1,
    items: typeof settings["items"] === "number" ? settings["items"] : null,
    onError: settings["on_error"] === "skip" ? "skip" : "stop",
    span,
  } as unknown as DataSpec;
}

/** Reports keys that do not apply to data of this kind. */
function reportIdleKeys({ kind, values, span, placeOf }: Read, context: Context): void {
  const has: readonly Supply[] = supplies[kind];
  for (const [key, about] of Object.entries(keysOfSupplies)) {
    const value = values[key];
    if (value === undefined || about.some((supply) => has.includes(supply))) continue;
    const words = supplyWords[about[0]];
    const wanted = `left out where the data are \`${kind}\`, which hold no ${words}`;
    const help = `leave it out, or give the data a kind that has ${words}`;
    context.report(
      diagnose(
        "V207",
        placeOf(key) ?? span,
        { key, wanted, value: typeof value === "object" ? "a list" : `\`${String(value)}\`` },
        { help },
      ),
    );
  }
}

/** How a data set can be given a second image per sample. */
function twoImages({ name, format }: DataSpec): string {
  const own = twoImagesOf(format);
  if (own !== null) return `\`${name}\` two: ${own.how}`;
  const others = formatNames.filter((each) => twoImagesOf(each) !== null);
  return `it data with two images a sample, of the format ${listed(others, " or ")}`;
}

/** What a head requires of every sample. */
function needsOf(head: HeadSpec): readonly Need[] {
  const views = new Set(head.features.map((feature) => feature.view));
  return [
    ...(views.has("image") || views.has("pair") ? (["image"] as const) : []),
    ...(views.has("text") || views.has("pair") ? (["text"] as const) : []),
    ...ruleOf(head).needs(head),
  ];
}

/** Where to report, and related places. */
export type ReportAt = Pick<Diagnostic, "span" | "related">;

/** V502 for the first thing that a head needs and a data set lacks, V519 for images; null if nothing is missing. */
export function missingSupply(head: HeadSpec, data: DataSpec, shown: ReportAt): Diagnostic | null {
  const has: readonly Supply[] = supplies[data.kind];
  const isLabelled = has.includes("class") || has.includes("truth");
  const need = needsOf(head).find((each) => (each === "label" ? !isLabelled : !has.includes(each)));
  if (need === undefined) return wrongImageCount(head, data, shown);
  const missing = need === "label" ? "labels" : supplyWords[need];
  const scored = need === "label" && has.includes("answer");
  const { span, related } = shown;
  const help = scored ? "answers have scores: give the head `loss: bce`" : suppliersOf(need);
  return diagnose("V502", span, { data: data.name, head: head.name, missing }, { related, help });
}

/** The kinds of data that supply what is missing. */
export function suppliersOf(need: Need): string {
  const wanted: readonly Supply[] = need === "label" ? ["class", "truth"] : [need];
  const found = Object.entries(supplies).filter(([, held]) => held.some((each: Supply) => wanted.includes(each)));
  return `give it data of a kind that has: ${listed(found.map(([kind]) => kind))}`;
}

/** A head that reads images selects one of two if and only if samples have two. */
function wrongImageCount(head: HeadSpec, data: DataSpec, { span, related }: ReportAt): Diagnostic | null {
  const chooses = head.features.some(({ image }) => image !== null);
  const looks = head.features.some(({ view }) => view !== "text");
  if (!looks || chooses === (data.images === 2)) return null;
  const [wanted, found, help] = chooses
    ? ["two images", "one", `give ${twoImages(data)}, or read a plain \`pair\``]
    : ["one image", "two", "read `pair[1]` and `pair[2]`, as `compare(pair[1].pooled, pair[2].pooled)` does"];
  return diagnose("V519", span, { head: head.name, wanted, data: data.name, found }, { related, help });
}
