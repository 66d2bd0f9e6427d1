// Small pictures of items for display: uncropped, with their aspect ratio, in formats of browsers.
import sharp from "sharp";
import type { ImageSource } from "../sources/data-set.js";
import { laidOutImage } from "./image.js";
import { reported } from "./open-image.js";
import { withAttributes } from "./svg.js";

/** The bytes of a file, and its extension. */
export interface Thumbnail {
  readonly bytes: Uint8Array;
  readonly ending: "png" | "jpg";
}

/** Computed pixels, row by row from the top, channels last. */
export interface PixelSource {
  readonly kind: "pixels";
  readonly key: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly bytes: Uint8ClampedArray;
}

/** The picture with a longer side of `side` pixels: photographs as JPEG, others as PNG. Throws V917. */
export async function thumbnail(source: ImageSource | PixelSource, side: number): Promise<Thumbnail> {
  if (source.kind === "drawing") {
    const svg = withAttributes(source.svg, { width: side, height: side });
    return { bytes: await sharp(Buffer.from(svg)).png({ palette: true }).toBuffer(), ending: "png" };
  }
  if (source.kind === "pixels") {
    const { bytes, width, height, channels } = source;
    const image = sharp(bytes, { raw: { width, height, channels: channels === 3 || channels === 4 ? channels : 1 } });
    return { bytes: await image.resize(side, side, { fit: "inside" }).png().toBuffer(), ending: "png" };
  }
  return reported(source, async () => {
    const image = (await laidOutImage(source, 3)).resize(side, side, { fit: "inside", withoutEnlargement: true });
    return { bytes: await image.jpeg({ quality: 80 }).toBuffer(), ending: "jpg" };
  });
}
