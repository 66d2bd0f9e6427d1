// Properties for any input: an answer in time, with spans inside the file; and printing preserves the meaning.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { posix } from "node:path";
import { checkSpec, planOf, planText, type CheckResult } from "../../compiler/index.js";
import { createSource, hasErrors, parse, renderAll, renderJson } from "../../grammar/index.js";
import { printed } from "../grammar/printed.js";
import type { Case } from "./cases.js";

/** Far above the time of any case on a busy machine. */
const slowest = 20_000;

/** Throws if the checker violates a property for a case. Returns whether the case was a valid spec. */
function answered({ entry, files, set }: Case): boolean {
  const begin = performance.now();
  const result = checked(entry, files, set);
  wellTold(result, files);
  const text = files.get(entry) ?? "";
  const right = result.spec !== null;
  if (parse(createSource(entry, text)).diagnostics.length === 0) {
    const again = checked(entry, new Map([...files, [entry, printed(text)]]), set);
    strictEqual(planned(again), planned(result));
    deepStrictEqual(codesOf(again), codesOf(result));
  }
  const milliseconds = performance.now() - begin;
  ok(milliseconds < slowest, `it took ${milliseconds} ms`);
  return right;
}

/** Like `answered`, with the failure as a text that identifies the case. */
export function failureOf(number: number, each: Case): { failure: string | null; isRight: boolean } {
  try {
    return { failure: null, isRight: answered(each) };
  } catch (error) {
    const title = `case ${number} (${each.kind}, ${each.entry}, --set ${each.set.join()})`;
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { failure: `${title}: ${said.slice(0, 2000)}`, isRight: false };
  }
}

function checked(entry: string, files: ReadonlyMap<string, string>, set: readonly string[]): CheckResult {
  return checkSpec(entry, {
    read: (path) => files.get(path) ?? null,
    resolvePath: (from, to) => posix.join(posix.dirname(from), to),
    set: set.map((text) => ({ text })),
  });
}

function wellTold({ spec, diagnostics }: CheckResult, files: ReadonlyMap<string, string>): void {
  strictEqual(spec === null, hasErrors(diagnostics));
  renderAll(diagnostics);
  for (const { file, range, message } of diagnostics.map(renderJson)) {
    ok(!/undefined|\[object/.test(message), message);
    ok(range.start.offset <= range.end.offset, message);
    ok(range.end.offset <= (files.get(file)?.length ?? Infinity), message);
  }
}

function planned({ spec }: CheckResult): string | null {
  return spec === null ? null : planText(planOf(spec));
}

/** Messages without places: printing moves them, and with them the order of messages. */
function codesOf({ diagnostics }: CheckResult): string[] {
  return diagnostics.map(({ code }) => code).toSorted();
}
