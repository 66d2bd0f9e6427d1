// Guarantees of the torch engine beyond its results: stable handles, and errors for everything that can be missing or fail
// between the two processes. A stub replaces Python for failures.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, unlinkSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Engine } from "../../../../runtime/engines/index.js";
import { startWorker } from "../../../../runtime/engines/torch/worker.js";
import { createTorch } from "../../../../runtime/engines/torch/engine.js";
import { float32, int32 } from "../../../../runtime/tensor.js";
import { hasTorch, python } from "../../../support/torch.js";
import { testHandles } from "../../../support/handles.js";

const options = { threads: 1, backend: "cpu" };
const worker = join(import.meta.dirname, "../../../../runtime/engines/torch/worker.py");

describe.skipIf(!hasTorch)("the torch engine", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTorch(options);
  }, 60_000);
  afterAll(() => engine.dispose());

  test("describes its runtime", () => {
    expect(engine.description).toMatch(/^torch 2\.\d+\S* \(cpu, 1 thread\)$/);
  });

  test("refuses TensorFloat-32 without tensor cores", async () => {
    await expect(createTorch({ ...options, precision: "tf32" })).rejects.toMatchObject({
      code: "V994",
      message: "the engine `torch` on the CPU does not compute in `tf32`",
    });
  });

  test("accepts a slice of an array", async () => {
    const handle = engine.create(float32([2], Float32Array.of(0, 1, 2).subarray(1)));
    expect([...(await engine.read(handle)).data]).toEqual([1, 2]);
  });

  test("transfers empty and large tensors", async () => {
    const many = Int32Array.from({ length: 300_000 }, (_, i) => i);
    for (const tensor of [int32([0, 3], new Int32Array()), int32([300_000], many)]) {
      expect((await engine.read(engine.create(tensor))).data).toEqual(tensor.data);
    }
  });

  test("skips runs queued behind a failure, and can still read tensors", async () => {
    const ways = {
      threads: 1,
      precision: "float32",
      shares: false,
      compile: false,
      compiling: () => undefined,
    } as const;
    const { ask, close } = await startWorker("cpu", ways);
    const body = new Uint8Array(Float32Array.of(7).buffer);
    const run = { program: 1, inputs: [], into: [], outputs: [] };
    const asked = [
      ask("create", { id: 1, dtype: "float32", shape: [1] }, { body }),
      ask("run", run),
      ask("run", run),
      ask("read", { id: 1 }),
    ] as const;
    const answers = await Promise.allSettled(asked);
    expect(answers.map((each) => (each.status === "rejected" ? String(each.reason) : "done"))).toEqual([
      "done",
      expect.stringContaining("KeyError"),
      expect.stringContaining("not run after what failed before"),
      "done",
    ]);
    await expect(ask("run", run)).rejects.toThrow("KeyError");
    close();
  });

  test("ends with its parent process, even if its pipes stay open", async () => {
    const start = `
      const worker = require("node:child_process").spawn(${JSON.stringify(python)}, [${JSON.stringify(worker)}, "cpu", "1", "float32"], {
        stdio: "inherit",
      });
      worker.on("exit", () => process.exit(3));`;
    // A FIFO opened for reading and writing never reaches its end.
    const endless = join(tmpdir(), `vlmo-endless-${process.pid}`);
    execFileSync("mkfifo", [endless]);
    const requests = openSync(endless, "r+");
    const parent = spawn(process.execPath, ["-e", start], { stdio: [requests, "pipe", "ignore"] });
    // The worker sends a greeting when ready; its end closes the shared pipe.
    const greetings = parent.stdout ?? process.stdin;
    await once(greetings, "data");
    const closed = once(greetings, "close");
    parent.kill("SIGKILL");
    await closed;
    closeSync(requests);
    unlinkSync(endless);
  }, 60_000);

  testHandles(() => engine);
});

