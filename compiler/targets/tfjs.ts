// The tfjs target: what tfjs has as one kernel on every backend stays whole.
import type { Target } from "./target.js";

export const tfjs: Target = { name: "tfjs", native: new Set(["softmax"]) };
