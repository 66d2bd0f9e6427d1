// The tfjs target: what tfjs has as one kernel on every backend stays whole. (`_FusedMatMul` would be `linear`, but
// tfjs-wasm 4.22 adds its bias wrongly, and the other backends run it as two kernels anyway.)
import type { Target } from "./target.js";

/** What is left whole for tfjs. */
export const tfjs: Target = { native: new Set(["softmax", "conv2d"]) };
