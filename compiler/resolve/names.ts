// What declarations are called in a checked specification, and with it the tensors of heads and the checkpoints of stages.
// A name follows from the declaration and from what it builds on, never from the file that one happens to begin with.
import { children, type Node } from "../../grammar/index.js";
import type { Declared, Module } from "./module.js";

/**
 * Names of the declarations of some modules, the imported before the importing and the entry last. A declaration has the
 * name that is written. Where two of one kind have the same, both of which the entry file needs, the one in the file that
 * the others build on keeps it; the other has its file's name in front.
 */
export function createNames(modules: readonly Module[]): (declared: Declared) => string {
  const all = modules.flatMap(({ own }) => [...own.values()]);
  // Mostly no two are of one name, and then nobody need know which of them are needed.
  if (new Set(all.map(({ kind, name }) => `${kind} ${name}`)).size === all.length) return ({ name }) => name;
  const names = new Map<Declared, string>();
  const taken = new Set<string>();
  const needed = neededBy(modules.at(-1));
  for (const declared of all) {
    if (!needed.has(declared)) continue;
    let name = declared.name;
    for (let i = 1; taken.has(`${declared.kind} ${name}`); i++)
      name = `${stemOf(declared)}${i === 1 ? "" : i}.${declared.name}`;
    names.set(declared, name);
    taken.add(`${declared.kind} ${name}`);
  }
  return (declared) => names.get(declared) ?? declared.name;
}

/** The entry file's own declarations, those that it imports, and whatever they name in turn. */
function neededBy(entry: Module | undefined): ReadonlySet<Declared> {
  const imported = [...(entry?.imported.values() ?? [])].map(({ declared }) => declared);
  const needed = new Set<Declared>([...(entry?.own.values() ?? []), ...imported]);
  for (const { node, module } of needed) {
    for (const name of namedIn(node)) {
      const named = module.own.get(name) ?? module.imported.get(name)?.declared;
      if (named !== undefined) needed.add(named);
    }
  }
  return needed;
}

/** Names that may be those of declarations: not keys, arguments and constructors. */
function* namedIn(root: Node): Generator<string> {
  const nodes = [root];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (node.kind === "name") yield node.text;
    if (node.kind === "reference") yield node.segments[0].name.text;
    else nodes.push(...valuesUnder(node));
  }
}

function valuesUnder(node: Node): readonly Node[] {
  if (node.kind === "setting" || node.kind === "argument") return [node.value];
  if (node.kind === "section") return [node.body];
  return node.kind === "call" ? node.args : children(node);
}

function stemOf({ module }: Declared): string {
  return module.path.replace(/^.*\//, "").replace(/\.vlmo$/, "");
}
