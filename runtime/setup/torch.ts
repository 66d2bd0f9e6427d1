// `vlmo setup torch`: PyTorch in a virtual environment, which the engine finds without configuration.
import { installed, type Installation } from "./python-environment.js";
import type { Tell } from "./steps.js";

/** Installs PyTorch; returns the Python that has it. Rejects with V966. */
export async function setupTorch(how: Pick<Installation, "python" | "pip">, tell: Tell): Promise<string> {
  return installed({ ...how, engine: "torch", library: "torch", packages: ["torch"] }, tell);
}
