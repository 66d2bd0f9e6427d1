// Properties of this machine that matter to engines.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { memoryHere } from "../memory.js";

/** The machine that this process runs on. */
export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  /** Bytes of memory available to this process. */
  readonly memory: number;
  /** Vector instruction sets of the CPU that speed up matrix products; null where the system does not list them. */
  readonly vectors: readonly string[] | null;
}

/** By the flag of Linux's /proc/cpuinfo. */
const vectorUnits: Readonly<Record<string, string>> = {
  avx2: "AVX2",
  avx512f: "AVX-512",
  avx512_bf16: "AVX-512 bfloat16",
  amx_bf16: "AMX bfloat16",
};

/** Queries the system without starting a process. */
export function machineHere(): Machine {
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    memory: memoryHere(),
    vectors: vectorsHere(),
  };
}

function vectorsHere(): string[] | null {
  const flags = /^flags\s*:(.*)$/m.exec(readOr("/proc/cpuinfo"))?.[1]?.split(" ");
  if (flags === undefined) return null;
  return Object.entries(vectorUnits).flatMap(([flag, name]) => (flags.includes(flag) ? [name] : []));
}

function readOr(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
