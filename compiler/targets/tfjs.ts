// The tfjs target: composites that are one kernel on every backend of tfjs stay whole. (`_FusedMatMul` would be
// `linear`, but tfjs-wasm 4.22 adds its bias wrongly, and the other backends run it as two kernels anyway.)
import type { Target } from "./target.js";

/** Composites that stay whole for tfjs. */
export const tfjs: Target = { native: new Set(["softmax", "conv2d"]) };
