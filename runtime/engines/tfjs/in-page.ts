// The tfjs engine in a browser, on WebAssembly. The page serves its modules from a folder.
import type { Engine } from "../engine.js";
import { tfjsOn } from "./engine.js";

/** Opens the engine; `folder` ends in a slash. Rejects if the browser has no WebAssembly. */
export async function openInPage(folder: string): Promise<Engine> {
  const core = await import("@tensorflow/tfjs-core");
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(folder);
  core.enableProdMode();
  if (!(await core.setBackend("wasm"))) throw new Error("this browser does not start WebAssembly");
  const threads = await wasm.getThreadsCount();
  const description = `tfjs ${core.version_core} (wasm, ${threads} ${threads === 1 ? "thread" : "threads"})`;
  return tfjsOn({ core, id: "wasm", description, busyThreads: threads });
}
