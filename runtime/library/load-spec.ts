// A specification for programs: from a file as on the command line, or from a text.
import type { FileAccess, Spec } from "../../compiler/front-end.js";
import { renderAll } from "../../grammar/index.js";
import { SpecError } from "../errors/spec-error.js";
import { checkFile, type Checked } from "../specs/check-file.js";
import { disk } from "../specs/disk.js";
import { warn, type Notice } from "./notice.js";

/** The path of a file; or a text, with the path that its imports and data are relative to. */
export type SpecSource = string | { readonly text: string; readonly path?: string };

/** How a specification is read. */
export interface LoadOptions {
  /** Values of params, and of keys as `NAME.key`, as for `--set`. */
  readonly set?: Readonly<Record<string, string | number | boolean>>;
  /** Called with each warning; by default Node prints it. */
  readonly notice?: Notice;
}

/** The diagnostics of a specification, with the specification where there are no errors. */
export function check(source: SpecSource, { set = {} }: Pick<LoadOptions, "set"> = {}): Checked {
  const { path, access } = placed(source);
  const texts = Object.entries(set).map(([name, value]) => `${name}=${value}`);
  const { spec, diagnostics } = checkFile(path, texts, {}, access);
  return { spec, diagnostics };
}

/** A specification without errors. Throws SpecError with all of them. */
export function loadSpec(source: SpecSource, { notice = warn, ...options }: LoadOptions = {}): Spec {
  const { spec, diagnostics } = check(source, options);
  if (spec === null) throw new SpecError(diagnostics, renderAll(diagnostics));
  if (diagnostics.length > 0) notice(renderAll(diagnostics));
  return spec;
}

/** A text is read as if it were the file at its path. */
function placed(source: SpecSource): { readonly path: string; readonly access: FileAccess } {
  if (typeof source === "string") return { path: source, access: disk };
  const { text, path = "spec.vlmo" } = source;
  const isIt = (asked: string): boolean => asked === path;
  const access: FileAccess = {
    ...disk,
    read: (asked) => (isIt(asked) ? text : disk.read(asked)),
    identity: (asked) => (isIt(asked) ? asked : (disk.identity?.(asked) ?? asked)),
    refusal: (asked) => (isIt(asked) ? null : (disk.refusal?.(asked) ?? null)),
  };
  return { path, access };
}
