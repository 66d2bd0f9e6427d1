// What the names of a file stand for: each use of a declaration, and the declaration at a place.
import type { Declaration, Name } from "../../grammar/index.js";
import type { Declared, Module, NamedKind } from "../resolve/module.js";
import { lookUp, withImported } from "../resolve/modules.js";
import { partNames } from "../spec/parameter.js";
import type { Place } from "./place.js";
import type { Slot } from "./slot.js";
import { walkDeclaration } from "./walk.js";

/** A name with its place, and the declaration that it stands for, where it stands for one. */
export interface PlacedName {
  readonly name: Name;
  readonly place: Place;
  readonly declared: Declared | null;
}

const known = new WeakMap<Module, Map<Declaration, readonly PlacedName[]>>();

/** All names of a file in the order they are written. */
export function namesOf(module: Module): readonly PlacedName[] {
  return module.file.declarations.flatMap((declaration) => namesIn(declaration, module));
}

/** The names of one of its declarations; worked out once. */
export function namesIn(declaration: Declaration, module: Module): readonly PlacedName[] {
  const own = known.get(module) ?? new Map<Declaration, readonly PlacedName[]>();
  known.set(module, own);
  const before = own.get(declaration);
  if (before !== undefined) return before;
  const names: PlacedName[] = [];
  walkDeclaration(declaration, module, {
    name: (name, place) => names.push({ name, place, declared: declaredAt(name.text, place, module) }),
  });
  own.set(declaration, names);
  return names;
}

/** What a name at a place stands for in a file; null where that is no declaration. */
function declaredAt(text: string, place: Place, module: Module): Declared | null {
  // Boundary: the table ties each function to its kind of place, which tsc cannot follow through the index.
  const find = finders[place.kind] as (text: string, place: Place, module: Module) => Declared | null;
  return find(text, place, module);
}

type Finder<Kind extends Place["kind"]> = (
  text: string,
  place: Extract<Place, { kind: Kind }>,
  module: Module,
) => Declared | null;

const finders: { readonly [Kind in Place["kind"]]: Finder<Kind> } = {
  declaration: (text, { node }, module) => {
    const own = module.own.get(text);
    // The second of two of one name is not what its uses mean.
    return own?.node === node ? own : null;
  },
  imported: (text, _, module) => module.imported.get(text)?.declared ?? null,
  key: () => null,
  argument: () => null,
  constructor: () => null,
  step: (text, { before, slot }, module) => {
    const isHead = before === "heads" || (slot.compares === "measurements" && before === "loss");
    return isHead ? ofKinds(text, ["head"], module) : null;
  },
  value: (text, { slot }, module) => {
    if (isWord(text, slot)) return null;
    const near = ofKinds(text, [...slot.kinds, "param"], module);
    return near === null && slot.anywhere ? behindImports(text, slot, module) : near;
  },
};

/** What a file does not know, and what it imports does. */
function behindImports(text: string, { kinds }: Slot, module: Module): Declared | null {
  const own = withImported(module).flatMap((each) => each.own.get(text) ?? []);
  return own.find(({ kind }) => kinds.includes(kind)) ?? null;
}

function isWord(text: string, { words, features, takesParts }: Slot): boolean {
  if (takesParts && partNames.has(text)) return true;
  return words.some((word) => word.text === text) || features.some((feature) => feature.split(".")[0] === text);
}

function ofKinds(text: string, kinds: readonly NamedKind[], module: Module): Declared | null {
  const declared = lookUp(module, text);
  return declared !== undefined && kinds.includes(declared.kind) ? declared : null;
}
