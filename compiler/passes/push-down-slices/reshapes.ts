// Boxes through reshapes: which box of the input corresponds to a box of the output.
import { sizeOf, type Shape } from "../../ir/types.js";
import { at } from "../../ops/op.js";
import { all, covers, lengthOf, type Range } from "./region.js";

/** A box of the output and the box of the input with the same elements in the same order. */
export interface Boxes {
  readonly output: readonly Range[];
  readonly input: readonly Range[];
}

/** The smallest box that encloses `box` and is also a box of the input. */
export function boxThroughReshape(input: Shape, output: Shape, box: readonly Range[]): Boxes {
  const boxes: { output: Range[]; input: Range[] } = { output: [], input: [] };
  for (const group of groups(input, output)) {
    const asked = box.slice(boxes.output.length, boxes.output.length + group.output.length);
    const found = throughGroup(group.input, group.output, asked);
    boxes.output.push(...(found === null ? group.output.map(all) : asked));
    boxes.input.push(...(found ?? group.input.map(all)));
  }
  return boxes;
}

interface Group {
  readonly input: Shape;
  readonly output: Shape;
}

/** Splits both shapes into the shortest groups of axes with equal numbers of elements. */
function groups(input: Shape, output: Shape): Group[] {
  const result: Group[] = [];
  let [i, o] = [0, 0];
  while (i < input.length || o < output.length) {
    const group: { input: number[]; output: number[] } = { input: [], output: [] };
    do {
      const [a, b] = [sizeOf(group.input), sizeOf(group.output)];
      const takeInput = group.output.length > 0 && a < b;
      if ((takeInput || group.input.length === 0) && i < input.length) group.input.push(at(input, i++));
      if (!takeInput && o < output.length) group.output.push(at(output, o++));
    } while (sizeOf(group.input) !== sizeOf(group.output));
    result.push(group);
  }
  return result;
}

function throughGroup(input: Shape, output: Shape, box: readonly Range[]): Range[] | null {
  const run = flat(output, box);
  return run === null ? null : unflat(input, run);
}

/** The box as a contiguous range of elements in row-major order; null if it is not contiguous. */
function flat(shape: Shape, box: readonly Range[]): Range | null {
  const cut = box.findIndex((range) => lengthOf(range) !== 1);
  const rest = cut < 0 ? [] : box.slice(cut + 1);
  if (!rest.every((range, i) => covers(range, at(shape, cut + 1 + i)))) return null;
  const start = box.reduce((sum, range, i) => sum + range.start * sizeOf(shape.slice(i + 1)), 0);
  return { start, end: start + sizeOf(box.map(lengthOf)) };
}

/**
 * A contiguous range of elements as a box: one index in the first axes, a range in the next, all of the others; null if
 * it is none.
 */
function unflat(shape: Shape, { start, end }: Range): Range[] | null {
  for (let axis = 0; axis < shape.length; axis++) {
    const stride = sizeOf(shape.slice(axis + 1));
    const line = stride * at(shape, axis);
    const fits =
      start % stride === 0 && end % stride === 0 && Math.floor(start / line) === Math.floor((end - 1) / line);
    if (!fits) continue;
    return shape.map((size, i) => {
      if (i > axis) return all(size);
      const index = Math.floor(start / sizeOf(shape.slice(i + 1))) % size;
      return { start: index, end: i < axis ? index + 1 : index + (end - start) / stride };
    });
  }
  return shape.length === 0 ? [] : null;
}