describe("the torch engine with a stub of Python", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "vlmo-torch-"));
  });
  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => rm(folder, { recursive: true }));

  /** Replaces Python by a stub; `answer(head, body)` writes a frame as worker.py does, one per request. */
  async function inItsPlace(program: string): Promise<void> {
    const answer = `let number = 0; const answer = (told, body = "") => {
      const head = told.includes("compiling") ? told : JSON.stringify({ number: number++, ...JSON.parse(told) });
      const lengths = Buffer.alloc(16);
      lengths.writeBigUInt64LE(BigInt(head.length)); lengths.writeBigUInt64LE(BigInt(body.length), 8);
      process.stdout.write(Buffer.concat([lengths, Buffer.from(head), Buffer.from(body)]));
    };`;
    const script = join(folder, "python.cjs");
    await writeFile(script, `#!${process.execPath}\n${answer}\n${program}\n`);
    await chmod(script, 0o755);
    vi.stubEnv("VLMO_PYTHON", script);
  }

  test("reports a missing Python", async () => {
    vi.stubEnv("VLMO_PYTHON", join(folder, "nowhere"));
    await expect(createTorch(options)).rejects.toMatchObject({
      code: "V966",
      message: expect.stringMatching(
        /^the engine `torch` cannot be used here: .*nowhere` does not start: it does not exist$/,
      ),
      help: expect.stringContaining("VLMO_PYTHON"),
    });
  });

  test.each([
    {
      title: "lacks PyTorch",
      program: `answer('{"missing": "No module named torch"}')`,
      says: "No module named torch",
    },
    {
      title: "exits at once",
      program: `console.error("boom"); process.exit(3)`,
      says: "Python ended (exit code 3): boom",
    },
    {
      title: "finds no GPU",
      program: `answer('{"missing": "PyTorch 2 finds no CUDA device", "lacks": "cuda"}')`,
      says: "PyTorch 2 finds no CUDA device",
      help: "leave out --backend, write --backend cpu, or install a PyTorch for this machine's driver",
    },
    {
      title: "finds no compiler",
      program: `answer('{"missing": "PyTorch 2 does not find a C++ compiler", "lacks": "compiler"}')`,
      says: "PyTorch 2 does not find a C++ compiler",
      help: expect.stringMatching(/^install a C\+\+ compiler .*, or leave out --compile$/),
    },
  ])("reports a Python that $title", async ({ program, says, help = expect.stringContaining("vlmo setup torch") }) => {
    await inItsPlace(program);
    await expect(createTorch(options)).rejects.toMatchObject({
      code: "V966",
      help,
      message: expect.stringMatching(new RegExp(`python\\.cjs: ${says.replace(/[()+]/g, String.raw`\$&`)}$`)),
    });
  });

  test("reports the progress of compiling between answers", async () => {
    await inItsPlace(
      `${greet} process.stdin.once("data", () => { answer('{"compiling": {"program": "step", "done": 1}}'); answer("{}"); answer("{}"); });`,
    );
    const heard: unknown[] = [];
    const engine = await createTorch({ ...options, compile: true, compiling: (news) => heard.push(news) });
    await engine.read(engine.create(float32([1])));
    expect(heard).toEqual([{ program: "step", done: 1 }]);
    engine.dispose();
  });

  const greet = `answer('{"version": "2", "device": "cpu", "detail": "1 thread"}');`;

  test("rejects the next awaited request if one without an answer fails", async () => {
    await inItsPlace(
      `${greet} process.stdin.once("data", () => { answer('{"error": "out of memory"}'); answer("{}"); });`,
    );
    const engine = await createTorch(options);
    const handle = engine.create(float32([1]));
    await expect(engine.read(handle)).rejects.toMatchObject({
      code: "V936",
      message: "the engine `torch` failed: out of memory",
    });
    engine.dispose();
  });

  test("rejects pending and later requests if Python dies", async () => {
    await inItsPlace(`${greet} process.stdin.once("data", () => process.kill(process.pid, "SIGKILL"));`);
    const engine = await createTorch(options);
    const handle = engine.create(float32([1]));
    for (let i = 0; i < 2; i++) {
      await expect(engine.read(handle)).rejects.toMatchObject({
        code: "V936",
        message: "the engine `torch` failed: Python ended (SIGKILL)",
      });
    }
    engine.dispose();
  });

  test("reports a Python without the requested backend", async () => {
    await expect(createTorch({ threads: 1, backend: "wasm" })).rejects.toMatchObject({
      message: "the engine `torch` cannot be used here: it has no backend `wasm`",
      help: "choose one of cpu, cuda; `--engine tfjs` has it",
    });
  });
});
