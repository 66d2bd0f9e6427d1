// Error reports: users' mistakes with a remedy, internal errors with how to report them.
import { describe, expect, test } from "vitest";
import { exits, reportFailure, UsageError } from "../../../runtime/cli/failure.js";
import { allOf, vlmoError } from "../../../runtime/errors/vlmo-error.js";
import { listen } from "./in-process.js";

describe("an internal error", () => {
  const bug = new Error("internal: a tensor went missing");

  test.each([
    { title: "shows no stack", args: [], environment: {}, stack: false },
    { title: "shows its stack with --debug", args: ["--debug"], environment: {}, stack: true },
    { title: "shows its stack with VLMO_DEBUG", args: [], environment: { VLMO_DEBUG: "1" }, stack: true },
  ])("$title and exits with 70", async ({ args, environment, stack }) => {
    const { text, session } = listen(args, environment);
    expect(await reportFailure(bug, session)).toBe(exits.internal);
    expect(text.stderr).toMatch(/^internal error: a tensor went missing\n/);
    expect(text.stderr).toContain("Please report it");
    expect(/\n\s+at /.test(text.stderr)).toBe(stack);
  });

  test("is JSON on stdout with --json", async () => {
    const { text, session } = listen(["--json"]);
    await reportFailure(bug, session);
    expect(JSON.parse(text.stdout)).toEqual({ errors: [{ code: "internal", message: bug.message }] });
  });
});

describe("a user's mistake", () => {
  test("has code, message and help", async () => {
    const { text, session } = listen([]);
    const error = vlmoError("V966", { engine: "tfjs", reason: "no wasm" });
    expect(await reportFailure(error, session)).toBe(exits.mistake);
    expect(text.stderr).toBe(
      "error[V966]: the engine `tfjs` cannot be used here: no wasm\n  = help: choose another with --engine: ort, tfjs, torch or reference\n",
    );
  });

  test("in data has file and line, and is followed by others found with it", async () => {
    const { text, session } = listen([]);
    const first = vlmoError("V914", { field: "text" }, { file: "a.jsonl", line: 3 });
    const second = vlmoError("V914", { field: "text" }, { file: "a.jsonl", line: 9 });
    await reportFailure(allOf([first, second]), session);
    expect(text.stderr.match(/--> a\.jsonl:\d/g)).toEqual(["--> a.jsonl:3", "--> a.jsonl:9"]);
  });

  test("on many lines is shown twenty times; JSON has all", async () => {
    const lines = Array.from({ length: 25 }, (_, i) =>
      vlmoError("V914", { field: "text" }, { file: "a.jsonl", line: i }),
    );
    const [shown, json] = [listen([]), listen(["--json"])];
    for (const { session } of [shown, json]) await reportFailure(allOf(lines), session);
    expect(shown.text.stderr.match(/error\[V914\]/g)).toHaveLength(20);
    expect(shown.text.stderr).toMatch(/\nand 5 more mistakes; --json has all of them\n$/);
    expect(JSON.parse(json.text.stdout)).toMatchObject({ errors: { length: 25 } });
  });

  test("in the command line exits with 2", async () => {
    const { text, session } = listen([]);
    expect(await reportFailure(new UsageError("both were given", "give one"), session)).toBe(exits.usage);
    expect(text.stderr).toBe("error: both were given\n  = help: give one\n");
  });
});

test("--json after -- is an argument, not an option", () => {
  expect(listen(["check", "--", "--json"]).session.json).toBe(false);
});
