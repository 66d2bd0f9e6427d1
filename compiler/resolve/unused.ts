// Unused params: setting one would silently change nothing.
import { visit } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { Declared, Module, Report } from "./module.js";

/** Warns of every param of the entry file that no value uses. A file with params only is meant to be imported. */
export function reportUnusedParams(modules: readonly Module[], report: Report): void {
  const entry = modules.at(-1);
  const own = [...(entry?.own.values() ?? [])];
  const params = own.filter(({ kind }) => kind === "param");
  if (entry === undefined || entry.unread.length > 0 || params.length === 0 || params.length === own.length) return;
  // Walking the whole file is needed only for the params not yet known to be used.
  const open = params.filter((param) => !entry.usedParams.has(param));
  if (open.length === 0) return;
  const used = usedIn(entry);
  for (const param of open) {
    const { name, node } = param;
    if (!used.has(param)) report(diagnose("V114", node.name.span, { name }));
  }
}

function usedIn(module: Module): Set<Declared> {
  const used = new Set<Declared>();
  for (const declaration of module.file.declarations)
    visit(declaration, (node) => {
      const name = node.kind === "reference" ? node.segments[0].name.text : undefined;
      const declared = name === undefined ? undefined : module.own.get(name);
      if (declared !== undefined && declared.node !== declaration) used.add(declared);
    });
  return used;
}
