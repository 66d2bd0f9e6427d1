// The memory that a Python process shares with us: whose pieces never lie on each other, and what does not fit goes the other way.
import { expect, test } from "vitest";
import { createRing, shareMemory } from "../../../../runtime/engines/torch/memory.js";

test("room is handed out behind what is held, from the front again when that is free", () => {
  const ring = createRing(1000);
  const first = ring.take(400);
  const second = ring.take(400);
  expect([first?.at, second?.at, ring.take(300)]).toEqual([0, 448, null]);
  // In any order: the oldest decides.
  second?.release();
  expect(ring.take(300)).toBeNull();
  first?.release();
  expect([ring.take(900)?.at, ring.take(200)]).toEqual([0, null]);
});

test("room at the front is used while the back is held", () => {
  const ring = createRing(1000);
  const [first, second] = [ring.take(500), ring.take(400)];
  first?.release();
  const third = ring.take(448);
  expect([second?.at, third?.at, ring.take(100)]).toEqual([512, 0, null]);
  second?.release();
  expect(ring.take(300)?.at).toBe(448);
});

test.skipIf(process.platform !== "linux")("bytes come back as they went in, and small ones take the pipe", async () => {
  const memory = await shareMemory(2 ** 20);
  if (memory === null) throw new Error("no memory without a name on this system");
  const bytes = Uint8Array.from({ length: 2 ** 19 }, (_, i) => i % 251);
  const piece = memory.put(bytes);
  expect(piece?.read()).toEqual(bytes);
  expect([memory.put(new Uint8Array(100)), memory.put(new Uint8Array(2 ** 20))]).toEqual([null, null]);
  memory.close();
});
