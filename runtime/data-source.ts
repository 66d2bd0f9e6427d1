// A data block and the source that opens it: whether there is one, and whether it takes the block's settings.
import path from "node:path";
import type { DataSpec } from "../compiler/index.js";
import { sources, type DataSet, type SourceName } from "./data/index.js";
import { vlmoError, type VlmoError } from "./vlmo-error.js";

/** Opens one block. Relative paths start from the folder of the spec file that declares it. Throws VlmoError. */
export async function openBlock(spec: DataSpec): Promise<DataSet> {
  const source = sourceOf(spec);
  if ("error" in source) throw source.error;
  const opened = await source.open(path.dirname(spec.span.file.path));
  return { ...opened, digests: new Map([...opened.digests.values()].map((digest) => [spec.name, digest])) };
}

/** Why a block cannot be opened, whatever the disk holds: V950. */
export function supportsData(spec: DataSpec): VlmoError[] {
  const source = sourceOf(spec);
  return "error" in source ? [source.error] : [];
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
