// Runs the `expect` and `test` blocks of one file after another, and reports each as soon as it is done. The wording is in
// test-report.ts.
import type { TestSpec } from "../../compiler/index.js";
import { hasErrors, type Diagnostic } from "../../grammar/index.js";
import type { Engine } from "../engines/index.js";
import { DataShelf } from "../data/stage-data.js";
import { runTest } from "../test/run.js";
import { TraceBook } from "../test/traces.js";
import { mistakesIn } from "../errors/vlmo-error.js";
import { diagnosticOf } from "./failure.js";
import { checkTestFile } from "./load-spec.js";

/** The outcome of a block, or of a file that cannot be tested. */
export interface BlockResult {
  readonly file: string;
  readonly kind: "expect" | "test" | "file";
  /** Null for a file. */
  readonly title: string | null;
  /** Null where nothing was run. */
  readonly seconds: number | null;
  /** Empty if it passed. */
  readonly failures: readonly Diagnostic[];
}

/** The options of `vlmo test`. */
export interface TestRequest {
  readonly files: readonly string[];
  readonly set: readonly string[];
  /** Only blocks whose title contains this, ignoring case. */
  readonly only: string | null;
  readonly update: boolean;
  /** Opens the engine, at the first test that needs it. */
  readonly engine: () => Promise<Engine>;
}

/** Called for each file and block as soon as it is done. */
export interface TestListener {
  /** Warnings of a file that is tested nevertheless. */
  warned(diagnostics: readonly Diagnostic[]): void;
  done(result: BlockResult): void;
  /** Traces were written. */
  recorded(file: string): void;
}

/** Tests all files. Throws errors that are not user mistakes. */
export async function testFiles(request: TestRequest, listener: TestListener): Promise<void> {
  for (const file of request.files) await testFile(file, request, listener);
}

/** The titles of all blocks in the files. */
export function titlesIn({ files, set }: Pick<TestRequest, "files" | "set">): string[] {
  return files.flatMap((file) => {
    const { expectations, tests } = checkTestFile(file, set);
    return [...expectations, ...tests].map(({ title }) => title);
  });
}

async function testFile(file: string, request: TestRequest, listener: TestListener): Promise<void> {
  const { diagnostics, expectations, tests } = checkTestFile(file, request.set);
  if (hasErrors(diagnostics)) {
    listener.done({ file, kind: "file", title: null, seconds: null, failures: diagnostics });
    return;
  }
  if (diagnostics.length > 0) listener.warned(diagnostics);
  for (const { title, failures } of expectations) {
    if (isWanted(title, request)) listener.done({ file, kind: "expect", title, seconds: null, failures });
  }
  const wanted = tests.filter(({ title }) => isWanted(title, request));
  if (wanted.length === 0) return;
  const traces = await TraceBook.open(file);
  const data = new DataShelf();
  for (const test of wanted) listener.done(await timed(file, test, { request, traces, data }));
  if (request.update && (await traces.save(tests, (await request.engine()).description)))
    listener.recorded(traces.file);
}

function isWanted(title: string, { only }: TestRequest): boolean {
  return only === null || title.toLowerCase().includes(only.toLowerCase());
}

interface TestSession {
  readonly request: TestRequest;
  readonly traces: TraceBook;
  readonly data: DataShelf;
}

async function timed(file: string, test: TestSpec, { request, traces, data }: TestSession): Promise<BlockResult> {
  const engine = await request.engine();
  const began = performance.now();
  const { failures, thrown } = await runTest(test, { engine, traces, update: request.update, data });
  const seconds = (performance.now() - began) / 1000;
  const stopped = thrown === null ? [] : mistakeOf(thrown.error, thrown.span);
  return { file, kind: "test", title: test.title, seconds, failures: [...failures, ...stopped] };
}

/** The mistake that stopped a test, as its failure; a bug in vlmo is rethrown. */
function mistakeOf(error: unknown, span: Diagnostic["span"]): Diagnostic[] {
  return mistakesIn(error).map((mistake) => diagnosticOf(mistake, mistake.span ?? span));
}
