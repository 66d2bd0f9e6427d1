// Devices for `plan --device`, with figures from the manufacturers' data sheets: dense matrix products without sparsity.
import type { Precision } from "../ir/precision.js";

/** Bytes, FLOP/s and bytes per second. */
export interface Device {
  readonly title: string;
  /** Bytes of memory. */
  readonly memory: number;
  /** Peak FLOP/s; null if its tensor cores do not support the precision. */
  readonly peak: Readonly<Record<Precision, number | null>>;
  /** Memory bandwidth in bytes per second. */
  readonly bandwidth: number;
  /** Bandwidth in bytes per second to another device of its machine: NVLink, or its share of PCI Express. */
  readonly link: number;
  /** Bandwidth in bytes per second of its usual network adapter in a machine with others (DGX, HGX). */
  readonly network: number;
}

/** Devices per machine: with more of them, traffic goes through the network. */
export const devicesOfMachine = 8;

const gib = 2 ** 30;

/** Peaks of one chip that is sold with several memory sizes. */
const hopper = { float32: 67e12, tf32: 495e12, bfloat16: 989e12 };
const ampere = { float32: 19.5e12, tf32: 156e12, bfloat16: 312e12 };

/** By the value of `--device`. */
export const devices = {
  h200: {
    title: "H200 141 GB",
    memory: 141e9,
    peak: hopper,
    bandwidth: 4.8e12,
    link: 450e9,
    network: 50e9,
  },
  h100: {
    title: "H100 SXM 80 GB",
    memory: 80 * gib,
    peak: hopper,
    bandwidth: 3.35e12,
    link: 450e9,
    network: 50e9,
  },
  a100: {
    title: "A100 SXM 80 GB",
    memory: 80 * gib,
    peak: ampere,
    bandwidth: 2.04e12,
    link: 300e9,
    network: 25e9,
  },
  a100_40: {
    title: "A100 40 GB",
    memory: 40 * gib,
    peak: ampere,
    bandwidth: 1.56e12,
    link: 300e9,
    network: 25e9,
  },
  l40s: {
    title: "L40S 48 GB",
    memory: 48 * gib,
    peak: { float32: 91.6e12, tf32: 183e12, bfloat16: 362e12 },
    bandwidth: 0.864e12,
    link: 32e9,
    network: 12.5e9,
  },
  rtx4090: {
    title: "RTX 4090 24 GB",
    memory: 24 * gib,
    peak: { float32: 82.6e12, tf32: 82.6e12, bfloat16: 165e12 },
    bandwidth: 1.01e12,
    link: 32e9,
    network: 3.125e9,
  },
  v100: {
    title: "V100 32 GB",
    memory: 32 * gib,
    peak: { float32: 15.7e12, tf32: null, bfloat16: null },
    bandwidth: 0.9e12,
    link: 150e9,
    network: 6.25e9,
  },
  t4: {
    title: "T4 16 GB",
    memory: 16 * gib,
    peak: { float32: 8.1e12, tf32: null, bfloat16: null },
    bandwidth: 0.32e12,
    link: 16e9,
    network: 3.125e9,
  },
} as const satisfies Readonly<Record<string, Device>>;

/** A device of the table. */
export type DeviceName = keyof typeof devices;

/** Whether a device supports matrix products in a precision. */
export function multipliesIn(device: DeviceName, precision: Precision): boolean {
  return devices[device].peak[precision] !== null;
}
