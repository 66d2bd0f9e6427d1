// The syntax tree of a `.vlmo` file, with a span at every node and no semantics.
// Every node is readonly and discriminated by `kind`. What a user left out is `undefined`, never missing.
import type {
  Argument,
  Block,
  Call,
  Comparison,
  Entry,
  Expression,
  Name,
  NodeBase,
  LayerSet,
  Segment,
  StringLiteral,
} from "./expressions.js";
import type { SourceFile, Span } from "./source.js";
import type { ClaimStatement, EvaluateStatement, Statement, TraceStatement, TrainStatement } from "./statements.js";

export * from "./expressions.js";
export type * from "./statements.js";

/** A whole file. */
export interface File extends NodeBase {
  readonly kind: "file";
  readonly source: SourceFile;
  /** The number after `vlmo`; undefined if the header is missing or unreadable. */
  readonly version: number | undefined;
  /** The span of the header; undefined if it is missing. */
  readonly header: Span | undefined;
  readonly declarations: readonly Declaration[];
  /** All comments in order, documentation comments included. */
  readonly comments: readonly Comment[];
}

/** `// …` or, if `doc` is true, `/// …`; `text` is without the slashes, one blank after them, and trailing white space. */
export interface Comment extends NodeBase {
  readonly kind: "comment";
  readonly doc: boolean;
  readonly text: string;
}

// ---------------------------------------------------------------------------------------------- declarations

interface DeclarationBase extends NodeBase {
  /** The `///` lines directly above, joined by line breaks. */
  readonly doc: string | undefined;
}

/** `import { a, b } from "./file.vlmo"` */
export interface ImportDeclaration extends DeclarationBase {
  readonly kind: "import";
  readonly names: readonly Name[];
  readonly path: StringLiteral;
}

/** `param image_size: px = 224px` */
export interface ParamDeclaration extends DeclarationBase {
  readonly kind: "param";
  readonly name: Name;
  readonly type: Name | undefined;
  readonly value: Expression;
}

/** `model VlmoLarge extends VlmoBase { … }` */
export interface ModelDeclaration extends DeclarationBase {
  readonly kind: "model";
  readonly name: Name;
  readonly parent: Name | undefined;
  readonly body: Block;
}

/** `head mlm: masked_tokens(pair.text) { … }`; the call is optional after `extends`, the body always. */
export interface HeadDeclaration extends DeclarationBase {
  readonly kind: "head";
  readonly name: Name;
  readonly parent: Name | undefined;
  readonly call: Call | undefined;
  readonly body: Block | undefined;
}

/** `data coco: pairs { … }`; a kind written without parentheses is a call without arguments. */
export interface DataDeclaration extends DeclarationBase {
  readonly kind: "data";
  readonly name: Name;
  readonly parent: Name | undefined;
  readonly call: Call | undefined;
  readonly body: Block | undefined;
}

/** `stage language extends other from vision { … }`, and `finetune`, which is the same under another keyword. */
export interface StageDeclaration extends DeclarationBase {
  readonly kind: "stage";
  readonly word: "stage" | "finetune";
  readonly name: Name;
  readonly parent: Name | undefined;
  readonly origin: StageOrigin | undefined;
  readonly body: Block;
}

/** What follows `from` in the header of a stage. */
export type StageOrigin = FromStage | FromCheckpoint | FromScratch;

/** `from vision`, `from vision at best` */
export interface FromStage extends NodeBase {
  readonly kind: "from_stage";
  readonly name: Name;
  readonly atBest: boolean;
}

/** `from checkpoint("beit.pt", layout: beit) { drop: …, fresh: …, resize: … }`; `call.callee` is `checkpoint`. */
export interface FromCheckpoint extends NodeBase {
  readonly kind: "from_checkpoint";
  readonly call: Call;
  readonly body: Block | undefined;
}

/** `from scratch` */
export interface FromScratch extends NodeBase {
  readonly kind: "from_scratch";
}

/** `evaluate retrieval on coco_test using fusion { recall(1, 5, 10) }` */
export interface EvaluateDeclaration extends DeclarationBase {
  readonly kind: "evaluate";
  readonly name: Name;
  readonly parent: Name | undefined;
  readonly on: Name | undefined;
  readonly using: Name | undefined;
  readonly body: Block;
}

/** `expect "title" { … }` */
export interface ExpectDeclaration extends DeclarationBase {
  readonly kind: "expect";
  readonly title: StringLiteral;
  readonly comparisons: readonly Comparison[];
}

/** `test "title" { train vision for 20 steps on shapes(seed: 1); loss.last < loss.first; unchanged(attention) }` */
export interface TestDeclaration extends DeclarationBase {
  readonly kind: "test";
  readonly title: StringLiteral;
  readonly statements: readonly Statement[];
}

/** Everything that may be written at the top level of a file. */
export type Declaration =
  | ImportDeclaration
  | ParamDeclaration
  | ModelDeclaration
  | HeadDeclaration
  | DataDeclaration
  | StageDeclaration
  | EvaluateDeclaration
  | ExpectDeclaration
  | TestDeclaration;

// ----------------------------------------------------------------------------------------------------- blocks

// ------------------------------------------------------------------------------------------------ expressions

/** Any node, for walking the tree (`tree.ts`); discriminated by `kind`. */
export type Node =
  | File
  | Comment
  | Name
  | Declaration
  | StageOrigin
  | TrainStatement
  | EvaluateStatement
  | ClaimStatement
  | TraceStatement
  | Block
  | Entry
  | Expression
  | Comparison
  | Segment
  | Argument
  | LayerSet;
