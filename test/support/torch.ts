// Whether Python with PyTorch is installed. Tests that need it are skipped with a message if it is not.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Precision } from "../../compiler/index.js";
import type { Engine } from "../../runtime/engines/index.js";
import { createTorch } from "../../runtime/engines/torch/engine.js";
import { pythonCommand } from "../../runtime/python.js";

const find = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)";

export const python = pythonCommand();
export const hasTorch = spawnSync(python, ["-c", find]).status === 0;

/** The torch engine with attention as on a CUDA device. */
export function openTorchAsOnCuda(precision: Precision): Promise<Engine> {
  return asOnCuda(() => createTorch({ threads: 1, backend: "cpu", precision }));
}

/** Runs Python's scripts with CUDA's attention kernels emulated on the CPU. */
export const cudaAttention = join(import.meta.dirname, "cuda_attention.py");

/** Calls a function with PyTorch's attention as on a CUDA device. */
export async function asOnCuda<T>(work: () => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "vlmo-python-"));
  const command = join(folder, "python");
  writeFileSync(command, `#!/bin/sh\nexec ${quoted(python)} ${quoted(cudaAttention)} "$@"\n`, { mode: 0o755 });
  const before = process.env["VLMO_PYTHON"];
  process.env["VLMO_PYTHON"] = command;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env["VLMO_PYTHON"];
    else process.env["VLMO_PYTHON"] = before;
    rmSync(folder, { recursive: true });
  }
}

/** Quoted for a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** PyTorch processes that train together, started as by torchrun. */
export async function openTorchRanks(ranks: number): Promise<Engine[]> {
  const port = await freePort();
  const opening = Array.from({ length: ranks }, (_, rank) => {
    Object.assign(process.env, { RANK: String(rank), WORLD_SIZE: String(ranks), LOCAL_RANK: String(rank) });
    Object.assign(process.env, { MASTER_ADDR: "127.0.0.1", MASTER_PORT: String(port) });
    // The environment is read before the call returns its promise.
    return createTorch({ threads: 1, backend: "cpu", shares: true });
  });
  for (const name of ["RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"]) delete process.env[name];
  return Promise.all(opening);
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

if (!hasTorch) {
  console.log("skipped: the torch engine (no Python with PyTorch; VLMO_PYTHON names another)");
}
