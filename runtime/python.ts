// The Python that engines use beside Node, and the virtual environment that `vlmo setup` makes for them.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where `vlmo setup` installs: VLMO_HOME, else `.vlmo` in the user's own folder. */
export function setupFolder(): string {
  return process.env["VLMO_HOME"] ?? join(homedir(), ".vlmo");
}

/** The Python of the virtual environment in `folder`, whether or not it exists. */
export function pythonIn(folder: string): string {
  return process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
}

/** The virtual environment of `vlmo setup`, whether or not it exists. */
export function environmentFolder(): string {
  return join(setupFolder(), "python");
}

/** What starts Python: VLMO_PYTHON, else what `vlmo setup` has made, else `python3`. */
export function pythonCommand(): string {
  const ours = pythonIn(environmentFolder());
  return process.env["VLMO_PYTHON"] ?? (existsSync(ours) ? ours : "python3");
}
