// Nodes of values and blocks: numbers, references, calls, placements, comparisons. Parentheses have no node: the tree
// has the order, and the formatter adds parentheses where they are needed.
import type { Span } from "./source.js";

/** What every node has. */
export interface NodeBase {
  readonly span: Span;
}

/** An identifier that is not a value: the name of a declaration, a key, an argument. */
export interface Name extends NodeBase {
  readonly kind: "name";
  readonly text: string;
}

/** Everything that may be written where a value is expected. */
export type Expression =
  | NumberLiteral
  | StringLiteral
  | BooleanLiteral
  | Reference
  | Call
  | List
  | RecordExpression
  | Range
  | Binary
  | Unary
  | Tolerance
  | Placement
  | Every;

/** Multipliers of counts: thousand, million, billion. */
export type Scale = "k" | "M" | "B";
/** Units that a number may have, directly after its digits. */
export type Unit = "%" | "px" | "x" | "steps" | "epochs" | "MiB" | "GiB" | "s" | "min" | "h";

/**
 * `10k steps`: value 10000, scale `k`, unit `steps`. `15%`: value 15, unit `%`.
 * The scale is applied in `value`, the unit is not; `magnitude` applies both.
 */
export interface NumberLiteral extends NodeBase {
  readonly kind: "number";
  readonly value: number;
  /** The digits as written, without scale and unit. */
  readonly digits: string;
  readonly scale: Scale | undefined;
  readonly unit: Unit | undefined;
}

/** `value` is unescaped. */
export interface StringLiteral extends NodeBase {
  readonly kind: "string";
  readonly value: string;
}

/** `true` or `false`. */
export interface BooleanLiteral extends NodeBase {
  readonly kind: "boolean";
  readonly value: boolean;
}

/** A dotted path: `VlmoBase`, `experts.vision[1..4]`, `pair[1].pooled`. Never empty. */
export interface Reference extends NodeBase {
  readonly kind: "reference";
  readonly segments: readonly [Segment, ...Segment[]];
}

/** One step of a path with its brackets: `vision[1..4]`. */
export interface Segment extends NodeBase {
  readonly kind: "segment";
  readonly name: Name;
  readonly layers: readonly Expression[] | undefined;
}

/** `adamw(lr: 1e-3)`, `image.layer(3)`; if the parentheses are optional and left out, `args` is empty. */
export interface Call extends NodeBase {
  readonly kind: "call";
  readonly callee: Reference;
  readonly args: readonly Argument[];
}

/** One argument of a call; `name` is undefined if it is positional. */
export interface Argument extends NodeBase {
  readonly kind: "argument";
  readonly name: Name | undefined;
  readonly value: Expression;
}

/** `[a, b]`, or the unbracketed `a, b` that a setting may have as its value. */
export interface List extends NodeBase {
  readonly kind: "list";
  readonly bracketed: boolean;
  readonly elements: readonly Expression[];
}

/** Settings as a value: `factors: { heads.vqa: 20x }`. */
export interface RecordExpression extends NodeBase {
  readonly kind: "record";
  readonly body: Block;
}

/** `low..high`, both ends included. */
export interface Range extends NodeBase {
  readonly kind: "range";
  readonly low: Expression;
  readonly high: Expression;
}

/** Arithmetic; precedence is in the structure of the tree. */
export interface Binary extends NodeBase {
  readonly kind: "binary";
  readonly operator: "+" | "-" | "*" | "/";
  readonly left: Expression;
  readonly right: Expression;
}

/** A sign before an operand. */
export interface Unary extends NodeBase {
  readonly kind: "unary";
  readonly operator: "-";
  readonly operand: Expression;
}

/** `0.5 ± 0.1`: the right side of `==`, `!=` or `in` in an `expect` or a `test`. */
export interface Tolerance extends NodeBase {
  readonly kind: "tolerance";
  readonly value: Expression;
  readonly by: Expression;
}

/** `in` compares with a range or a tolerance. */
export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in";

/** `parameters(VlmoBase) in 174M..178M` */
export interface Comparison extends NodeBase {
  readonly kind: "comparison";
  readonly operator: ComparisonOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** `ffn(pair) on top 2`, or a bare `on none`, which leaves `subject` undefined. */
export interface Placement extends NodeBase {
  readonly kind: "placement";
  readonly subject: Expression | undefined;
  readonly layers: LayerSet;
}

/** The layers after `on`. */
export type LayerSet = AllLayers | NoLayers | TopLayers | BottomLayers | ListedLayers | CombinedLayers;

/** `all` */
export interface AllLayers extends NodeBase {
  readonly kind: "all_layers";
}

/** `none` */
export interface NoLayers extends NodeBase {
  readonly kind: "no_layers";
}

/** `top 2` */
export interface TopLayers extends NodeBase {
  readonly kind: "top_layers";
  readonly count: Expression;
}

/** `bottom 10` */
export interface BottomLayers extends NodeBase {
  readonly kind: "bottom_layers";
  readonly count: Expression;
}

/** `layers 3`, `layers 1..4`, `layers [1, 3, 5]` */
export interface ListedLayers extends NodeBase {
  readonly kind: "listed_layers";
  readonly layers: Expression;
}

/** `all - top 2`, `bottom 2 + top 2` */
export interface CombinedLayers extends NodeBase {
  readonly kind: "combined_layers";
  readonly operator: "+" | "-";
  readonly left: LayerSet;
  readonly right: LayerSet;
}

/** `every 10k steps` */
export interface Every extends NodeBase {
  readonly kind: "every";
  readonly interval: Expression;
}

/** `{ … }`; the span covers both braces. */
export interface Block extends NodeBase {
  readonly kind: "block";
  readonly entries: readonly Entry[];
}

/** A line of a block. */
export type Entry = Setting | Section | Item;

/** `key: value`; the key may be a path with layers, such as `embed.type[3]`. */
export interface Setting extends NodeBase {
  readonly kind: "setting";
  readonly key: Reference;
  readonly value: Expression;
}

/** `attention { … }` */
export interface Section extends NodeBase {
  readonly kind: "section";
  readonly key: Reference;
  readonly body: Block;
}

/** A bare expression as an entry, such as the metric `recall(1, 5, 10)`. */
export interface Item extends NodeBase {
  readonly kind: "item";
  readonly value: Expression;
}

const factors: Readonly<Record<Exclude<Unit, "%">, number>> = {
  px: 1,
  x: 1,
  steps: 1,
  epochs: 1,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  s: 1,
  min: 60,
  h: 3600,
};

/** The plain number of a literal: a ratio for `%`, bytes for `MiB GiB`, seconds for `s min h`. */
export function magnitude(literal: NumberLiteral): number {
  // Division makes `15%` the double nearest to 0.15, which multiplication by 0.01 would not.
  if (literal.unit === "%") return literal.value / 100;
  return literal.unit === undefined ? literal.value : literal.value * factors[literal.unit];
}

/** A path as written, without layers: `experts.vision`. */
export function pathText(reference: Reference): string {
  return reference.segments.map((segment) => segment.name.text).join(".");
}

/** The name, if the expression is a single plain name; else undefined. */
export function plainName(expression: Expression | undefined): Name | undefined {
  if (expression?.kind !== "reference") return undefined;
  const [first, ...rest] = expression.segments;
  return rest.length === 0 && first.layers === undefined ? first.name : undefined;
}
