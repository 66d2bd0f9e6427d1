// The rules of values: one chevrotain rule per production, in the order of docs/language/grammar.md.
// Every rule returns the finished node; whatever needs the text of tokens is skipped while chevrotain records the
// rules.
import type { IToken } from "chevrotain";
import type * as ast from "./ast.js";
import { diagnostic } from "./codes.js";
import type { Rule } from "./recovering-parser.js";
import {
  endsOfExpression,
  endsOfFactor,
  endsOfProduct,
  endsOfRange,
  endsOfSum,
  ShortValueParser,
} from "./short-value-parser.js";
import { False, Identifier, marks, NumberToken, StringToken, True, words } from "./tokens.js";

/** Values in full, where the fast path does not apply. */
export abstract class ValueParser extends ShortValueParser {
  /** A record contains a block, whose rule is in block-parser.ts. */
  protected abstract readonly block: Rule<ast.Block>;

  // ------------------------------------------------------------------------------------------ expressions

  // Made once, as all lists of alternatives here: one written inside a rule is made again each time the rule runs.
  private readonly expressions = [
    { GATE: () => this.beginsEvery(), ALT: (): ast.Expression => this.SUBRULE(this.every) },
    {
      GATE: () => this.beginsPlacement(),
      ALT: (): ast.Expression => this.SUBRULE(this.placement),
      IGNORE_AMBIGUITIES: true,
    },
    { ALT: (): ast.Expression => this.SUBRULE(this.placed), IGNORE_AMBIGUITIES: true },
  ];

  protected readonly expression = this.RULE("expression", () => this.OR<ast.Expression>(this.expressions));

  private beginsEvery(): boolean {
    return this.at(words.every) && this.sameLine(2) && (this.at(NumberToken, 2) || this.at(Identifier, 2));
  }

  private beginsPlacement(): boolean {
    return this.at(words.on) && this.sameLine(2) && this.at(Identifier, 2);
  }

  protected readonly every = this.RULE("every", (): ast.Every => {
    const first = this.CONSUME(words.every);
    const interval = this.SUBRULE(this.sum);
    return { kind: "every", interval, span: this.spanFrom(first) };
  });

  protected readonly placement = this.RULE("placement", (): ast.Placement => {
    const first = this.CONSUME(words.on);
    const layers = this.SUBRULE(this.place);
    return { kind: "placement", subject: undefined, layers, span: this.spanFrom(first) };
  });

  protected readonly placed = this.RULE("placed", (): ast.Expression => {
    const first = this.LA(1);
    const subject = this.alone(endsOfRange) ?? this.SUBRULE(this.range);
    if (!this.comes(words.on)) return subject;
    const placement = this.OPTION({
      GATE: () => this.continues(),
      DEF: () => this.SUBRULE(this.placement),
    });
    return placement === undefined ? subject : { ...placement, subject, span: this.spanFrom(first) };
  });

  protected readonly range = this.RULE("range", (): ast.Expression => {
    const first = this.LA(1);
    const low = this.alone(endsOfSum) ?? this.SUBRULE(this.sum);
    if (!this.comes(marks.DotDot)) return low;
    const high = this.OPTION({
      GATE: () => this.continues(),
      DEF: () => {
        this.CONSUME(marks.DotDot);
        this.wantOperand();
        return this.alone(endsOfSum) ?? this.SUBRULE2(this.sum);
      },
    });
    return high === undefined ? low : { kind: "range", low, high, span: this.spanFrom(first) };
  });

  private readonly plusOrMinus = [
    { ALT: (): "+" => (this.CONSUME(marks.Plus), "+") },
    { ALT: (): "-" => (this.CONSUME(marks.Minus), "-") },
  ];

  protected readonly sum = this.RULE("sum", (): ast.Expression => {
    const first = this.LA(1);
    let left = this.alone(endsOfProduct) ?? this.SUBRULE(this.product);
    if (!this.comes(marks.Plus) && !this.comes(marks.Minus)) return left;
    this.MANY({
      GATE: () => this.continues(),
      DEF: () => {
        const operator = this.OR<"+" | "-">(this.plusOrMinus);
        this.wantOperand();
        const right = this.alone(endsOfProduct) ?? this.SUBRULE2(this.product);
        left = { kind: "binary", operator, left, right, span: this.spanFrom(first) };
      },
    });
    return left;
  });

  private readonly timesOrBy = [
    { ALT: (): "*" => (this.CONSUME(marks.Star), "*") },
    { ALT: (): "/" => (this.CONSUME(marks.Slash), "/") },
  ];

