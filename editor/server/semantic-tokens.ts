// The kind of each name in a document, for highlighting: words and numbers from the tree, names from their places.
import {
  SemanticTokenModifiers,
  SemanticTokenTypes,
  type Range,
  type SemanticTokens,
} from "vscode-languageserver-types";
import { namesIn, type NamedKind, type PlacedName } from "../../compiler/front-end.js";
import { lineText, positionAt, type SourceFile, type Span } from "../../grammar/index.js";
import { spanOf, touches } from "./convert.js";
import type { Workspace } from "./workspace.js";

/** Token types and modifiers, by their numbers in an answer. */
export const legend = {
  tokenTypes: [
    SemanticTokenTypes.class,
    SemanticTokenTypes.interface,
    SemanticTokenTypes.struct,
    SemanticTokenTypes.event,
    SemanticTokenTypes.method,
    SemanticTokenTypes.variable,
    SemanticTokenTypes.property,
    SemanticTokenTypes.parameter,
    SemanticTokenTypes.function,
    SemanticTokenTypes.enumMember,
    SemanticTokenTypes.type,
    SemanticTokenTypes.comment,
  ] as const,
  tokenModifiers: [SemanticTokenModifiers.declaration, SemanticTokenModifiers.documentation],
};

type TokenType = (typeof legend.tokenTypes)[number];

interface Token {
  readonly span: Span;
  readonly type: TokenType;
  /** Bit flags, in the order of the legend. */
  readonly modifiers: number;
}

/** The tokens of a document, or of a part of it, as the protocol packs them: each relative to the one before. */
export function semanticTokens(uri: string, range: Range | null, workspace: Workspace): SemanticTokens {
  const module = workspace.moduleOf(uri);
  if (module === null) return { data: [] };
  const { source, comments, declarations } = module.file;
  const wanted = range === null ? null : spanOf(source, range);
  const isWanted = (span: Span): boolean => wanted === null || touches(span, wanted);
  const docs = comments.flatMap(({ doc, span }): Token[] =>
    doc && isWanted(span) ? oneLine(span, source, { type: SemanticTokenTypes.comment, modifiers: 2 }) : [],
  );
  const names = declarations
    .filter(({ span }) => isWanted(span))
    .flatMap((each) => namesIn(each, module))
    .flatMap((name): Token[] => (isWanted(name.name.span) ? tokenOf(name) : []));
  const tokens = [...names, ...docs].sort((a, b) => a.span.start - b.span.start);
  return { data: packed(tokens, source) };
}

function oneLine(span: Span, source: SourceFile, rest: Omit<Token, "span">): Token[] {
  const { line, column } = positionAt(source, span.start);
  const end = Math.min(span.end, span.start - column + 1 + lineText(source, line).length);
  return [{ ...rest, span: { ...span, end } }];
}

const types: Readonly<Record<NamedKind, TokenType>> = {
  param: SemanticTokenTypes.variable,
  model: SemanticTokenTypes.class,
  head: SemanticTokenTypes.interface,
  data: SemanticTokenTypes.struct,
  stage: SemanticTokenTypes.event,
  evaluate: SemanticTokenTypes.method,
};

function tokenOf({ name, place, declared }: PlacedName): Token[] {
  const token = (type: TokenType, modifiers = 0): Token[] => [{ span: name.span, type, modifiers }];
  if (declared !== null) return token(types[declared.kind], place.kind === "declaration" ? 1 : 0);
  switch (place.kind) {
    case "declaration":
      return token(types[place.node.kind], 1);
    case "imported":
      return [];
    case "key":
      return token(SemanticTokenTypes.property);
    case "argument":
      return token(SemanticTokenTypes.parameter);
    case "constructor":
      return token(SemanticTokenTypes.function);
    case "step":
      return token(SemanticTokenTypes.property);
    case "value":
      return token(SemanticTokenTypes.enumMember);
  }
}

function packed(tokens: readonly Token[], source: SourceFile): number[] {
  let [line, column, end] = [1, 1, 0];
  return tokens.flatMap(({ span, type, modifiers }) => {
    // Overlapping tokens cannot be encoded.
    if (span.start < end || span.end <= span.start) return [];
    const here = positionAt(source, span.start);
    const data = [
      here.line - line,
      here.line === line ? here.column - column : here.column - 1,
      span.end - span.start,
      legend.tokenTypes.indexOf(type),
      modifiers,
    ];
    ({ line, column } = here);
    end = span.end;
    return data;
  });
}
