// ONNX Runtime reports to its maker what it runs: it keeps events under the home folder, looks up a host and leaves a log
// among the temporary files, unless a variable of the process forbids it before the library loads. Here it always does.
import { isMainThread } from "node:worker_threads";
import { OrtError } from "./error.js";

const variable = "ORT_DISABLE_TELEMETRY";

/** Sets a variable of the process, which libraries see. */
export type SetVariable = (name: string, value: string) => void;

/**
 * Forbids it to a library that is yet to load. Other threads than the main one only have a copy of the environment and
 * need `setVariable`; without it throws OrtError `engine/library-missing` there.
 */
export function forbidTelemetry(setVariable: SetVariable | null): void {
  process.env[variable] = "1";
  if (isMainThread) return;
  if (setVariable === null) {
    throw new OrtError("engine/library-missing", "on this thread ONNX Runtime cannot be kept from reporting its use", {
      remedy: "Open the engine on the main thread, where it can, or choose another engine.",
    });
  }
  setVariable(variable, "1");
}
