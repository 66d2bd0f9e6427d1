// Whether Python with PyTorch is here. What needs it is left out where it is not, and says so.
import { spawnSync } from "node:child_process";

const find = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)";

export const python = process.env["VLMO_PYTHON"] ?? "python3";
export const hasTorch = spawnSync(python, ["-c", find]).status === 0;
if (!hasTorch) {
  console.log("skipped: the numbers of the torch engine (no Python with PyTorch; VLMO_PYTHON names another)");
}
