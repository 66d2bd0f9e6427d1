// The one door of the compiler.
export { sizeOf, sameShape, typeText, type Dtype, type Shape, type TensorType } from "./ir/types.js";
