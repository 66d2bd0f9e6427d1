// Our parameters under a foreign layout's keys: the inverse of importing. Makes tensors, writes no file.
import type { Tensor, Tensors } from "../tensor.js";
import type { Layout, LayoutContext } from "./layouts/index.js";
import { reshaped } from "./layouts/layout.js";

/** Parameters in a foreign layout. */
export interface Exported {
  /** By the layout's keys, shaped as the layout has them. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Our parameters that the layout cannot hold: without a key, or whose key another one already took. */
  readonly left: readonly { readonly name: string; readonly reason: string }[];
}

/** Every parameter that `layout` has one key for. What is computed from sizes in the original is not written. */
export function exportCheckpoint(parameters: Tensors, layout: Layout, context: LayoutContext): Exported {
  const targets = [...parameters].map(([name, { shape }]) => ({ name, shape }));
  const map = layout.map(targets, context, () => true);
  const tensors = new Map<string, Tensor>();
  const left = [...map.unmapped, ...map.fresh.map(({ target }) => target)].map(({ name }) => ({
    name,
    reason: `the layout \`${layout.name}\` has no key for it`,
  }));
  for (const { target, parts, assemble } of map.mappings) {
    const tensor = parameters.get(target.name);
    const [part] = parts;
    if (tensor === undefined || part === undefined) throw new Error(`internal: \`${target.name}\` maps to nothing`);
    if (assemble !== undefined) left.push({ name: target.name, reason: "the layout splits it over several keys" });
    else if (tensors.has(part.key)) left.push({ name: target.name, reason: `another parameter is \`${part.key}\`` });
    else tensors.set(part.key, reshaped(tensor, part.shape));
  }
  return { tensors, left };
}
