// The diagnostic of a failed statement of a test.
import type { Diagnostic, Span } from "../../grammar/index.js";
import { codes, type Code, type Holes } from "../errors/codes.js";

/** The codes of tests. */
export type TestCode = Extract<Code, `V94${number}`>;

/** The diagnostic of `code` at a span of the specification, its message filled. */
export function testDiagnostic<C extends TestCode>(
  code: C,
  holes: Holes<C>,
  { span, label }: { readonly span: Span; readonly label?: string },
): Diagnostic {
  // Boundary: TypeScript cannot see that an entry of the table takes the holes of its own code.
  const message = codes[code].message as (holes: Holes<C>) => string;
  const said = label === undefined ? {} : { label };
  return { code, severity: "error", message: message(holes), span, related: [], help: codes[code].help, ...said };
}
