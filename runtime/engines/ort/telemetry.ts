// ONNX Runtime sends telemetry to its maker: it keeps events in the home folder, resolves a host and writes a log to the
// temporary folder, unless an environment variable disables that before the library loads. Here it is always disabled.
import { isMainThread } from "node:worker_threads";
import { OrtError } from "./error.js";

const variable = "ORT_DISABLE_TELEMETRY";

/** Sets an environment variable that native libraries see. */
export type SetVariable = (name: string, value: string) => void;

/**
 * Disables telemetry of a library that is not loaded yet. Threads other than the main one have a copy of the environment and
 * need `setVariable`; without it, it throws OrtError `engine/library-missing` there.
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
