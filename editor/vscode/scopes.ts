// The server's token types as TextMate scopes, so that both colour a text alike. The manifest maps one to the other for themes,
// and a test compares the two on a corpus.
import type { capabilities } from "../index.js";

/** A kind of token of the server. */
export type SemanticType = `${(typeof capabilities.semanticTokensProvider.legend.tokenTypes)[number]}`;

/** The scope of a name whose kind its line does not show. */
export const anyName = "variable.other.vlmo";

/** The scopes that a token may have in the grammar, the most specific first. */
export const scopes = {
  class: ["entity.name.type.model.vlmo", anyName],
  interface: ["entity.name.type.head.vlmo", anyName, "variable.other.member.vlmo", "variable.other.property.vlmo"],
  struct: ["entity.name.type.data.vlmo", anyName, "variable.parameter.vlmo"],
  event: ["entity.name.function.stage.vlmo", anyName],
  method: ["entity.name.function.evaluate.vlmo", anyName],
  variable: ["variable.other.constant.vlmo", anyName],
  property: ["support.type.property-name.vlmo", "variable.other.property.vlmo", "variable.other.member.vlmo"],
  parameter: ["variable.parameter.vlmo", "variable.other.property.vlmo", "support.type.property-name.vlmo"],
  function: ["support.function.vlmo", "support.constant.vlmo", anyName],
  // Facts and parts of a model count as words too: `parameters(first)`, `heads { … }`.
  enumMember: [
    "support.constant.vlmo",
    "constant.language.vlmo",
    "support.function.vlmo",
    "support.type.property-name.vlmo",
    anyName,
  ],
  type: ["support.type.vlmo"],
  comment: ["comment.line.documentation.vlmo"],
} as const satisfies Readonly<Record<SemanticType, readonly string[]>>;
