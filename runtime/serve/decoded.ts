// Images are decoded before their questions are batched with others, so that a broken one fails only its own request. Decoded
// images are held only while their questions are answered, and few at a time.
import type { ImageLoader, ImageSource } from "../data/index.js";
import { limiter } from "../limiter.js";

/** The image format of a model. */
export interface Seen {
  readonly size: number;
  readonly channels: 1 | 3 | 4;
}

/** An image loader that holds decoded images. */
export interface DecodedImages extends ImageLoader {
  /** Decodes images, and holds them during `work`. Throws V917. */
  holding<T>(images: readonly ImageSource[], work: () => Promise<T>): Promise<T>;
}

/** Holds images in the format `seen`, for at most `most` groups of questions about the same images. */
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
