// The findings of `vlmo doctor` as text.
import { bytesText } from "../../compiler/front-end.js";
import type { Machine } from "../doctor/machine.js";
import type { Finding } from "../doctor/probe.js";
import type { Colours } from "./session.js";

/** The machine, and the Python that is used. */
export function machineLines(version: string, machine: Machine, python: string): string[] {
  const { node, platform, cores, memory, vectors } = machine;
  const units = vectors === null ? "" : ` (${vectors.length === 0 ? "no vector units" : vectors.join(", ")})`;
  return [
    `vlmo ${version} on Node ${node}, ${platform}`,
    `${cores} ${cores === 1 ? "core" : "cores"}${units}, ${bytesText(memory)} of memory`,
    `Python of the engine torch: ${python}`,
  ];
}

/** The heading of the findings. */
export const headLine = inColumns(["engine", "backend", " ", "products", "what runs"]);

/** A line, and a second one with a remedy where the engine does not work. */
export function findingLines({ engine, backend, works, detail, help, gflops }: Finding, colours: Colours): string[] {
  const mark = works ? colours.green("✓") : colours.yellow("–");
  const speed = gflops === null ? "" : `${gflops >= 10 ? Math.round(gflops) : gflops.toPrecision(2)} GFLOP/s`;
  const line = inColumns([engine, backend ?? "", mark, speed, detail]);
  return help === null ? [line] : [line, inColumns(["", "", " ", "", `${colours.cyan("→")} ${help}`])];
}

function inColumns([engine, backend, mark, speed, detail]: readonly [string, string, string, string, string]): string {
  return `${engine.padEnd(11)}${backend.padEnd(10)}${mark}  ${speed.padEnd(14)}${detail}`;
}
