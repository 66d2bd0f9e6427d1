// Memory of sessions through koffi.
import { afterEach, describe, expect, it } from "vitest";
import { createSession } from "../../../../runtime/engines/ort/session.js";
import { add, chain, f32, floats, model, options, zeros } from "./models.js";
import { create, refusal, releaseAll, run } from "./sessions.js";

afterEach(releaseAll);

describe("a session through koffi", () => {
  it("does not leak over 1,000 runs with new arrays", async () => {
    const session = await create(add());
    const step = async () => {
      const c = zeros(2);
      await run(session, { a: floats([2], [1, 1]), b: floats([2], [2, 2]) }, { c });
      return c.data[0];
    };
    for (let i = 0; i < 500; i++) await step();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 1000; i++) expect(await step()).toBe(3);
    expect(process.memoryUsage().rss - before).toBeLessThan(24 << 20);
  });

  it("does not leak over 30 sessions and failures", async () => {
    const bytes = chain(64, 30);
    const cycle = async () => {
      (await createSession(bytes, options)).release();
      await refusal(createSession(bytes.subarray(0, 100), options));
    };
    for (let i = 0; i < 10; i++) await cycle();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 30; i++) await cycle();
    expect(process.memoryUsage().rss - before).toBeLessThan(24 << 20);
  });

  it("shares the memory of intermediates between sessions", async () => {
    const [count, size] = [8, 1 << 21];
    const exps = Array.from({ length: count }, (_, i) => ({ op: "Exp", inputs: ["x"], outputs: [`e${i}`] }));
    // All are live until the first sum: 64 MiB.
    const sums = exps.map((_, i) => ({ op: "Add", inputs: [i === 0 ? "x" : `s${i - 1}`, `e${count - 1 - i}`], outputs: [i === count - 1 ? "y" : `s${i}`] })); // prettier-ignore
    const bytes = model([...exps, ...sums], [f32("x", size)], [f32("y", size)]);
    const [x, y] = [zeros(size), zeros(size)];
    const start = async () => run(await create(bytes, { optimization: "disabled" }), { x }, { y });
    await start();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 3; i++) await start();
    expect(y.data[0]).toBe(count);
    expect(process.memoryUsage().rss - before).toBeLessThan(48 << 20);
  });
});
