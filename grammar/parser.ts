// The rules of files and declarations: one chevrotain rule per production, in the order of docs/language/grammar.md.
// `parse.ts` is the entry point; nothing else should make a parser.
import type { IToken } from "chevrotain";
import type * as ast from "./ast.js";
import type { Balanced } from "./balance.js";
import { diagnostic } from "./codes.js";
import { BlockParser } from "./block-parser.js";
import { clauseHelp } from "./messages.js";
import type { ParseFailure } from "./recovering-parser.js";
import { byteOrderMark, newlineOf, type SourceFile, type Span } from "./source.js";
import { declarationWords, marks, NumberToken, words } from "./tokens.js";

/** The result of the rules, before comments are added and diagnostics are sifted. */
export interface Parsed {
  readonly version: number | undefined;
  readonly header: Span | undefined;
  readonly declarations: readonly ast.Declaration[];
  readonly failures: readonly ParseFailure[];
}

interface Header {
  readonly version: number | undefined;
  readonly span: Span;
}

/** The `///` text above the line of an offset. */
export type DocAbove = (offset: number) => string | undefined;

/** A declaration as returned by its rule; `declaration` adds its start and its documentation. */
type Bare<D extends ast.Declaration> = Omit<D, "doc" | "span">;
type BareDeclaration = { [D in ast.Declaration as D["kind"]]: Bare<D> }[ast.Declaration["kind"]];

/** The whole grammar. `check` validates it for ambiguity, which costs more than parsing and is left to a test. */
export class Parser extends BlockParser {
  private docAbove: DocAbove = () => undefined;

  constructor(check = false) {
    super(check);
    this.performSelfAnalysis();
  }

  /** Parses one file. A parser can be reused, for one file at a time. */
  read(source: SourceFile, balanced: Balanced, docAbove: DocAbove): Parsed {
    this.begin(source, balanced);
    this.docAbove = docAbove;
    const parsed = { ...this.file(), failures: this.failures };
    // Otherwise the tokens would be kept in memory until the next file.
    this.input = [];
    return parsed;
  }

  // ------------------------------------------------------------------------------------------------- file

  readonly file = this.RULE("file", (): Omit<Parsed, "failures"> => {
    const declarations: ast.Declaration[] = [];
    const header = this.attempt(
      () => this.OPTION(() => this.SUBRULE(this.header)) ?? this.noHeader(),
      () => undefined,
    );
    do {
      this.MANY(() => {
        const read = this.attempt(
          () => this.SUBRULE(this.declaration),
          (first) => this.skipBrokenDeclaration(first),
        );
        if (read !== undefined) declarations.push(read);
      });
    } while (this.skipStray());
    return { version: header?.version, header: header?.span, declarations };
  });

  private noHeader(): undefined {
    if (this.RECORDING_PHASE) return undefined;
    const span = this.spanOf(this.LA(1));
    const begin = this.source.text.startsWith(byteOrderMark) ? byteOrderMark.length : 0;
    const start = { file: this.source, start: begin, end: begin };
    const newline = newlineOf(this.source);
    const found = this.isAtEnd() ? start : span;
    const extra = {
      help: "write `vlmo 1` in the first line",
      fix: { span: start, text: `vlmo 1${newline}${newline}` },
    };
    this.report(diagnostic("V010", found, {}, extra));
    return undefined;
  }

  private isAtEnd(): boolean {
    return Number.isNaN(this.LA(1).startOffset);
  }

  /** Skips text between declarations that is not one. */
  private skipStray(): boolean {
    if (this.RECORDING_PHASE || this.isAtEnd()) return false;
    const first = this.LA(1);
    const clause = this.placeOf(first).startsLine ? undefined : clauseHelp.get(first.image);
    const help = clause ?? `begin with ${declarationWords.map((word) => word.LABEL).join(", ")}`;
    this.report(diagnostic("V025", this.spanOf(first), { found: first.image }, { help }));
    this.skipDeclaration(first);
    return true;
  }

