// The role tree as paths and layers, as selectors and messages name it.
import type { Role } from "../spec/parameters.js";

/** The path of a role in the tree: `experts.vision`, `embed.image`. */
export function rolePath(role: Role): string {
  if (role.part === "experts") return `experts.${role.expert}`;
  if (role.part === "heads") return `heads.${role.head}`;
  return role.part;
}

/** The layer a role belongs to, or null. */
export function roleLayer(role: Role): number | null {
  return "layer" in role ? role.layer : null;
}
