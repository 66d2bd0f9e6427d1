// Classes by sliding-window inference, against interpolating every window, averaging in one large array, and interpolating
// that, as in mmsegmentation (`slide_inference`, then `resize` to the original size).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createImageLoader, type Extent } from "../../../runtime/data/index.js";
import { windowsOf } from "../../../runtime/data/images/windows.js";
import { createSaidClasses, type LogitWindow } from "../../../runtime/evaluate/said-classes.js";
import { stream } from "../../../runtime/random.js";
import { fileOf, pngOf } from "../../support/image-files.js";

const folder = mkdtempSync(path.join(tmpdir(), "vlmo-windows-"));
afterAll(() => rmSync(folder, { recursive: true }));

const classes = 3;

/** A random image of this size, with its rows. */
function imageOf({ width, height }: Extent) {
  const random = stream(1, width, height);
  const rows = Array.from({ length: height }, () => Uint8Array.from({ length: 3 * width }, () => random.integer(256)));
  return { rows, file: fileOf(folder, `${width}-${height}.png`, pngOf({ width, height, bits: 8, colours: 2, rows })) };
}

describe.each([
  { width: 20, height: 8, stride: 5, shortSide: 8, lefts: [0, 5, 10, 12], tops: [0] },
  { width: 10, height: 23, stride: 8, shortSide: 10, lefts: [0, 2], tops: [0, 8, 15] },
  { width: 30, height: 40, stride: 3, shortSide: 12, lefts: [0, 3, 4], tops: [0, 3, 6, 8] },
  { width: 17, height: 17, stride: 4, shortSide: null, lefts: [0, 4, 8, 9], tops: [0, 4, 8, 9] },
  { width: 4, height: 6, stride: 8, shortSide: null, lefts: [0], tops: [0, 4] },
])("of an image of $width × $height, stride $stride, shorter side $shortSide", (row) => {
  const size = 8;
  const { file, rows } = imageOf(row);
  const placed = windowsOf(file, row, size);

  test("windows have mmsegmentation's positions", async () => {
    const corners = row.tops.flatMap((top) => row.lefts.map((left) => ({ left, top })));
    expect((await placed).map(({ left, top }) => ({ left, top }))).toEqual(corners);
  });

  test("windows are crops of one image, which is the file itself if not scaled", async () => {
    const loader = createImageLoader();
    const pixels = new Map<string, string>();
    for (const [i, window] of (await placed).entries()) {
      const { data } = await loader.load({ ...file, key: `window ${i}`, window }, size);
      for (let at = 0; at < size * size; at++) {
        const place = `${window.left + (at % size)}, ${window.top + Math.floor(at / size)}`;
        const colour = data.subarray(3 * at, 3 * at + 3).join();
        expect(pixels.get(place) ?? colour).toBe(colour);
        pixels.set(place, colour);
      }
    }
    const { scaled } = (await placed)[0] ?? {};
    expect(pixels.size).toBe((scaled?.width ?? 0) * (scaled?.height ?? 0));
    if (scaled?.width !== row.width) return;
    for (const [y, line] of rows.entries())
      for (let x = 0; x < row.width; x++) expect(pixels.get(`${x}, ${y}`)).toBe(line.subarray(3 * x, 3 * x + 3).join());
  });

  test.each([
    { width: 13, height: 5 },
    { width: 20, height: 30 },
  ])("classes at %o are those of the averaged logits", async (to) => {
    const windows = await placed;
    const { scaled } = windows[0] ?? { scaled: { width: 0, height: 0 } };
    const random = stream(2, "logits");
    const side = 3;
    const given = windows.map(({ left, top }): LogitWindow => {
      const data = Float32Array.from({ length: side * side * classes }, () => random.normal());
      return { logits: { side, classes, data }, left, top, size };
    });
    const { add, said } = createSaidClasses(scaled, to, classes);
    expect(given.map(add)).toEqual(given.map((_, i) => i === given.length - 1));
    expect([...said.data]).toEqual(directly(given, scaled, to));
  });
});

/** The averaged logits as one plane [height][width] per class. */
function directly(windows: readonly LogitWindow[], whole: Extent, to: Extent): number[] {
  const planes = Array.from({ length: classes }, (_, c) => {
    const sums = Array.from({ length: whole.height }, () => new Array<number>(whole.width).fill(0));
    const counts = sums.map((line) => line.map(() => 0));
    for (const { logits, left, top, size } of windows) {
      const map = Array.from({ length: logits.side }, (__, y) =>
        Array.from({ length: logits.side }, (___, x) => logits.data[(y * logits.side + x) * classes + c] ?? 0),
      );
      stretched(map, { width: size, height: size }).forEach((line, y) =>
        line.forEach((value, x) => {
          const [sum, count] = [sums[top + y] ?? [], counts[top + y] ?? []];
          sum[left + x] = (sum[left + x] ?? 0) + value;
          count[left + x] = (count[left + x] ?? 0) + 1;
        }),
      );
    }
    expect(Math.min(...counts.flat())).toBeGreaterThan(0);
    return stretched(
      sums.map((line, y) => line.map((sum, x) => sum / (counts[y]?.[x] ?? 0))),
      to,
    ).flat();
  });
  return Array.from({ length: to.width * to.height }, (_, i) => {
    const logits = planes.map((plane) => plane[i] ?? 0);
    return logits.indexOf(Math.max(...logits));
  });
}

/** PyTorch's `interpolate(mode="bilinear", align_corners=False)`. */
function stretched(map: readonly (readonly number[])[], { width, height }: Extent): number[][] {
  const place = (i: number, from: number, count: number) => {
    const at = Math.min(Math.max((i + 0.5) * (from / count) - 0.5, 0), from - 1);
    return { low: Math.floor(at), high: Math.ceil(at), share: at - Math.floor(at) };
  };
  const valueAt = (y: number, x: number): number => map[y]?.[x] ?? NaN;
  return Array.from({ length: height }, (_, i) =>
    Array.from({ length: width }, (__, j) => {
      const [down, across] = [place(i, map.length, height), place(j, map[0]?.length ?? 0, width)];
      const mixed = (y: number): number =>
        (1 - across.share) * valueAt(y, across.low) + across.share * valueAt(y, across.high);
      return (1 - down.share) * mixed(down.low) + down.share * mixed(down.high);
    }),
  );
}
