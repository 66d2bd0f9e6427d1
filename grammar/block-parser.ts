// The rules of blocks and of the statements in `expect` and `test`, in the order of docs/language/grammar.md.
import type { IToken } from "chevrotain";
import type * as ast from "./ast.js";
import { diagnostic } from "./codes.js";
import { afterNumber } from "./literals.js";
import { endsOfExpression, endsOfRange, plainReference } from "./short-value-parser.js";
import { spanText } from "./source.js";
import { endOf, Identifier, marks, StringToken, words } from "./tokens.js";
import { ValueParser } from "./value-parser.js";

/** Chevrotain requires all rules of a grammar in one class, which is extended from file to file by inheritance. */
export abstract class BlockParser extends ValueParser {
  // ----------------------------------------------------------------------------------------------- blocks

  protected readonly block = this.RULE("block", (): ast.Block => {
    const first = this.LA(1);
    const entries = this.body<ast.Entry>(
      () => this.SUBRULE(this.entry),
      () => this.noSemicolon(this.SUBRULE(this.separator)),
      "an entry",
    );
    return { kind: "block", entries, span: this.spanFrom(first) };
  });

  private noSemicolon(mark: IToken | undefined): undefined {
    if (this.RECORDING_PHASE || mark?.tokenType !== marks.Semicolon) return;
    const span = this.spanOf(mark);
    const help = "`;` separates the statements of `expect` and `test` only";
    this.report(diagnostic("V024", span, { found: "`;`" }, { help, fix: { span, text: "," } }));
  }

  /** Shared by blocks, `expect` and `test`: braces around parts that end at a line break or a separator. */
  protected body<T>(part: () => T | undefined, separator: () => unknown, wanted: string): T[] {
    const parts: T[] = [];
    const skip = (first: IToken): void => this.skipEntry(first);
    this.onSameLine();
    this.CONSUME(marks.LBrace);
    do {
      this.MANY(() => {
        const read = this.attempt(part, skip);
        if (read !== undefined) parts.push(read);
        if (!this.isApart()) this.attempt(separator, skip);
      });
    } while (this.skipJunk(wanted));
    this.CONSUME(marks.RBrace);
    return parts;
  }

  /** Whether two parts are already separated: by a line break, or because the block ends. */
  private isApart(): boolean {
    if (this.comes(marks.Comma) || this.comes(marks.Semicolon)) return false;
    return this.at(marks.RBrace) || !this.continues() || this.hasResumed();
  }

  /** Reports a `{` on the next line, and parses it all the same. */
  private onSameLine(): void {
    // After any other token the brace starts a record, which may be on a line of its own.
    const opened = [Identifier, StringToken, marks.RParen, marks.RBracket, marks.RBrace];
    if (!this.at(marks.LBrace) || this.sameLine() || !opened.some((type) => this.at(type, 0))) return;
    const span = this.spanOf(this.LA(1));
    const gap = { file: this.source, start: endOf(this.LA(0)), end: span.start };
    const fix = spanText(gap).trim() === "" ? { fix: { span: gap, text: " " } } : {};
    this.report(diagnostic("V030", span, {}, { help: "move it to the end of the line above", ...fix }));
  }

  private skipJunk(wanted: string): boolean {
    if (this.RECORDING_PHASE || this.at(marks.RBrace)) return false;
    const first = this.LA(1);
    this.attempt(
      () => this.giveUp((found, span) => diagnostic("V020", span, { wanted, found })),
      () => this.skipEntry(first),
    );
    return this.LA(1) !== first;
  }

  protected readonly separator = this.RULE("separator", (): IToken | undefined => {
    const mark = this.OPTION(() =>
      this.OR([{ ALT: () => this.CONSUME(marks.Comma) }, { ALT: () => this.CONSUME(marks.Semicolon) }]),
    );
    // `body` requires a separator only between parts that nothing else separates.
    if (mark === undefined) {
      const at = endOf(this.LA(0));
      const here = { file: this.source, start: at, end: at };
      const extra = this.startsEntry(1)
        ? { help: "write a `,` between the two", fix: { span: here, text: "," } }
        : afterNumber(this.LA(0), this.LA(1), this.source);
      this.giveUp((found, span) => diagnostic("V024", span, { found }, extra));
    }
    return mark;
  });

