// Shipped specifications whose pictures are tested.
import { readdirSync } from "node:fs";
import { isLong } from "../../support/long.js";

/** One of each kind; the others have the same parts. */
const quick = [
  "quickstart",
  "vlmo-large",
  "finetune/ade20k",
  "ablations/separate-attention",
  "examples/visual-tokens",
  "examples/captioning",
];

const all = readdirSync("specs", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".vlmo"))
  .map((name) => name.replace(/\.vlmo$/, ""))
  .toSorted();

/** Paths of the specifications. */
export const shipped: readonly string[] = (isLong ? all : quick).map((name) => `specs/${name}.vlmo`);
