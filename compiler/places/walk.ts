// Walks from a declaration down to its names, each with its place.
import type { Call, Declaration } from "../../grammar/index.js";
import { ruleNamed } from "../heads/index.js";
import { dataKinds } from "../reference/language.js";
import type { Declared, Module } from "../resolve/module.js";
import { paramTypes } from "../resolve/param-types.js";
import { headKindOf, holderOf, originBlock } from "./holders.js";
import type { Holder, Seen } from "./place.js";
import { anything, entryOf, factSlot, familySlot, featureSlot, nameSlot, wordSlot } from "./slot.js";
import { walkComparison, walkStatement } from "./walk-claims.js";
import { walkBlock, walkCall, walkCallee, walkName, walkValue } from "./walk-values.js";

/** Visits every name of a declaration with its place, in source order. */
export function walkDeclaration(node: Declaration, module: Module, see: Seen): void {
  if (node.kind === "import") {
    for (const name of node.names) see.name(name, { kind: "imported", node });
    return;
  }
  if (node.kind === "expect") {
    for (const comparison of node.comparisons) walkComparison(comparison, factSlot, see);
    return;
  }
  if (node.kind === "test") {
    for (const statement of node.statements) walkStatement(statement, see);
    return;
  }
  const declared: Declared = { kind: node.kind, name: node.name.text, node, module };
  see.name(node.name, { kind: "declaration", node });
  if ("parent" in node) walkName(node.parent, nameSlot(node.kind), see);
  walkHead(declared, see);
  if ("body" in node && node.body !== undefined) walkBlock(node.body, bodyOf(declared), see);
}

/** After `from checkpoint(…)` a single block may be the checkpoint's, while the stage's is not yet written. */
function bodyOf(declared: Declared): Holder {
  const { node } = declared;
  const holder = holderOf(declared);
  const isEither = node.kind === "stage" && node.origin?.kind === "from_checkpoint" && node.origin.body === undefined;
  return isEither ? { ...holder, keys: [...holder.keys, ...originBlock().keys] } : holder;
}

/** Visits the names between a declaration's name and its block. */
function walkHead(declared: Declared, see: Seen): void {
  const { node } = declared;
  if (node.kind === "param") {
    walkName(node.type, typesOfParams, see);
    walkValue(node.value, anything, see);
  }
  if (node.kind === "head" && node.call !== undefined) walkHeadCall(node.call, headKindOf(declared) ?? "", see);
  if (node.kind === "data" && node.call !== undefined) walkValue(node.call.callee, kindsOfData, see);
  if (node.kind === "stage" && node.origin?.kind === "from_stage") walkName(node.origin.name, origins, see);
  if (node.kind === "stage" && node.origin?.kind === "from_checkpoint") {
    walkCall(node.origin.call, familySlot("origin"), see);
    if (node.origin.body !== undefined) walkBlock(node.origin.body, originBlock(), see);
  }
  if (node.kind === "evaluate") {
    walkName(node.on, nameSlot("data"), see);
    walkName(node.using, nameSlot("stage"), see);
  }
}

/** What a stage may come from. */
const origins = {
  ...nameSlot("stage"),
  words: [
    { text: "scratch", doc: "Everything is newly initialised." },
    { text: "checkpoint", doc: '`checkpoint("FILE", layout: …)`: tensors of a file.' },
  ],
};

const kindsOfData = wordSlot(dataKinds.map(([text, holds]) => ({ text, doc: `A sample holds ${holds}.` })));

const typesOfParams = wordSlot(Object.keys(paramTypes).map((text) => ({ text, doc: "" })));

/** The kind of a head with its features. */
function walkHeadCall(call: Call, kind: string, see: Seen): void {
  const entry = entryOf("head", kind);
  const slot = familySlot("head");
  walkCallee(call, entry, slot, see);
  const features = featureSlot(ruleNamed(kind)?.takes.features);
  for (const { value } of call.args) walkValue(value, features, see);
}
