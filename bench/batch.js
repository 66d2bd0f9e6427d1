// The random batch that benchmarks train on, the same in every run.
import { sizeOf } from "../dist/compiler/index.js";

/** Random tensors as the PyTorch program draws them: texts of half to full length, 15% of all positions masked. */
export function randomBatch({ model }, items, random) {
  const { size, channels } = model.image;
  const { length, tokenizer } = model.text;
  const floats = (shape) => ({ dtype: "float32", shape, data: Float32Array.from({ length: sizeOf(shape) }, () => random() * 2 - 1) }); // prettier-ignore
  const ints = (data) => ({ dtype: "int32", shape: [items, length], data: Int32Array.from(data) });
  const ids = Array.from({ length: items * length }, () => Math.floor(random() * tokenizer.vocabulary));
  const lengths = Array.from({ length: items }, () => Math.floor(length / 2 + random() * (length / 2 + 1)));
  const masked = new Set(shuffled(ids.length, random).slice(0, Math.max(1, Math.floor(ids.length * 0.15))));
  const tensors = new Map([
    ["image", floats([items, channels, size, size])],
    ["text_ids", ints(ids)],
    ["text_masks", { ...floats([items, length]), data: Float32Array.from(ids, (_, i) => (i % length < lengths[Math.floor(i / length)] ? 1 : 0)) }], // prettier-ignore
    ["text_ids_mlm", ints(ids.map((id, i) => (masked.has(i) ? 103 : id)))],
    ["text_labels_mlm", ints(ids.map((id, i) => (masked.has(i) ? id : -100)))],
  ]);
  return { tensors, items, numbers: Array.from({ length: items }, (_, i) => i) };
}

function shuffled(count, random) {
  const places = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [places[i], places[j]] = [places[j], places[i]];
  }
  return places;
}

/** A small generator, so that every run draws the same batch. */
export function generator(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
