// The uniform numbers under a key, singly or in blocks.
import { kernel } from "./kernel.js";
import { threefry, word, type Words } from "./threefry.js";

/** Uniform numbers in [0, 1), 53 bits; each is the hash of its counter under the key. */
export class Uniforms {
  private readonly hash: Words = new Uint32Array(2);

  /** The next number is that of the counter `low + 2 ** 32 * high`. */
  constructor(
    private readonly key: Words,
    private low = 0,
    private high = 0,
  ) {}

  next(): number {
    const { key, hash, low, high } = this;
    threefry(key, low, high, hash);
    this.advance(1);
    return ((word(hash, 0) >>> 5) * 0x400_0000 + (word(hash, 1) >>> 6)) / 0x20_0000_0000_0000;
  }

  /** The next `count` numbers, at most `atOnce`; the array is overwritten by the next call. */
  take(count: number): Float64Array {
    const taken = buffer.subarray(0, count);
    // Where `low` wraps around, SIMD lanes would need different `high` words.
    if (kernel === null || this.low + count > 2 ** 32) for (let i = 0; i < count; i++) taken[i] = this.next();
    else {
      kernel.uniforms(word(this.key, 0), word(this.key, 1), this.low, this.high, count);
      this.advance(count);
    }
    return taken;
  }

  private advance(count: number): void {
    this.low += count;
    if (this.low < 2 ** 32) return;
    this.low -= 2 ** 32;
    this.high += 1;
  }
}

/** The largest block. */
export const atOnce = 2 ** 12;

const memory = kernel?.memory.buffer ?? new ArrayBuffer(8 * atOnce);
const buffer = new Float64Array(memory, 0, atOnce);
const floats = new Float32Array(memory, 0, atOnce / 2);

/** Turns the pairs of the last block into standard normal numbers; false where they have to be computed one by one. */
export function normalsOfTaken(target: Float32Array): boolean {
  if (kernel === null) return false;
  kernel.normals(target.length);
  target.set(floats.subarray(0, target.length));
  return true;
}
