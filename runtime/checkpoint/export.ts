// Our parameters under the keys of a foreign layout: the inverse of importing. Makes tensors, writes no file.
import { sizeOf } from "../../compiler/index.js";
import type { Tensor, Tensors } from "../tensor.js";
import type { Layout, LayoutContext } from "./layouts/index.js";
import { reshaped, type Mapping } from "./layouts/layout.js";

/** Parameters in a foreign layout. */
export interface Exported {
  /** By the layout's keys, in the layout's shapes. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /**
   * Parameters that the layout cannot hold, or only partly: without a key, with surplus elements, or with a key that is taken.
   */
  readonly left: readonly { readonly name: string; readonly reason: string }[];
}

/** Converts every parameter that `layout` has keys for. Buffers that the original computes from its sizes are not written. */
export function exportCheckpoint(parameters: Tensors, layout: Layout, context: LayoutContext): Exported {
  const targets = [...parameters].map(([name, { shape }]) => ({ name, shape }));
  const map = layout.map(targets, context, (key) => layout.writes(key));
  const tensors = new Map<string, Tensor>();
  const left = [...map.unmapped, ...map.fresh.map(({ target }) => target)].map(({ name }) => ({
    name,
    reason: `the layout \`${layout.name}\` has no key for it`,
  }));
  for (const mapping of map.mappings) {
    const { target, parts } = mapping;
    const tensor = parameters.get(target.name);
    const [part] = parts;
    if (tensor === undefined || part === undefined) throw new Error(`internal: \`${target.name}\` maps to nothing`);
    if (tensors.has(part.key)) left.push({ name: target.name, reason: `another parameter is \`${part.key}\`` });
    else partsOf(tensor, mapping).forEach((each, i) => tensors.set(parts[i]?.key ?? "", each));
    const room = parts.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    if (room < tensor.data.length)
      left.push({ name: target.name, reason: `the layout has room for ${room} of its ${tensor.data.length} numbers` });
  }
  return { tensors, left };
}

function partsOf(tensor: Tensor, { parts, joint }: Mapping): Tensor[] {
  const shapes = parts.map(({ shape }) => shape);
  return joint?.divide(tensor, shapes) ?? shapes.map((shape) => reshaped(tensor, shape));
}
