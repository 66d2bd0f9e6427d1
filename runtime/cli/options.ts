// Options that several commands have, with the checks commander makes on them (a wrong value exits with 2).
import { InvalidArgumentError, Option } from "commander";
import type { EngineName } from "../../compiler/index.js";

export const engineNames = ["ort", "tfjs", "reference"] as const satisfies readonly EngineName[];

/** Options that choose an engine. */
export interface EngineChoice {
  readonly engine: EngineName;
  readonly backend?: string;
  readonly threads?: number;
}

export function setOption(): Option {
  return new Option("--set <name=value>", "replace the value of a `param` of the file (repeatable)")
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([], "none");
}

export function stageOption(what = "the stage (not needed where the file has one)"): Option {
  return new Option("--stage <name>", what);
}

export function engineOptions(): Option[] {
  return [
    new Option("--engine <name>", "what computes").choices(engineNames).default("ort"),
    new Option("--backend <name>", "backend of tfjs").choices(["cpu", "wasm", "node", "node-gpu"]),
    new Option("--threads <n>", "threads of the engine (default: all cores)").argParser(positive),
  ];
}

/** A whole number above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError("It should be a whole number above 0.");
  }
  return value;
}

/** `a,b` and repeated use, as one list. */
export function names(text: string, before: readonly string[] | undefined): readonly string[] {
  const more = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return [...(before ?? []), ...more];
}
