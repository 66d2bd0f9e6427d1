// The scope of the code that child.ts runs.
export { createSession } from "../../../../runtime/engines/ort/session.js";
export { chain, options, zeros } from "./models.js";
