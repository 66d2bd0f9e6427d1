// A run of `vlmo train --json` as a process, with its reported steps.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/bundle/main.js", import.meta.url));

/** Starts the run and kills it after `deadline`. `over` resolves to its end, its number of steps and its last position. */
export function start(words, { cwd, deadline }) {
  const child = spawn(process.execPath, [main, ...words], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const heard = [];
  let [steps, at, stderr] = [0, null, ""];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const entry = entryOf(line);
    if (entry?.kind !== "step") return;
    steps += 1;
    at = entry;
    for (const hear of heard) hear(steps);
  });
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const timer = setTimeout(() => {
    stderr += "the time is up (--minutes)";
    child.kill("SIGKILL");
  }, deadline - performance.now());
  const over = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exit, by) => {
      clearTimeout(timer);
      resolve({ exit, by, steps, at, stderr });
    });
  });
  return { over, kill: (signal) => child.kill(signal), onStep: (hear) => heard.push(hear) };
}

/** Ignores a line that a killed process did not finish. */
function entryOf(line) {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
