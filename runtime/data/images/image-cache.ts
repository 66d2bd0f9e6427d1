// Decoded images by name, up to a bound of bytes. A drawing of few colours deflates to a tenth and inflates in a fraction of
// the time that drawing or decoding it again takes; a photograph does not, and is kept as it is.
import { deflateRawSync, inflateRawSync } from "node:zlib";

/** Images as bytes. Once the bound is reached nothing more is kept: what is kept stays valid. */
export interface ImageCache {
  /** The bytes kept under a name; not to be written to. */
  get(name: string): Uint8Array | undefined;
  keep(name: string, data: Uint8Array): void;
  /** Bytes held. */
  bytes(): number;
}

/** A cache of at most `bound` bytes; what does not fit is not kept, and nothing is put out for it. */
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
      // A copy: what zlib gives lies in a buffer of many times its size.
      const smaller = 2 * deflated.byteLength < data.byteLength ? Uint8Array.from(deflated) : data;
      full = bytes + smaller.byteLength > bound;
      if (full) return;
      kept.set(name, { data: smaller, size: data.byteLength });
      bytes += smaller.byteLength;
    },
    bytes: () => bytes,
  };
}
