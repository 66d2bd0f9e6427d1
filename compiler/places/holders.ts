// The blocks of declarations, by what they may contain.
import { pathText, type Setting } from "../../grammar/index.js";
import type { Entry } from "../reference/language.js";
import { lineage } from "../resolve/lineage.js";
import type { Declared } from "../resolve/module.js";
import { initWords } from "../schema/blocks.js";
import type { Holder } from "./place.js";
import { anything, entryOf, familySlot, wordSlot } from "./slot.js";

/** A block about which nothing is known. */
export const unknownBlock: Holder = { owner: "block", keys: [], free: null, inner: new Map(), items: null };

/** The block of an entry of the reference. */
function blockOf(entry: Entry | null, inner: Readonly<Record<string, Holder>> = {}): Holder {
  return entry === null
    ? unknownBlock
    : { ...unknownBlock, owner: entry.name, keys: entry.keys, inner: new Map(Object.entries(inner)) };
}

/** `factors { heads.vqa: 20x }`: keys are parts. */
export const factors: Holder = {
  ...unknownBlock,
  owner: "factors",
  free: { names: "parts", value: { ...anything, units: ["x"] } },
};

function modelBlock(): Holder {
  const words = wordSlot(initWords.map((text) => ({ text, doc: "" })));
  return blockOf(entryOf("block", "model"), {
    experts: { ...unknownBlock, owner: "experts", free: { names: "experts", value: familySlot("expert") } },
    init: { ...unknownBlock, owner: "init", free: { names: "parts", value: words } },
  });
}

/** What the block of a declaration may contain. */
export function holderOf(declared: Declared): Holder {
  switch (declared.kind) {
    case "model":
      return modelBlock();
    case "stage":
      return blockOf(entryOf("block", "stage"), {
        with: { ...modelBlock(), owner: "with" },
        init: { ...unknownBlock, owner: "init", free: { names: "parts", value: familySlot("copy") } },
      });
    case "evaluate":
      return { ...blockOf(entryOf("block", "evaluate")), items: familySlot("metric") };
    case "head":
      return blockOf(entryOf("head", headKindOf(declared) ?? ""));
    case "data":
      return dataBlock(formatWord(declared));
    case "param":
      return unknownBlock;
  }
}

/** The block after `from checkpoint(…)`. */
export function originBlock(): Holder {
  return blockOf(entryOf("block", "from checkpoint"));
}

/** Without a format only `format` itself is known. */
function dataBlock(format: string): Holder {
  const entry = entryOf("data format", format);
  if (entry !== null) return { ...blockOf(entry), owner: "data" };
  const any = entryOf("data format", "shapes");
  return { ...blockOf(any), owner: "data", keys: any?.keys.filter(({ name }) => name === "format") ?? [] };
}

/** The kind of a head, its own or inherited; undefined if none is written. */
export function headKindOf(declared: Declared): string | undefined {
  for (const { node } of lineage(declared))
    if (node.kind === "head" && node.call !== undefined) return pathText(node.call.callee);
  return undefined;
}

function formatWord(declared: Declared): string {
  for (const { node } of lineage(declared)) {
    const entries = node.kind === "data" ? (node.body?.entries ?? []) : [];
    const format = entries.find(
      (entry): entry is Setting => entry.kind === "setting" && pathText(entry.key) === "format",
    );
    // `format: shapes, ` parses as the start of a list until the next key is written.
    const value = format?.value.kind === "list" ? format.value.elements[0] : format?.value;
    if (value?.kind === "reference") return pathText(value);
  }
  return "";
}

/** Names of a model's experts, inherited ones included. */
export function expertsOf(declared: Declared): string[] {
  const names = lineage(declared).flatMap(({ node }) => {
    const entries = node.kind === "model" ? node.body.entries : [];
    return entries.flatMap((entry) =>
      entry.kind === "section" && pathText(entry.key) === "experts"
        ? entry.body.entries.flatMap((expert) => (expert.kind === "item" ? [] : [pathText(expert.key)]))
        : [],
    );
  });
  return [...new Set(names)];
}
