// The reference target: every composite is expanded, so that its engine has only primitives to get right.
import type { Target } from "./target.js";

/** Nothing is left whole. */
export const reference: Target = { native: new Set() };