  /** After a broken header of a declaration its block is still parsed, for the mistakes in it. */
  private skipBrokenDeclaration(first: IToken): void {
    const titled =
      first.tokenType === words.expect || first.tokenType === words.test || first.tokenType === words.import;
    if (this.LA(1) === first) this.SKIP_TOKEN();
    while (!this.isAtEnd() && !this.placeOf(this.LA(1)).startsDeclaration) {
      const opens = this.at(marks.LBrace) && this.placeOf(this.LA(1)).depth === 0;
      if (opens && !titled)
        this.attempt(
          () => this.SUBRULE2(this.block),
          (open) => this.skipEntry(open),
        );
      else this.SKIP_TOKEN();
    }
  }

  private readonly header = this.RULE("header", (): Header => {
    const first = this.CONSUME(words.vlmo);
    const token = this.CONSUME(NumberToken);
    if (this.RECORDING_PHASE || token.image === "1") return { version: 1, span: this.spanFrom(first) };
    const span = this.spanOf(token);
    const later = Number.isInteger(Number(token.image)) && Number(token.image) > 1;
    const extra = later ? { help: "a later vlmo may read it" } : { help: "write `vlmo 1`", fix: { span, text: "1" } };
    this.report(diagnostic("V011", span, { found: token.image }, extra));
    return { version: undefined, span: this.spanFrom(first) };
  });

  // ----------------------------------------------------------------------------------------- declarations

  private readonly declaration = this.RULE("declaration", (): ast.Declaration => {
    const first = this.LA(1);
    const bare = this.OR<BareDeclaration>([
      { ALT: () => this.SUBRULE(this.import) },
      { ALT: () => this.SUBRULE(this.param) },
      { ALT: () => this.SUBRULE(this.model) },
      { ALT: () => this.SUBRULE(this.head) },
      { ALT: () => this.SUBRULE(this.data) },
      { ALT: () => this.SUBRULE(this.stage) },
      { ALT: () => this.SUBRULE(this.evaluate) },
      { ALT: () => this.SUBRULE(this.expect) },
      { ALT: () => this.SUBRULE(this.test) },
    ]);
    return { ...bare, doc: this.docAbove(first.startOffset), span: this.spanFrom(first) };
  });

  private readonly import = this.RULE("import", (): Bare<ast.ImportDeclaration> => {
    const names: ast.Name[] = [];
    this.CONSUME(words.import);
    this.CONSUME(marks.LBrace);
    this.MANY(() => {
      names.push(this.SUBRULE(this.name));
      this.wantCommaOr(marks.RBrace);
      this.comma();
    });
    if (names.length === 0) this.giveUp((found, span) => diagnostic("V020", span, { wanted: "a name", found }));
    this.CONSUME(marks.RBrace);
    this.CONSUME(words.from);
    const path = this.SUBRULE(this.string);
    return { kind: "import", names, path };
  });

  private readonly param = this.RULE("param", (): Bare<ast.ParamDeclaration> => {
    this.CONSUME(words.param);
    const name = this.SUBRULE(this.name);
    const type = this.OPTION(() => {
      this.CONSUME(marks.Colon);
      return this.SUBRULE2(this.name);
    });
    this.CONSUME(marks.Equals);
    this.wantOperand();
    const value = this.SUBRULE(this.expression);
    return { kind: "param", name, type, value };
  });

  private readonly model = this.RULE("model", (): Bare<ast.ModelDeclaration> => {
    this.CONSUME(words.model);
    const name = this.SUBRULE(this.name);
    const parent = this.OPTION(() => this.SUBRULE(this.extends));
    const body = this.SUBRULE(this.block);
    return { kind: "model", name, parent, body };
  });

  private readonly extends = this.RULE("extends", (): ast.Name => {
    this.CONSUME(words.extends);
    return this.SUBRULE(this.name);
  });

  private readonly head = this.RULE("head", (): Bare<ast.HeadDeclaration> => {
    this.CONSUME(words.head);
    const name = this.SUBRULE(this.name);
    const parent = this.OPTION(() => this.SUBRULE(this.extends));
    const call = this.OPTION2(() => this.SUBRULE(this.kind));
    const body = this.OPTION3(() => this.SUBRULE(this.block));
    return { kind: "head", name, parent, call, body };
  });

