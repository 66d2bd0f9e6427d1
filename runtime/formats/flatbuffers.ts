// Reads FlatBuffers, the encoding of Arrow's messages (flatbuffers.dev, "Internals"): a table finds its fields by number in a
// table of offsets before it. Offsets outside the bytes throw a RangeError.

/** A table. A field that is left out reads as 0, empty or undefined. */
export class FlatTable {
  constructor(
    private readonly view: DataView,
    private readonly at: number,
  ) {}

  /** The root table of a buffer. */
  static root(bytes: Buffer): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  private field(number: number): number | undefined {
    const offsets = this.at - this.view.getInt32(this.at, true);
    const slot = 4 + 2 * number;
    const offset = slot < this.view.getUint16(offsets, true) ? this.view.getUint16(offsets + slot, true) : 0;
    return offset === 0 ? undefined : this.at + offset;
  }

  uint8(number: number): number {
    const at = this.field(number);
    return at === undefined ? 0 : this.view.getUint8(at);
  }

  int32(number: number): number {
    const at = this.field(number);
    return at === undefined ? 0 : this.view.getInt32(at, true);
  }

  int16(number: number): number {
    const at = this.field(number);
    return at === undefined ? 0 : this.view.getInt16(at, true);
  }

  int64(number: number): number {
    const at = this.field(number);
    return at === undefined ? 0 : numberAt(this.view, at);
  }

  table(number: number): FlatTable | undefined {
    const at = this.field(number);
    return at === undefined ? undefined : new FlatTable(this.view, at + this.view.getUint32(at, true));
  }

  text(number: number): string {
    const { start, length } = this.vector(number);
    return Buffer.from(this.view.buffer, this.view.byteOffset + start, length).toString("utf8");
  }

  tables(number: number): FlatTable[] {
    const { start, length } = this.vector(number);
    return Array.from({ length }, (_, i) => {
      const at = start + 4 * i;
      return new FlatTable(this.view, at + this.view.getUint32(at, true));
    });
  }

  /** A vector of structs of `bytes` bytes, each as the 64-bit integers in it. */
  structs(number: number, bytes: number): number[][] {
    const { start, length } = this.vector(number);
    const numbers = Array.from({ length: bytes / 8 }, (_, i) => 8 * i);
    return Array.from({ length }, (_, i) => numbers.map((offset) => numberAt(this.view, start + bytes * i + offset)));
  }

  private vector(number: number): { readonly start: number; readonly length: number } {
    const at = this.field(number);
    if (at === undefined) return { start: 0, length: 0 };
    const start = at + this.view.getUint32(at, true);
    const length = this.view.getUint32(start, true);
    if (length > this.view.byteLength) throw new RangeError(`a list of ${length} entries`);
    return { start: start + 4, length };
  }
}

function numberAt(view: DataView, at: number): number {
  return Number(view.getBigInt64(at, true));
}
