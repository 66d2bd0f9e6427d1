// The error for a specification with mistakes, all of them as data.
import type { Diagnostic } from "../../grammar/index.js";

/** A specification has mistakes. The caller renders the message: rendering loads the grammar, which would slow the start. */
export class SpecError extends Error {
  override readonly name = "SpecError";
  /** Private, to be hidden when the error is inspected: spans hold whole files. */
  readonly #diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[], message = "the specification has errors") {
    super(message);
    this.#diagnostics = diagnostics;
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics;
  }
}
