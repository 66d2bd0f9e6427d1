// A declaration from a checkpoint's specification, as text.
import { showDeclaration, showText } from "../../compiler/index.js";
import type { Described } from "../predict/model.js";
import { resolvePath } from "../spec-path.js";

/** The text of the declaration of `name`. */
export function declarationOf({ spec: { written } }: Pick<Described, "spec">, name: string): string {
  const { shown } = showDeclaration(written.entry, name, {
    read: (file) => written.files.get(file) ?? null,
    resolvePath,
    set: written.set.map((text) => ({ text })),
  });
  if (shown === null) throw new Error(`internal: no declaration of ${name}`);
  return showText(shown, { origins: false });
}
