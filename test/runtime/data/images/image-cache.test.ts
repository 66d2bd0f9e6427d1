import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { createImageCache } from "../../../../runtime/data/images/image-cache.js";

it("the image cache uses as much memory as it reports", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void; // Exposed by V8's flag.
  const held = (): number => {
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const cache = createImageCache(1e8);
  const image = new Uint8Array(20_000);
  const before = held();
  for (let i = 0; i < 500; i++) cache.keep(`image ${i}`, image.fill(i));
  expect(cache.bytes()).toBeLessThan(500 * 200);
  // V8 frees the memory of collected arrays in the background.
  await expect.poll(() => held() - before, { timeout: 10_000 }).toBeLessThan(2 * cache.bytes());
  expect(cache.get("image 300")).toEqual(new Uint8Array(20_000).fill(300));
});
