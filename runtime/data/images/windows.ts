// Overlapping windows of an image, placed as by mmsegmentation's `slide_inference`: from the top left with a stride, the last
// ones moved back to the edge.
import type { WindowsSpec } from "../../../compiler/index.js";
import type { ImageSource, ImageWindow } from "../sources/data-set.js";
import { undecodable } from "./image-bytes.js";
import { MOST_PIXELS, sizeOfImage } from "./open-image.js";
import type { Extent } from "./raster.js";

/** Windows of `size` pixels, row by row. The image is scaled first, keeping its aspect ratio. Throws V917. */
export async function windowsOf(
  source: ImageSource,
  { stride, shortSide }: WindowsSpec,
  size: number,
): Promise<ImageWindow[]> {
  const scaled = await scaledSize(source, { shortSide, size });
  const columns = places(scaled.width, { size, stride });
  return places(scaled.height, { size, stride }).flatMap((top) =>
    columns.map((left) => ({ of: source.key, scaled, left, top })),
  );
}

/** A drawing has no size of its own: by default it has that of a window. */
async function scaledSize(
  source: ImageSource,
  { shortSide, size }: { readonly shortSide: number | null; readonly size: number },
): Promise<Extent> {
  const { width, height } = source.kind === "file" ? await sizeOfImage(source) : { width: size, height: size };
  const short = Math.min(width, height);
  const scale = Math.max(size, shortSide ?? short) / short;
  const scaled = { width: Math.round(width * scale), height: Math.round(height * scale) };
  if (source.kind === "file" && scaled.width * scaled.height > MOST_PIXELS) {
    const [across, down, most] = [scaled.width, scaled.height, MOST_PIXELS].map((each) => each.toLocaleString("en"));
    const reason = `scaled for its windows it has ${across} × ${down} pixels, more than the ${most} that are read`;
    throw undecodable(source, reason, "write a smaller `short_side`");
  }
  return scaled;
}

function places(length: number, { size, stride }: { readonly size: number; readonly stride: number }): number[] {
  const count = Math.ceil((length - size) / stride) + 1;
  return Array.from({ length: count }, (_, i) => Math.min(i * stride, length - size));
}
