// The uniform numbers of a key: one by one, or many at a time by a kernel in WebAssembly (uniforms.wat), which takes a
// fifth of the time. Both give the same numbers.
import { kernel as code } from "./kernel.js";
import { threefry, word, type Words } from "./threefry.js";

/** What is used of WebAssembly, which `lib` has for pages only. */
declare const WebAssembly: {
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

/** What uniforms.wat exports. */
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly uniforms: (key0: number, key1: number, low: number, high: number, count: number) => void;
}

/** Uniform numbers in [0, 1), 53 bits; each is the hash of its place under the key. */
export class Uniforms {
  private readonly hash: Words = new Uint32Array(2);

  /** The next number is that of the place `low + 2 ** 32 * high`. */
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

  /** The next `count` numbers, `atOnce` at most; the array is good until any numbers are taken so again. */
  take(count: number): Float64Array {
    const taken = buffer.subarray(0, count);
    // Where `low` wraps around, lanes would need their own `high`.
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

/** Numbers that are taken at once. */
export const atOnce = 2 ** 12;

/** Null where WebAssembly, or its vectors, may not be had: then numbers are made one by one. */
export const kernel = loaded();

const buffer = kernel === null ? new Float64Array(atOnce) : new Float64Array(kernel.memory.buffer, 0, atOnce);

function loaded(): Kernel | null {
  try {
    const binary = Uint8Array.from(atob(code), (character) => character.charCodeAt(0));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary));
    return exports as Kernel; // Boundary: uniforms.wat says what it exports.
  } catch {
    return null;
  }
}
