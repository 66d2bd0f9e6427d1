// No positions.
import { z } from "zod";
import { positionRule } from "./position.js";

/** Without positions attention treats the tokens as a set. */
export const none = positionRule({
  kind: "none",
  doc: "No positions: tokens are a set.",
  positional: [],
  schema: z.object({}),
  make: () => ({ kind: "none" }),
  parameters: () => [],
  tables: {},
  embedding: () => null,
  bias: () => null,
  biasElements: () => 0,
  fitting: () => ({}),
  text: () => "none",
});
