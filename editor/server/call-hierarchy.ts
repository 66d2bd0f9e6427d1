// Stages as a hierarchy of calls: a stage "calls" the one that it starts from, and is called by those that start from it.
import {
  SymbolKind,
  type CallHierarchyIncomingCall,
  type CallHierarchyItem,
  type CallHierarchyOutgoingCall,
  type Position,
} from "vscode-languageserver-types";
import { lineage, namesOf, type Declared } from "../../compiler/front-end.js";
import type { Name } from "../../grammar/index.js";
import { rangeOf } from "./convert.js";
import { isSame, nameAt } from "./names.js";
import type { Workspace } from "./workspace.js";

/** The stage at a position. */
export function prepareCallHierarchy(uri: string, position: Position, workspace: Workspace): CallHierarchyItem[] {
  const declared = nameAt(uri, position, workspace)?.declared ?? null;
  return declared?.kind === "stage" ? [itemOf(declared, workspace)] : [];
}

/** The stages that start from this one. */
export function incomingCalls(item: CallHierarchyItem, workspace: Workspace): CallHierarchyIncomingCall[] {
  const stage = stageOf(item, workspace);
  if (stage === null) return [];
  const stages = workspace
    .modules()
    .flatMap((module) => [...module.own.values()].filter(({ kind }) => kind === "stage"));
  return stages.flatMap((other) => {
    const origin = originOf(other);
    if (origin === null || !isSame(origin.declared, stage)) return [];
    return [{ from: itemOf(other, workspace), fromRanges: rangesIn(other, origin.name) }];
  });
}

/** The stage that this one starts from. */
export function outgoingCalls(item: CallHierarchyItem, workspace: Workspace): CallHierarchyOutgoingCall[] {
  const stage = stageOf(item, workspace);
  const origin = stage === null ? null : originOf(stage);
  if (stage === null || origin === null) return [];
  return [{ to: itemOf(origin.declared, workspace), fromRanges: rangesIn(stage, origin.name) }];
}

function itemOf(declared: Declared, { uriOf }: Workspace): CallHierarchyItem {
  const { node, name } = declared;
  return {
    name,
    kind: SymbolKind.Event,
    detail: node.kind === "stage" ? node.word : node.kind,
    uri: uriOf(node.span.file.path),
    range: rangeOf(node.span),
    selectionRange: rangeOf(node.name.span),
  };
}

function stageOf({ uri, name }: CallHierarchyItem, workspace: Workspace): Declared | null {
  const declared = workspace.moduleOf(uri)?.own.get(name);
  return declared?.kind === "stage" ? declared : null;
}

interface StageBefore {
  readonly declared: Declared;
  /** The name with its span. */
  readonly name: Name;
}

/** The stage that a stage starts from, its own or inherited. */
function originOf(stage: Declared): StageBefore | null {
  for (const { node, module } of lineage(stage)) {
    if (node.kind !== "stage" || node.origin === undefined) continue;
    if (node.origin.kind !== "from_stage") return null;
    const { name } = node.origin;
    const declared = namesOf(module).find((each) => each.name === name)?.declared ?? null;
    return declared === null ? null : { declared, name };
  }
  return null;
}

/** Where a stage names the one it starts from; the stage's own name where that is inherited. */
function rangesIn({ node }: Declared, { span }: Name): CallHierarchyItem["range"][] {
  const isOwn = span.file.path === node.span.file.path && node.span.start <= span.start && span.end <= node.span.end;
  return [rangeOf(isOwn ? span : node.name.span)];
}
