// Requests beyond the machine's memory are reported as user errors with the bytes needed.
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OrtError, rethrow } from "../../runtime/engines/ort/error.js";
import { mistakeOf } from "../../runtime/memory.js";
import { bytesOf, tooLarge } from "../../runtime/train/room.js";
import { pairStage } from "../compiler/passes/pair-stage.js";
import { vlmo } from "./cli/command.js";
import { tinySpec, workFolder } from "./cli/tiny.js";

const GIB = 2 ** 30;

function thrown(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing was thrown");
}

describe("an allocation that V8 refuses is a user error, other errors are internal:", () => {
  test.each([
    ["an array above the maximum length", () => new Float32Array(2 ** 53 - 1), /^this needs 33554432 GiB at once/],
    ["a buffer that cannot be allocated", () => new ArrayBuffer(2 ** 52), /^this needs more than can be had/],
    ["an array of invalid length", () => new Array(-1), /^this needs more than can be had/],
    ["a string that is too long", () => "x".repeat(2 ** 30), /^this needs more than can be had/],
  ])("%s", (_, action, message) => {
    const error = thrown(action) as RangeError;
    expect(mistakeOf(error)).toMatchObject({ code: "V987", message: expect.stringMatching(message), cause: error });
  });

  test("another RangeError is internal", () => {
    const error = thrown(() => (1).toFixed(200)) as RangeError;
    expect(mistakeOf(error)).toBe(error);
  });
});

test.each([
  ["Failed to allocate memory for requested buffer of size 249999982592", /^a run needs 233 GiB at once, and this/],
  ["std::bad_alloc", /^a run needs more than can be had, and this/],
])("ONNX Runtime's out-of-memory error is recognised: %s", (words, message) => {
  const error = new OrtError("engine/run-failed", `bfc_arena.cc:376 ${words}\n`, { remedy: "" });
  expect(thrown(() => rethrow(error))).toMatchObject({ code: "V987", message: expect.stringMatching(message) });
});

describe("the memory of a stage", () => {
  const stage = pairStage();

  test("is its parameters, plus gradients and two moments of the trained ones", () => {
    const frozen = bytesOf({ ...stage, trained: new Set() });
    const [one = ""] = stage.trained;
    expect(bytesOf(stage)).toBe(4 * frozen);
    expect(bytesOf({ ...stage, trained: new Set([one]) })).toBeGreaterThan(frozen);
  });

  test("is reported only if it does not fit", () => {
    expect(tooLarge(stage, bytesOf(stage))).toEqual([]);
    expect(tooLarge(stage, bytesOf(stage) - 1)).toMatchObject([{ code: "V987", span: stage.span }]);
    expect(tooLarge(stage, 16 * GIB)).toEqual([]);
  });
});

describe("on the command line", () => {
  let folder = "";
  beforeAll(async () => {
    const large = tinySpec.replace("width: 8", "width: 65536").replace("layers: 1", "layers: 40");
    folder = await workFolder({ "large.vlmo": large });
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("a stage larger than the machine is reported before anything is allocated", async () => {
    const { stderr, exit } = await vlmo(["train", "large.vlmo", "--out", "run"], { cwd: folder });
    expect(stderr).toMatch(
      /error\[V987\]: stage `first` needs [\d.]+ GiB for its parameters, gradients and optimizer state alone, and this machine has/,
    );
    expect(stderr).toMatch(/large\.vlmo:\d+:\d+/);
    expect(exit).toBe(1);
  });
});