  protected readonly entry = this.RULE("entry", (): ast.Entry | undefined => {
    const first = this.LA(1);
    const key = this.alone(endsOfExpression) ?? this.SUBRULE(this.expression);
    // Fast path for nearly all entries, which are recognised without trying alternatives.
    if (!this.RECORDING_PHASE) {
      if (this.at(marks.Colon)) return this.setting(key, this.SUBRULE(this.value), first);
      if (this.at(marks.LBrace)) return this.section(key, this.SUBRULE(this.block), first);
    }
    return (
      this.OPTION<ast.Entry | undefined>(() =>
        this.OR([
          { ALT: () => this.setting(key, this.SUBRULE(this.value), first) },
          { ALT: () => this.section(key, this.SUBRULE(this.block), first) },
        ]),
      ) ?? this.item(key)
    );
  });

  private isKey(key: ast.Expression): key is ast.Reference {
    if (this.RECORDING_PHASE || key.kind === "reference") return true;
    const fix =
      key.kind === "string" && /^[A-Za-z_]\w*$/.test(key.value) ? { span: key.span, text: key.value } : undefined;
    const found = `\`${spanText(key.span)}\``;
    this.report(diagnostic("V027", key.span, { found }, fix ? { help: `write \`${fix.text}\``, fix } : {}));
    return false;
  }

  private setting(key: ast.Expression, value: ast.Expression, first: IToken): ast.Setting | undefined {
    return this.isKey(key) ? { kind: "setting", key, value, span: this.spanFrom(first) } : undefined;
  }

  private section(key: ast.Expression, body: ast.Block, first: IToken): ast.Section | undefined {
    return this.isKey(key) ? { kind: "section", key, body, span: this.spanFrom(first) } : undefined;
  }

  private item(value: ast.Expression): ast.Item | undefined {
    return this.RECORDING_PHASE ? undefined : { kind: "item", value, span: value.span };
  }

  private readonly settingMarks = [
    { ALT: () => this.CONSUME(marks.Colon) },
    { ALT: () => this.wrongMark(this.CONSUME(marks.Equals), "setting", ":") },
  ];

  /** A setting's value, with the colon before it: `: a, b` is a list, up to a comma that is followed by the next entry. */
  protected readonly value = this.RULE("value", (): ast.Expression => {
    this.colonOr(this.settingMarks);
    this.wantOperand();
    const first = this.alone(endsOfExpression) ?? this.SUBRULE(this.expression);
    if (!this.comes(marks.Comma)) return first;
    const elements = [first];
    this.MANY({
      GATE: () => !this.at(marks.RBrace, 2) && !this.startsEntry(2) && !this.placeOf(this.LA(2)).startsDeclaration,
      DEF: () => {
        this.CONSUME(marks.Comma);
        elements.push(this.alone(endsOfExpression) ?? this.SUBRULE2(this.expression));
      },
    });
    return this.ACTION(() =>
      elements.length === 1 ? first : { kind: "list", bracketed: false, elements, span: this.spanOver(first) },
    );
  });

  // ------------------------------------------------------------------------------------------- statements

  protected readonly statement = this.RULE("statement", (): ast.Statement =>
    this.OR<ast.Statement>([
      {
        GATE: () => this.at(words.train) && this.beginsStatement(),
        ALT: () => this.SUBRULE(this.train),
        IGNORE_AMBIGUITIES: true,
      },
      {
        GATE: () => this.at(words.evaluate) && this.beginsStatement(),
        ALT: () => this.SUBRULE(this.evaluateStatement),
        IGNORE_AMBIGUITIES: true,
      },
      {
        GATE: () => this.at(words.trace) && this.beginsStatement(),
        ALT: () => this.SUBRULE(this.trace),
        IGNORE_AMBIGUITIES: true,
      },
      { GATE: () => this.at(marks.LParen, 2), ALT: () => this.SUBRULE(this.claim), IGNORE_AMBIGUITIES: true },
      { ALT: () => this.SUBRULE(this.comparison), IGNORE_AMBIGUITIES: true },
    ]),
  );

  /** False before a punctuation mark, as in `train.loss < 1`: then the word is a name and starts no statement. */
  private beginsStatement(): boolean {
    return this.sameLine(2) && !Object.values(marks).some((mark) => this.at(mark, 2));
  }

