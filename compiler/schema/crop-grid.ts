// `crop_grid`, a key of every format that reads image files: boxes of an image that become the cells of a grid.
import { z } from "zod";
import { doc } from "./fields.js";
import { list, tuple } from "./lists.js";
import { most } from "./most.js";
import { count } from "./numbers.js";
import { section } from "./families.js";

const box = () =>
  tuple(["left", "top", "width", "height"], (name) =>
    count({ least: name === "width" || name === "height" ? 1 : 0, most: most.pixels }),
  );

const schema = z.object({
  boxes: doc(
    list(box(), { least: 1 }),
    "Parts of the image as [left, top, width, height] in its pixels, all of one size.",
  ),
  columns: doc(count({ most: most.pixels }), "Columns of the grid; it is filled row by row from the top left."),
});

/** The key and its documentation. */
export const cropGrid = {
  crop_grid: doc(
    section(schema).optional(),
    "Crops boxes from every image and arranges them as a grid, before it is made square: a film strip, or images side by side in one file.",
  ),
};

/** Reports boxes that do not form a grid, or a grid that is too large for memory. */
export function noGrid({ crop_grid: grid }: { readonly crop_grid?: z.output<typeof schema> | undefined }) {
  if (grid === undefined) return null;
  const { boxes, columns } = grid;
  const sizes = new Set(boxes.map(([, , width, height]) => `${width} × ${height}`));
  if (sizes.size > 1) return { key: "boxes", wanted: "boxes of one size", value: [...sizes].join(" and ") };
  if (columns > boxes.length)
    return { key: "columns", wanted: `at most ${boxes.length}, as many as there are boxes`, value: `${columns}` };
  const [, , width = 0, height = 0] = boxes[0] ?? [];
  const area = columns * Math.ceil(boxes.length / columns) * width * height;
  const wanted = `boxes of at most ${most.imagePixels} pixels in all`;
  return area <= most.imagePixels ? null : { key: "boxes", wanted, value: `${area}` };
}
