// `vlmo doctor`: engines that work, are missing, or crash their process.
import { describe, expect, it } from "vitest";
import { examine, subjectsOf } from "../../../runtime/doctor/examine.js";
import { probe } from "../../../runtime/doctor/probe.js";
import { vlmo } from "../cli/command.js";
import { inProcess } from "../cli/in-process.js";

const ort = { engine: "ort", backend: null } as const;
const node = (program: string): string[] => [process.execPath, "-e", program];

it("measures the matmul speed of a working engine", async () => {
  const { gflops, ...finding } = await probe({ engine: "reference", backend: null, threads: 1 });
  expect(finding).toEqual({
    engine: "reference",
    backend: null,
    works: true,
    detail: expect.stringContaining("reference"),
    help: null,
  });
  expect(gflops).toBeGreaterThan(0);
});

describe("a probe process that fails", () => {
  it.each([
    { title: "a crash", program: "process.kill(process.pid, 'SIGSEGV')", says: "its process ended as it started (SIGSEGV)" },
    { title: "an early exit", program: "process.exit(70)", says: "its process ended as it started (exit code 70)" },
  ])("is reported: $title", async ({ program, says }) => {
    const finding = await examine(ort, node(program));
    expect(finding).toMatchObject({ ...ort, works: false, detail: says, gflops: null });
    expect(finding.help).toContain("vlmo doctor --engine ort --debug");
  }); // prettier-ignore
});

it("probes every backend of every engine, the default engine first", () => {
  const all = subjectsOf(null);
  expect(all[0]?.engine).toBe("ort");
  expect(all).toContainEqual({ engine: "torch", backend: "cuda" });
  expect(all).toContainEqual({ engine: "reference", backend: null });
  expect(subjectsOf("torch").map(({ backend }) => backend)).toEqual(["cpu", "cuda"]);
});

describe("vlmo doctor", () => {
  it("reports whether each engine works here, with a remedy if not", async () => {
    const { exit, stdout } = await vlmo(["doctor", "--threads", "1"], {
      environment: { VLMO_PYTHON: "no-such-python" },
    });
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^vlmo \d+\.\d+\.\d+ on Node \d+/);
    expect(stdout).toMatch(/^ort .* ✓ {2}\S+ GFLOP\/s +ort \d/m);
    expect(stdout).toMatch(/^tfjs +wasm +✓/m);
    expect(stdout).toMatch(
      /^torch +cpu +– +`no-such-python` does not start: it does not exist\n +→ run `vlmo setup torch`/m,
    );
    expect(stdout).not.toMatch(/[^ ] +$|internal/m);
  });

  it("probes a single engine, also with --json", async () => {
    const { exit, stdout } = await vlmo(["doctor", "--engine", "reference", "--json"]);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ engine: "reference", backend: null, works: true });
  });

  it.each([
    { args: ["--backend", "cuda"], exit: 2, says: "--backend cuda is of no engine" },
    { args: ["--engine", "torch", "--backend", "tpu"], exit: 1, says: "it has no backend `tpu`" },
    { args: ["--engine", "jax"], exit: 2, says: "Allowed choices are ort, tfjs, torch, reference" },
  ])("refuses $args", async ({ args, exit, says }) => {
    const outcome = await inProcess(["doctor", ...args]);
    expect(outcome.exit).toBe(exit);
    expect(outcome.stderr).toContain(says);
  });
});
