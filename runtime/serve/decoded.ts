// Images decoded before their questions are asked together with others, so that a broken one fails its own request alone.
// What is decoded is held for as long as its questions take, and few images are at a time.
import type { ImageLoader, ImageSource } from "../data/index.js";
import { limiter } from "../limiter.js";

/** How a model reads images. */
export interface Seen {
  readonly size: number;
  readonly channels: 1 | 3 | 4;
}

/** A loader of images that are held. */
export interface DecodedImages extends ImageLoader {
  /** Decodes images, and holds them while something is done with them. Throws V917. */
  holding<T>(images: readonly ImageSource[], work: () => Promise<T>): Promise<T>;
}

/** Holds images, as `seen`, of at most so many questions about the same ones. */
export function decodedImages(loader: ImageLoader, { size, channels }: Seen, most: number): DecodedImages {
  const held = new Map<ImageSource, Float32Array>();
  const limited = limiter(most);
  const decoded = async (source: ImageSource): Promise<void> => {
    const pixels = new Float32Array(channels * size ** 2);
    await loader.loadInto(pixels, { source, size, channels });
    held.set(source, pixels);
  };
  return {
    ...loader,
    holding: (images, work) =>
      limited(async () => {
        try {
          for (const image of images) await decoded(image);
          return await work();
        } finally {
          for (const image of images) held.delete(image);
        }
      }),
    loadInto: async (target, { source }) => {
      const pixels = held.get(source);
      if (pixels === undefined) throw new Error("internal: an image that is not held");
      target.set(pixels);
    },
  };
}
