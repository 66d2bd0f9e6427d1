// A data block and the source that opens it: whether there is one, and whether it takes the block's settings.
import { createHash } from "node:crypto";
import path from "node:path";
import type { DataSpec } from "../../compiler/index.js";
import { readNames, sources, type DataSet, type Digest, type SourceName } from "./index.js";
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";

/** Other data blocks as data sets: those that a block takes a list of names from, by setting. */
export type OpenedLists = Readonly<Record<string, DataSet>>;

/** Opens one block. Relative paths start from the folder of the spec file that declares it. Throws VlmoError. */
export async function openBlock(spec: DataSpec, opened: OpenedLists): Promise<DataSet> {
  const folder = path.dirname(spec.span.file.path);
  const lists = await listsOf(spec, folder, opened);
  const source = sourceOf({ ...spec, settings: { ...spec.settings, ...lists } });
  if ("error" in source) throw source.error;
  const { digests, ...dataSet } = await source.open(folder);
  return { ...dataSet, digests: new Map([...digests.values()].map((digest) => [spec.name, withLists(digest, lists)])) };
}

/** The lists that a block does not write out: of a file, or of another data block. Throws VlmoError. */
async function listsOf(
  { name, span, settings, lists = {} }: DataSpec,
  folder: string,
  opened: OpenedLists,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: [string, readonly string[]][] = [];
  for (const key of ["classes", "answers"] as const) {
    const value = settings[key];
    if (typeof value === "string") found.push([key, await readNames(path.resolve(folder, value))]);
    const other = lists[key];
    if (other === undefined) continue;
    const list = opened[key]?.[key];
    if (list === undefined) throw vlmoError("V983", { data: name, what: key, other: other.name }, { span });
    found.push([key, list]);
  }
  return Object.fromEntries(found);
}

/** What a list numbers changes with it; one that is written out is part of the specification. */
function withLists(digest: Digest, lists: Readonly<Record<string, readonly string[]>>): Digest {
  if (Object.keys(lists).length === 0) return digest;
  const hash = createHash("sha256").update(JSON.stringify([digest.records, lists]));
  return { ...digest, records: hash.digest("hex") };
}

/** Why a block cannot be opened, whatever the disk holds: V950. */
export function supportsData(spec: DataSpec): VlmoError[] {
  const own = Object.entries(spec.settings).filter(([key, value]) => !isElsewhere(key, value));
  const source = sourceOf({ ...spec, settings: Object.fromEntries(own) });
  return "error" in source ? [source.error] : [];
}

/** A list that is read from a file, or taken from other data: what it holds shows when the block is opened. */
function isElsewhere(key: string, value: unknown): boolean {
  return (key === "classes" || key === "answers") && !Array.isArray(value);
}

type Opening = { readonly open: (folder: string) => Promise<DataSet> } | { readonly error: VlmoError };

function sourceOf(spec: DataSpec): Opening {
  const { format, kind, name, span } = spec;
  if (!isSource(format)) {
    const reason = `this version cannot open the format \`${format}\``;
    return { error: vlmoError("V950", { data: name, reason }, { span }) };
  }
  const { kinds } = sources[format];
  if (!kinds.includes(kind)) {
    const reason = `the format \`${format}\` gives ${kinds.map((each) => `\`${each}\``).join(", ")}, not \`${kind}\``;
    return { error: vlmoError("V950", { data: name, reason }, { span }) };
  }
  return openings[format](spec);
}

function isSource(format: string): format is SourceName {
  return Object.hasOwn(sources, format);
}

/** Total over the sources: `tsc` says when a new one has no line. */
const openings: Readonly<Record<SourceName, (spec: DataSpec) => Opening>> = {
  shapes: (spec) => {
    const options = sources.shapes.options.safeParse(spec.settings);
    return parsed(spec, options, (values) => sources.shapes.open(spec.kind, values, ""));
  },
  jsonl: (spec) => {
    const options = sources.jsonl.options.safeParse(ofRecords(spec));
    return parsed(spec, options, (values, folder) => sources.jsonl.open(spec.kind, values, folder));
  },
  coco: (spec) => {
    const options = sources.coco.options.safeParse(ofRecords(spec));
    return parsed(spec, options, (values, folder) => sources.coco.open(spec.kind, values, folder));
  },
  karpathy: (spec) => {
    const options = sources.karpathy.options.safeParse(ofRecords(spec));
    return parsed(spec, options, (values, folder) => sources.karpathy.open(spec.kind, values, folder));
  },
  lines: (spec) => {
    const options = sources.lines.options.safeParse(ofRecords(spec));
    return parsed(spec, options, (values, folder) => sources.lines.open(spec.kind, values, folder));
  },
  folder: (spec) => {
    const options = sources.folder.options.safeParse(ofRecords(spec));
    return parsed(spec, options, (values, folder) => sources.folder.open(spec.kind, values, folder));
  },
};

/** How many items there are is declared, not chosen: it is compared with what is found (V953). */
function ofRecords({ settings, onError }: DataSpec): Readonly<Record<string, unknown>> {
  const others = Object.entries(settings).filter(([key]) => key !== "items");
  return { ...Object.fromEntries(others), on_error: onError };
}

type Parsed<T> =
  | { readonly success: true; readonly data: T }
  | {
      readonly success: false;
      readonly error: {
        readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
      };
    };

/** The checker looks at each value alone; what a source asks of several together is said here. */
function parsed<T>(
  { name, span }: DataSpec,
  result: Parsed<T>,
  open: (options: T, folder: string) => Promise<DataSet>,
): Opening {
  if (result.success) return { open: (folder) => open(result.data, folder) };
  const [issue] = result.error.issues;
  const setting = issue?.path.filter((part) => typeof part === "string").join(".") ?? "";
  const reason = `its setting \`${setting}\` is refused: ${lowered(issue?.message ?? "")}`;
  const help = "correct the setting; docs/data.md says what it may be";
  return { error: vlmoError("V950", { data: name, reason }, { span, help }) };
}

function lowered(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
