// The one door of the compiler.
export { sizeOf, sameShape, typeText, type Dtype, type Shape, type TensorType } from "./ir/types.js";
export type * from "./spec/spec.js";
export { parametersOf, imageTokens, patchesPerSide, relativeRows, type ParameterSpec, type Role, type Initial } from "./spec/parameters.js";
