// The layouts that checkpoints can be imported from and exported to, by name.
import { beit } from "./beit.js";
import { single, type Layout } from "./layout.js";
import { vlmo } from "./vlmo.js";

/** Our own names: one key for one parameter, of the same name and shape. */
const vlmoTs: Layout = {
  name: "vlmo_ts",
  map: (targets) => ({ mappings: targets.map((target) => single(target, target.name)), fresh: [], unmapped: [] }),
  ignored: () => undefined,
};

export const layouts = { vlmo, beit, vlmo_ts: vlmoTs } as const satisfies Readonly<Record<Layout["name"], Layout>>;
export type { Layout, LayoutContext, Target } from "./layout.js";
