// A bounded cache of decoded images. A drawing of few colours deflates to a tenth, and inflates in a fraction of the time that
// rendering or decoding takes; photographs do not compress, and are kept as they are.
import { deflateRawSync, inflateRawSync } from "node:zlib";

/** Images as bytes. Nothing is evicted: once the bound is reached, new images are not cached. */
export interface ImageCache {
  /** The cached bytes; must not be modified. */
  get(name: string): Uint8Array | undefined;
  keep(name: string, data: Uint8Array): void;
  /** Bytes in the cache. */
  bytes(): number;
}

/** A cache of at most `bound` bytes; images that do not fit are not cached. */
export function createImageCache(bound: number): ImageCache {
  const kept = new Map<string, { readonly data: Uint8Array; readonly size: number }>();
  let bytes = 0;
  let full = false;
  return {
    get: (name) => {
      const found = kept.get(name);
      if (found === undefined) return undefined;
      const { data, size } = found;
      if (data.byteLength === size) return data;
      const { buffer, byteOffset, byteLength } = inflateRawSync(data, { maxOutputLength: size, chunkSize: size + 64 });
      return new Uint8Array(buffer, byteOffset, byteLength);
    },
    keep: (name, data) => {
      if (full || kept.has(name)) return;
      const deflated = deflateRawSync(data, { level: 1 });
      // Copied, since zlib's result is a view of a buffer many times as large.
      const smaller = 2 * deflated.byteLength < data.byteLength ? Uint8Array.from(deflated) : data;
      full = bytes + smaller.byteLength > bound;
      if (full) return;
      kept.set(name, { data: smaller, size: data.byteLength });
      bytes += smaller.byteLength;
    },
    bytes: () => bytes,
  };
}
