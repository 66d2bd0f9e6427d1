// The role tree as paths and layers, as selectors and messages name it.
import type { Role } from "../spec/parameter.js";

/** The layer a role belongs to, or null. */
export function roleLayer(role: Role): number | null {
  return "layer" in role ? role.layer : null;
}