  protected readonly product = this.RULE("product", (): ast.Expression => {
    const first = this.LA(1);
    let left = this.alone(endsOfFactor) ?? this.SUBRULE(this.unary);
    if (!this.comes(marks.Star) && !this.comes(marks.Slash)) return left;
    this.MANY({
      GATE: () => this.continues(),
      DEF: () => {
        const operator = this.OR<"*" | "/">(this.timesOrBy);
        this.wantOperand();
        const right = this.alone(endsOfFactor) ?? this.SUBRULE2(this.unary);
        left = { kind: "binary", operator, left, right, span: this.spanFrom(first) };
      },
    });
    return left;
  });

  protected readonly unary = this.RULE("unary", (): ast.Expression => {
    const signs: IToken[] = [];
    // A loop, not a recursion: a line of ten thousand minus signs must not overflow the call stack.
    this.MANY(() => {
      signs.push(this.CONSUME(marks.Minus));
      this.wantOperand();
    });
    const operand = this.SUBRULE(this.primary);
    return signs.reduceRight<ast.Expression>(
      (inner, sign) => ({ kind: "unary", operator: "-", operand: inner, span: this.spanFrom(sign) }),
      operand,
    );
  });

  private readonly primaries = [
    { ALT: (): ast.Expression => this.SUBRULE(this.number) },
    { ALT: (): ast.Expression => this.SUBRULE(this.string) },
    { ALT: (): ast.Expression => this.SUBRULE(this.boolean) },
    { ALT: (): ast.Expression => this.SUBRULE(this.list) },
    { ALT: (): ast.Expression => this.SUBRULE(this.record) },
    { ALT: (): ast.Expression => this.SUBRULE(this.group) },
    { ALT: (): ast.Expression => this.SUBRULE(this.referenceOrCall) },
  ];

  protected readonly primary = this.RULE("primary", (): ast.Expression => {
    if (this.placeOf(this.LA(1)).startsDeclaration) {
      this.giveUp((found, span) => diagnostic("V021", span, { found }));
    }
    return this.OR<ast.Expression>(this.primaries);
  });

  protected readonly number = this.RULE("number", (): ast.NumberLiteral => {
    const token = this.CONSUME(NumberToken);
    const counted = this.comes(words.steps) || this.comes(words.epochs);
    const word = counted
      ? this.OPTION({
          GATE: () => this.sameLine() && !this.at(marks.Colon, 2),
          DEF: () => this.OR([{ ALT: () => this.CONSUME(words.steps) }, { ALT: () => this.CONSUME(words.epochs) }]),
        })
      : undefined;
    return this.ACTION(() => this.numberOf(token, word));
  });

  protected readonly string = this.RULE("string", (): ast.StringLiteral => {
    const token = this.CONSUME(StringToken);
    return this.ACTION(() => this.stringOf(token));
  });

  protected readonly boolean = this.RULE("boolean", (): ast.BooleanLiteral => {
    const first = this.LA(1);
    const yes = { ALT: () => (this.CONSUME(True), true) };
    const no = { ALT: () => (this.CONSUME(False), false) };
    const value = this.OR([yes, no]);
    return { kind: "boolean", value, span: this.spanFrom(first) };
  });

  protected readonly list = this.RULE("list", (): ast.List => {
    const first = this.CONSUME(marks.LBracket);
    const elements: ast.Expression[] = [];
    this.MANY(() => {
      elements.push(this.alone(endsOfExpression) ?? this.SUBRULE(this.expression));
      this.wantCommaOr(marks.RBracket);
      this.comma();
    });
    this.wantValueOr(marks.RBracket);
    this.CONSUME(marks.RBracket);
    return { kind: "list", bracketed: true, elements, span: this.spanFrom(first) };
  });

  protected readonly record = this.RULE("record", (): ast.RecordExpression => {
    const body = this.SUBRULE(this.block);
    return { kind: "record", body, span: body?.span };
  });

  protected readonly group = this.RULE("group", (): ast.Expression => {
    this.CONSUME(marks.LParen);
    const inner = this.SUBRULE(this.expression);
    if (!this.RECORDING_PHASE && this.at(marks.Comma)) {
      const extra = { help: "values of a list stand in brackets, as in `[0.9, 0.98]`" };
      this.giveUp((found, span) => diagnostic("V020", span, { wanted: "`)`", found }, extra));
    }
    this.CONSUME(marks.RParen);
    return inner;
  });

  protected readonly referenceOrCall = this.RULE("referenceOrCall", (): ast.Reference | ast.Call => {
    const first = this.LA(1);
    const callee = this.SUBRULE(this.reference);
    if (!this.comes(marks.LParen)) return callee;
    const args = this.OPTION({ GATE: () => this.sameLine(), DEF: () => this.SUBRULE(this.arguments) });
    return args === undefined ? callee : { kind: "call", callee, args, span: this.spanFrom(first) };
  });

