// The operands of a pickle's opcodes: numbers, lengths, texts.
import { damaged } from "./pickle-values.js";

/** Largest integer that is read, in bytes: 2,048 bits. */
const longBytes = 256;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** A cursor over the bytes. Reading past the end throws PickleError `damaged`. */
export class PickleInput {
  /** Position of the next byte. */
  at = 0;
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Skips `length` bytes and returns where they begin. */
  #skip(length: number): number {
    const begin = this.at;
    if (!(begin + length <= this.bytes.length)) throw damaged("its pickle is cut off");
    this.at = begin + length;
    return begin;
  }

  take(length: number): Uint8Array {
    const begin = this.#skip(length);
    return this.bytes.subarray(begin, this.at);
  }

  byte(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  uint64(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  int32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#skip(8), false);
  }

  text(length: number): string {
    return utf8.decode(this.take(length));
  }

  latin(length: number): string {
    const { buffer, byteOffset } = this.take(length);
    return Buffer.from(buffer, byteOffset, length).toString("latin1");
  }

  /** Text up to the next line break, as in protocol 0. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw damaged("its pickle is cut off");
    const value = this.text(end - this.at);
    this.at = end + 1;
    return value;
  }

  /** A little-endian two's complement integer; a bigint if it is not safe. */
  long(length: number): number | bigint {
    if (length > longBytes) throw damaged(`its pickle holds an integer of ${length} bytes`);
    if (length === 0) return 0;
    const digits = Buffer.from(this.take(length)).reverse().toString("hex");
    const value = BigInt.asIntN(8 * length, BigInt(`0x${digits}`));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
}
