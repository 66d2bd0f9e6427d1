// The file of recorded traces beside a specification: for each trace a title line and a line `STEP VALUE` per step.
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { boundsAround, seriesText, type TestSpec, type Tolerance } from "../../compiler/index.js";
import { writeAtomically } from "../formats/atomic.js";
import { readRegular } from "../formats/regular-file.js";

/** One recorded series. */
export interface Trace {
  /** Its test and series: `"it learns": loss of vision`. */
  readonly title: string;
  readonly values: readonly number[];
}

/** A line that is neither a title, a step, a comment nor empty. */
export interface Unreadable {
  readonly line: number;
  readonly reason: string;
}

/** The title line of a trace. */
export function traceTitle(test: string, series: string, stage: string): string {
  return `${JSON.stringify(test)}: ${series} of ${stage}`;
}

/** `specs/tests.vlmo` has its traces in `specs/tests.traces.txt`. */
export function traceFile(spec: string): string {
  return `${spec.replace(/\.vlmo$/, "")}.traces.txt`;
}

/** Reads the text of a file of traces. */
export function parseTraces(text: string): readonly Trace[] | Unreadable {
  const traces: { title: string; values: number[] }[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const unreadable = (reason: string): Unreadable => ({ line: i + 1, reason });
    if (line.trim() === "" || line.startsWith("#")) continue;
    if (line.startsWith('"')) {
      traces.push({ title: line.trim(), values: [] });
      continue;
    }
    const [, step, value = ""] = /^\s*(\d+)\s+(\S+)\s*$/.exec(line) ?? [];
    const last = traces.at(-1);
    if (step === undefined || !Number.isFinite(Number(value))) return unreadable("a line `STEP VALUE` is wanted");
    if (last === undefined) return unreadable("there is no title above it");
    if (Number(step) !== last.values.length + 1) return unreadable(`step ${last.values.length + 1} is wanted`);
    last.values.push(Number(value));
  }
  return traces;
}

/** The text of a file of traces; `engine` is the engine they were recorded on. */
export function printTraces(traces: readonly Trace[], engine: string): string {
  const head = `# Recorded by \`vlmo test --update\` on ${engine}. A \`trace\` of the specification compares with it.\n`;
  return [head, ...traces.map(printTrace)].join("\n");
}

function printTrace({ title, values }: Trace): string {
  const width = String(values.length).length;
  const lines = values.map((value, i) => `${String(i + 1).padStart(width + 2)}  ${shortest(value)}\n`);
  return `${title}\n${lines.join("")}`;
}

/** Seven digits represent a float32 up to its last bit. */
function shortest(value: number): string {
  return String(Number(value.toPrecision(7)));
}

/** How a series differs from a recorded one, in words; null within the tolerance. */
export function difference(found: readonly number[], recorded: readonly number[], tolerance: Tolerance): string | null {
  if (found.length !== recorded.length) return `it has ${found.length} steps, and ${recorded.length} were recorded`;
  const off = found.flatMap((value, i) => {
    const wanted = recorded[i] ?? Number.NaN;
    const { low, high } = boundsAround(wanted, tolerance);
    // Recorded numbers are rounded to float32 precision.
    const slack = Math.abs(wanted) * 1e-6;
    return value >= low - slack && value <= high + slack
      ? []
      : [`step ${i + 1} is ${shortest(value)} and was ${shortest(wanted)}`];
  });
  if (off.length === 0) return null;
  const more = off.length > 3 ? `, … (${off.length} of ${found.length} steps)` : "";
  return off.slice(0, 3).join(", ") + more;
}

/** The traces of one specification, read once, and written if any were recorded. */
export class TraceBook {
  private readonly traces = new Map<string, readonly number[]>();
  private changed = false;

  private constructor(
    readonly file: string,
    /** The first unreadable line of the file. */
    readonly unreadable: Unreadable | null,
    traces: readonly Trace[],
  ) {
    for (const { title, values } of traces) this.traces.set(title, values);
  }

  /** Opens the traces beside a specification; a missing file counts as empty. */
  static async open(spec: string): Promise<TraceBook> {
    const file = traceFile(spec);
    const text = existsSync(file) ? (await readRegular(file, "V920")).toString("utf8") : "";
    const traces = parseTraces(text);
    return "line" in traces ? new TraceBook(file, traces, []) : new TraceBook(file, null, traces);
  }

  get(title: string): readonly number[] | undefined {
    return this.traces.get(title);
  }

  record(title: string, values: readonly number[]): void {
    this.traces.set(title, values);
    this.changed = true;
  }

  /** Writes the recorded traces, in the order of the tests; traces of no test are dropped. */
  async save(tests: readonly TestSpec[], engine: string): Promise<boolean> {
    const kept = new Set(tests.flatMap(titlesOf));
    const stale = [...this.traces.keys()].some((title) => !kept.has(title));
    if (!this.changed && !stale) return false;
    const traces = [...kept].flatMap((title) => {
      const values = this.traces.get(title);
      return values === undefined ? [] : [{ title, values }];
    });
    if (traces.length === 0) await rm(this.file, { force: true });
    else {
      const text = printTraces(traces, engine);
      await writeAtomically(this.file, (handle) => handle.writeFile(text));
    }
    this.changed = false;
    return true;
  }
}

/** The titles of every trace of a test. */
function titlesOf(test: TestSpec): string[] {
  let stage = "";
  return test.steps.flatMap((step) => {
    if (step.kind === "train") stage = step.stage.name;
    return step.kind === "trace" ? [traceTitle(test.title, seriesText(step.series), stage)] : [];
  });
}
