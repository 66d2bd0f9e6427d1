// Memory shared with the Python process: allocations never overlap, and what does not fit goes through the pipe.
import { expect, test } from "vitest";
import { createRing, shareMemory } from "../../../../runtime/engines/torch/memory.js";

test("allocates after the held blocks, and wraps around once the front is free", () => {
  const ring = createRing(1000);
  const first = ring.take(400);
  const second = ring.take(400);
  expect([first?.at, second?.at, ring.take(300)]).toEqual([0, 448, null]);
  // Blocks may be freed in any order; the oldest held one limits allocation.
  second?.release();
  expect(ring.take(300)).toBeNull();
  first?.release();
  expect([ring.take(900)?.at, ring.take(200)]).toEqual([0, null]);
});

test("allocates at the front while the back is held", () => {
  const ring = createRing(1000);
  const [first, second] = [ring.take(500), ring.take(400)];
  first?.release();
  const third = ring.take(448);
  expect([second?.at, third?.at, ring.take(100)]).toEqual([512, 0, null]);
  second?.release();
  expect(ring.take(300)?.at).toBe(448);
});

test.skipIf(process.platform !== "linux")("transfers bytes unchanged, small ones through the pipe", async () => {
  const memory = await shareMemory(2 ** 20);
  if (memory === null) throw new Error("no memory without a name on this system");
  const bytes = Uint8Array.from({ length: 2 ** 19 }, (_, i) => i % 251);
  const piece = memory.put(bytes);
  expect(piece?.read()).toEqual(bytes);
  expect([memory.put(new Uint8Array(100)), memory.put(new Uint8Array(2 ** 20))]).toEqual([null, null]);
  memory.close();
});