  protected readonly reference = this.RULE("reference", (): ast.Reference => {
    const first = this.LA(1);
    const head = this.SUBRULE(this.segment);
    if (!this.comes(marks.Dot)) return { kind: "reference", segments: [head], span: head.span };
    const rest: ast.Segment[] = [];
    this.MANY({
      GATE: () => this.continues(),
      DEF: () => {
        this.CONSUME(marks.Dot);
        rest.push(this.SUBRULE2(this.segment));
      },
    });
    return { kind: "reference", segments: [head, ...rest], span: this.spanFrom(first) };
  });

  protected readonly segment = this.RULE("segment", (): ast.Segment => {
    const first = this.LA(1);
    const name = this.SUBRULE(this.name);
    if (!this.comes(marks.LBracket)) return { kind: "segment", name, layers: undefined, span: name.span };
    const layers = this.OPTION({ GATE: () => this.sameLine(), DEF: () => this.SUBRULE(this.list) });
    return { kind: "segment", name, layers: layers?.elements, span: this.spanFrom(first) };
  });

  protected readonly name = this.RULE("name", (): ast.Name => {
    return this.nameOf(this.CONSUME(Identifier));
  });

  protected readonly arguments = this.RULE("arguments", (): ast.Argument[] => {
    const args: ast.Argument[] = [];
    this.CONSUME(marks.LParen);
    this.MANY(() => {
      args.push(this.SUBRULE(this.argument));
      this.wantCommaOr(marks.RParen);
      this.comma();
    });
    this.wantValueOr(marks.RParen);
    this.CONSUME(marks.RParen);
    return args;
  });

  protected readonly argument = this.RULE("argument", (): ast.Argument => {
    const first = this.LA(1);
    const name = this.label();
    const value = this.alone(endsOfExpression) ?? this.SUBRULE(this.expression);
    return { kind: "argument", name, value, span: this.spanFrom(first) };
  });

  private readonly labelMarks = [
    { ALT: () => this.CONSUME(marks.Colon) },
    { ALT: () => this.wrongMark(this.CONSUME(marks.Equals), "named argument", ":") },
  ];

  /** `name:` before the value of an argument. */
  private label(): ast.Name | undefined {
    if (!this.comes(marks.Colon, 2) && !this.comes(marks.Equals, 2)) return undefined;
    return this.OPTION(() => {
      const key = this.SUBRULE(this.name);
      this.colonOr(this.labelMarks);
      return key;
    });
  }

  // -------------------------------------------------------------------------------------------- placement

  protected readonly place = this.RULE("place", (): ast.LayerSet => {
    const first = this.LA(1);
    let left = this.SUBRULE(this.placeTerm);
    this.MANY({
      GATE: () => this.continues(),
      DEF: () => {
        const operator = this.OR<"+" | "-">(this.plusOrMinus);
        const right = this.SUBRULE2(this.placeTerm);
        left = { kind: "combined_layers", operator, left, right, span: this.spanFrom(first) };
      },
    });
    return left;
  });

  protected readonly placeTerm = this.RULE("placeTerm", (): ast.LayerSet => {
    const first = this.LA(1);
    return this.OR<ast.LayerSet>([
      { ALT: () => (this.CONSUME(words.all), { kind: "all_layers", span: this.spanFrom(first) }) },
      { ALT: () => (this.CONSUME(words.none), { kind: "no_layers", span: this.spanFrom(first) }) },
      {
        ALT: () => {
          this.CONSUME(words.top);
          return { kind: "top_layers", count: this.SUBRULE(this.amount), span: this.spanFrom(first) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(words.bottom);
          return { kind: "bottom_layers", count: this.SUBRULE2(this.amount), span: this.spanFrom(first) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(words.layers);
          return { kind: "listed_layers", layers: this.SUBRULE(this.layerRange), span: this.spanFrom(first) };
        },
      },
    ]);
  });

  protected readonly layerRange = this.RULE("layerRange", (): ast.Expression => {
    const low = this.SUBRULE(this.amount);
    const high = this.OPTION({
      GATE: () => this.continues(),
      DEF: () => {
        this.CONSUME(marks.DotDot);
        return this.SUBRULE2(this.amount);
      },
    });
    return this.ACTION(() => (high === undefined ? low : { kind: "range", low, high, span: this.spanOver(low) }));
  });

  /** A value without operators, on the line of the word before it. */
  protected readonly amount = this.RULE("amount", (): ast.Expression => {
    this.wantOperandHere();
    return this.SUBRULE(this.primary);
  });
}