  protected readonly train = this.RULE("train", (): ast.TrainStatement => {
    const first = this.CONSUME(words.train);
    const stage = this.SUBRULE(this.name);
    const duration = this.OPTION({
      GATE: () => this.continues(),
      DEF: () => {
        this.CONSUME(words.for);
        return this.SUBRULE(this.sum);
      },
    });
    const data = this.OPTION2({
      GATE: () => this.continues(),
      DEF: () => {
        this.CONSUME(words.on);
        return this.SUBRULE(this.call);
      },
    });
    return { kind: "train", stage, duration, data, span: this.spanFrom(first) };
  });

  protected readonly evaluateStatement = this.RULE("evaluateStatement", (): ast.EvaluateStatement => {
    const first = this.CONSUME(words.evaluate);
    const name = this.SUBRULE(this.name);
    return { kind: "evaluate_statement", name, span: this.spanFrom(first) };
  });

  protected readonly trace = this.RULE("trace", (): ast.TraceStatement => {
    const first = this.CONSUME(words.trace);
    const series = this.SUBRULE(this.reference);
    this.CONSUME(marks.PlusMinus);
    this.wantOperand();
    const by = this.SUBRULE(this.sum);
    return { kind: "trace", series, by, span: this.spanFrom(first) };
  });

  protected readonly claim = this.RULE("claim", (): ast.ClaimStatement => {
    const first = this.LA(1);
    const changed = { ALT: (): "changed" => (this.CONSUME(words.changed), "changed") };
    const unchanged = { ALT: (): "unchanged" => (this.CONSUME(words.unchanged), "unchanged") };
    const word = this.OR<"changed" | "unchanged">([changed, unchanged]);
    const args = this.SUBRULE(this.arguments);
    return { kind: "claim", word, call: this.callOfWord(first, args), span: this.spanFrom(first) };
  });

  protected readonly comparison = this.RULE("comparison", (): ast.Comparison => {
    const first = this.LA(1);
    const left = this.alone(endsOfRange) ?? this.SUBRULE(this.range);
    const operator = this.SUBRULE(this.comparisonOperator);
    this.wantOperand();
    const right = this.SUBRULE(this.tolerance);
    return { kind: "comparison", operator, left, right, span: this.spanFrom(first) };
  });

  private readonly operators: { ALT: () => ast.ComparisonOperator }[] = [
    { ALT: () => (this.CONSUME(marks.EqualEqual), "==") },
    { ALT: () => (this.CONSUME(marks.NotEqual), "!=") },
    { ALT: () => (this.CONSUME(marks.LessEqual), "<=") },
    { ALT: () => (this.CONSUME(marks.GreaterEqual), ">=") },
    { ALT: () => (this.CONSUME(marks.Less), "<") },
    { ALT: () => (this.CONSUME(marks.Greater), ">") },
    { ALT: () => (this.CONSUME(words.in), "in") },
    { ALT: () => (this.wrongMark(this.CONSUME(marks.Equals), "comparison", "=="), "==") },
  ];

  protected readonly comparisonOperator = this.RULE("comparisonOperator", (): ast.ComparisonOperator =>
    this.OR(this.operators),
  );

  protected readonly tolerance = this.RULE("tolerance", (): ast.Expression => {
    const first = this.LA(1);
    const value = this.alone(endsOfRange) ?? this.SUBRULE(this.range);
    if (!this.comes(marks.PlusMinus)) return value;
    const by = this.OPTION({
      GATE: () => this.continues(),
      DEF: () => {
        this.CONSUME(marks.PlusMinus);
        this.wantOperand();
        return this.SUBRULE(this.sum);
      },
    });
    return by === undefined ? value : { kind: "tolerance", value, by, span: this.spanFrom(first) };
  });

  /** The call made of a keyword and the arguments after it. */
  protected callOfWord(token: IToken, args: readonly ast.Argument[]): ast.Call {
    const callee = plainReference(this.nameOf(token));
    return { kind: "call", callee, args, span: this.spanFrom(token) };
  }

  /** A call whose parentheses are optional. */
  protected readonly call = this.RULE("call", (): ast.Call => {
    const first = this.LA(1);
    const callee = this.SUBRULE(this.reference);
    const args = this.OPTION({ GATE: () => this.sameLine(), DEF: () => this.SUBRULE(this.arguments) });
    return { kind: "call", callee, args: args ?? [], span: this.spanFrom(first) };
  });
}
