// Samples of an image in memory: levels of red, green and blue, or the class numbers of a mask.

/** Samples of 8 or 16 bits. */
export type Values = Uint8Array | Uint16Array;

/** Row by row, those of a pixel side by side. */
export interface Raster<T extends Values = Uint8Array> {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: T;
}

/** Writes the pixels of a row from right to left into `out` from `offset`. */
export function reverse(row: Values, out: Values, offset: number, channels: number): void {
  for (let at = 0, to = offset + row.length - channels; at < row.length; at += channels, to -= channels) {
    for (let i = 0; i < channels; i++) out[to + i] = row[at + i] ?? 0;
  }
}

/** A square image, RGB or RGBA interleaved: uint8 [size, size, channels]. */
export interface Pixels {
  readonly size: number;
  readonly channels: 3 | 4;
  readonly data: Uint8Array;
}