  private readonly data = this.RULE("data", (): Bare<ast.DataDeclaration> => {
    this.CONSUME(words.data);
    const name = this.SUBRULE(this.name);
    const parent = this.OPTION(() => this.SUBRULE(this.extends));
    const call = this.OPTION2(() => this.SUBRULE(this.kind));
    const body = this.OPTION3(() => this.SUBRULE(this.block));
    return { kind: "data", name, parent, call, body };
  });

  private readonly kind = this.RULE("kind", (): ast.Call => {
    this.CONSUME(marks.Colon);
    return this.SUBRULE(this.call);
  });

  private readonly stage = this.RULE("stage", (): Bare<ast.StageDeclaration> => {
    const stage = { ALT: (): "stage" => (this.CONSUME(words.stage), "stage") };
    const finetune = { ALT: (): "finetune" => (this.CONSUME(words.finetune), "finetune") };
    const word = this.OR<"stage" | "finetune">([stage, finetune]);
    const name = this.SUBRULE(this.name);
    const parent = this.OPTION(() => this.SUBRULE(this.extends));
    const origin = this.OPTION2(() => this.SUBRULE(this.origin));
    const first = this.SUBRULE(this.block);
    // Two blocks in a row: the first belongs to the checkpoint. A single block always belongs to the stage.
    const second = this.OPTION3({
      GATE: () => origin?.kind === "from_checkpoint" && this.sameLine(),
      DEF: () => this.SUBRULE2(this.block),
    });
    if (second === undefined || origin?.kind !== "from_checkpoint") {
      return { kind: "stage", word, name, parent, origin, body: first };
    }
    const span = { ...origin.span, end: first.span.end };
    return { kind: "stage", word, name, parent, origin: { ...origin, body: first, span }, body: second };
  });

  private readonly origin = this.RULE("origin", (): ast.StageOrigin => {
    const first = this.CONSUME(words.from);
    return this.OR<ast.StageOrigin>([
      { GATE: () => this.at(marks.LParen, 2), ALT: () => this.fromCheckpoint(first), IGNORE_AMBIGUITIES: true },
      {
        ALT: () => (this.CONSUME(words.scratch), { kind: "from_scratch", span: this.spanFrom(first) }),
        IGNORE_AMBIGUITIES: true,
      },
      { ALT: () => this.fromStage(first) },
    ]);
  });

  private fromStage(first: IToken): ast.FromStage {
    const name = this.SUBRULE(this.name);
    const atBest = this.OPTION({
      DEF: () => {
        this.CONSUME(words.at);
        this.CONSUME(words.best);
        return true;
      },
    });
    return { kind: "from_stage", name, atBest: atBest === true, span: this.spanFrom(first) };
  }

  private fromCheckpoint(first: IToken): ast.FromCheckpoint {
    const token = this.CONSUME(words.checkpoint);
    const args = this.SUBRULE(this.arguments);
    const call = this.callOfWord(token, args);
    return { kind: "from_checkpoint", call, body: undefined, span: this.spanFrom(first) };
  }

  private readonly evaluate = this.RULE("evaluate", (): Bare<ast.EvaluateDeclaration> => {
    this.CONSUME(words.evaluate);
    const name = this.SUBRULE(this.name);
    const parent = this.OPTION(() => this.SUBRULE(this.extends));
    const on = this.OPTION2(() => {
      this.CONSUME(words.on);
      return this.SUBRULE2(this.name);
    });
    const using = this.OPTION3(() => {
      this.CONSUME(words.using);
      return this.SUBRULE3(this.name);
    });
    const body = this.SUBRULE(this.block);
    return { kind: "evaluate", name, parent, on, using, body };
  });

  private readonly expect = this.RULE("expect", (): Bare<ast.ExpectDeclaration> => {
    this.CONSUME(words.expect);
    const title = this.SUBRULE(this.string);
    const comparisons = this.body(
      () => this.SUBRULE(this.comparison),
      () => this.SUBRULE(this.separator),
      "a comparison",
    );
    return { kind: "expect", title, comparisons };
  });

  private readonly test = this.RULE("test", (): Bare<ast.TestDeclaration> => {
    this.CONSUME(words.test);
    const title = this.SUBRULE(this.string);
    const statements = this.body(
      () => this.SUBRULE(this.statement),
      () => this.SUBRULE(this.separator),
      "`train …`, `evaluate …` or a comparison",
    );
    return { kind: "test", title, statements };
  });
}
