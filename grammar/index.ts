// The public API of the grammar layer: text to tree and back, positions, diagnostics.
export type * from "./ast.js";
export { magnitude, pathText, plainName } from "./ast.js";
export type {
  Catalogue,
  CatalogueEntry,
  Diagnostic,
  DiagnosticExtra,
  Fix,
  Holes,
  Related,
  Remedy,
  Reporter,
  Severity,
} from "./diagnostic.js";
export { createReporter, hasErrors, text } from "./diagnostic.js";
export type { Position, SourceFile, Span } from "./source.js";
export { createSource, firstFrom, joinSpans, lineText, offsetAt, positionAt, spanText } from "./source.js";
export { visible } from "./stray.js";
export { closest, didYouMean, suggestion } from "./suggest.js";
export { grammarCodes } from "./codes.js";
export { savedAsUtf8 } from "./encoding.js";
export { parse, type ParseResult } from "./parse.js";
export { literalRules, tokenRows, type TokenKind, type TokenRow } from "./token-rows.js";
export { declarationNames } from "./tokens.js";
export { children, nodesAt, visit } from "./tree.js";
export type { JsonDiagnostic, JsonRange, Painter } from "./render.js";
export { plainPainter, renderAll, renderJson, renderText } from "./render.js";
export { format, formatSource } from "./format.js";
export { stringText } from "./literals.js";
export { amount, counted, listed, listedFew } from "./phrases.js";
