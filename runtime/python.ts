// The Python that engines use beside Node, and the virtual environments that `vlmo setup` makes for them.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where `vlmo setup` installs: VLMO_HOME, else `.vlmo` in the user's own folder. */
function setupFolder(): string {
  return process.env["VLMO_HOME"] ?? join(homedir(), ".vlmo");
}

/** The Python of the virtual environment in `folder`, whether or not it exists. */
export function pythonIn(folder: string): string {
  return process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
}

/** The virtual environment that `vlmo setup` makes for one library, whether or not it exists. */
export function environmentOf(library: "torch" | "tensorflow"): string {
  return join(setupFolder(), library);
}

/** Where PyTorch keeps what it compiles, between runs: TORCHINDUCTOR_CACHE_DIR, else a folder beside the environments. */
export function compiledFolder(): string {
  return process.env["TORCHINDUCTOR_CACHE_DIR"] ?? join(setupFolder(), "compiled");
}

/** What starts the Python of the engine torch: VLMO_PYTHON, else what `vlmo setup torch` has made, else `python3`. */
export function pythonCommand(): string {
  const ours = pythonIn(environmentOf("torch"));
  return process.env["VLMO_PYTHON"] ?? (existsSync(ours) ? ours : "python3");
}
