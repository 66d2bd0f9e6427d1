// The reference target: every composite is expanded, so that its engine has to implement only primitives.
import type { Target } from "./target.js";

/** No composite stays whole. */
export const reference: Target = { native: new Set() };
