// The names of declarations in a checked specification, and thereby the names of heads' tensors and stages'
// checkpoints. A name depends on the declaration and its dependencies, never on which file is the entry.
import { children, type Node } from "../../grammar/index.js";
import type { Declared, Module } from "./module.js";

/**
 * Names of the declarations of some modules, imported ones before those that import them and the entry last. A
 * declaration has the name that is written. If the entry file needs two of one kind with the same name, the one in the
 * imported file keeps it; the other is prefixed with the name of its file.
 */
export function createNames(modules: readonly Module[]): (declared: Declared) => string {
  const all = modules.flatMap(({ own }) => [...own.values()]);
  // Fast path: usually all names are distinct, and it does not matter which declarations are needed.
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

/** The entry file's own declarations, those that it imports, and everything that they refer to. */
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

/** Names that may refer to declarations: not keys, arguments and constructors. */
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
