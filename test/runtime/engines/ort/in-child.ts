// What the lines that child.ts runs see.
export { createSession } from "../../../../runtime/engines/ort/session.js";
export { chain, options, zeros } from "./models.js";
