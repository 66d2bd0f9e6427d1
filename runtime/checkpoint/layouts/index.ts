// The layouts that checkpoints can be imported from and exported to, by name.
import { beit, huggingfaceBeit } from "./beit.js";
import type { Layout } from "./layout.js";
import { vlmoTs } from "./ours.js";
import { vlmo } from "./vlmo.js";

/** By the name that `--layout` takes. */
export const layouts = {
  vlmo,
  beit,
  huggingface_beit: huggingfaceBeit,
  vlmo_ts: vlmoTs,
} as const satisfies Readonly<Record<Layout["name"], Layout>>;
export type { Layout, LayoutContext, Target } from "./layout.js";
