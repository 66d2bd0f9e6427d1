// Images in memory: levels of red, green and blue, or the class indices of a mask.

/** Samples of 8 or 16 bits. */
export type Values = Uint8Array | Uint16Array;

/** Width and height in pixels. */
export interface Extent {
  readonly width: number;
  readonly height: number;
}

/** Row by row, channels last. */
export interface Raster<T extends Values = Uint8Array> extends Extent {
  readonly channels: number;
  readonly data: T;
}

/** A rectangle in an image: its corner and its size. */
export interface Region extends Extent {
  readonly left: number;
  readonly top: number;
}

/** A rectangle of an image or of a mask. */
export function part<T extends Values>(
  from: Raster<T>,
  { left, top, width, height }: Region,
  room: (length: number) => T,
): Raster<T> {
  const { channels } = from;
  const data = room(width * height * channels);
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * from.width + left) * channels;
    data.set(from.data.subarray(start, start + width * channels), row * width * channels);
  }
  return { width, height, channels, data };
}

/** Writes a row, mirrored, into `out` from `offset` on. */
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
