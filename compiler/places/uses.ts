// What the names of a file refer to: the uses of each declaration, and the declaration at a position.
import type { Declaration, Name } from "../../grammar/index.js";
import type { Declared, Module, NamedKind } from "../resolve/module.js";
import { lookUp, withImported } from "../resolve/modules.js";
import { partNames } from "../spec/parameter.js";
import type { Place } from "./place.js";
import type { Slot } from "./slot.js";
import { walkDeclaration } from "./walk.js";

/** A name with its place, and the declaration that it refers to, if any. */
export interface PlacedName {
  readonly name: Name;
  readonly place: Place;
  readonly declared: Declared | null;
}

const known = new WeakMap<Module, Map<Declaration, readonly PlacedName[]>>();

/** All names of a file in source order. */
export function namesOf(module: Module): readonly PlacedName[] {
  return module.file.declarations.flatMap((declaration) => namesIn(declaration, module));
}

/** The names within one declaration; memoized. */
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

/** The declaration that a name at a place refers to in a file; null if it refers to none. */
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
    // Uses of a name that is declared twice refer to the first declaration.
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

/** A name that the file does not have but one of its imports does. */
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
