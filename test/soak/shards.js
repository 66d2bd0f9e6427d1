// Tar shards for the soak: images of `shapes` with captions, one image broken.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { checkSpec } from "../../dist/compiler/index.js";
import { DataShelf } from "../../dist/runtime/data/stage-data.js";
import { tarOf } from "../support/tar.js";

const EACH = 40;
const BROKEN = 7;
const text = "vlmo 1\n\ndata world: pairs { format: shapes, scenes: 280 }\n";

/** Writes `first-0.tar` … `first-3.tar`, `second-0.tar`, `second-1.tar` and `held-0.tar` with different scenes. */
export async function writeShards(folder) {
  const { spec } = checkSpec("world.vlmo", { read: () => text, resolvePath: (_, to) => to });
  const world = await new DataShelf().block(spec.data.get("world"));
  const names = [0, 1, 2, 3].map((i) => `first-${i}`).concat("second-0", "second-1", "held-0");
  for (const [shard, name] of names.entries()) {
    const samples = Array.from({ length: EACH }, (_, i) => sampleOf(world.item(shard * EACH + i), shard * EACH + i));
    await writeFile(join(folder, `${name}.tar`), tarOf((await Promise.all(samples)).flat()));
  }
}

async function sampleOf({ images: [{ svg }], text: caption }, number) {
  const drawn = Buffer.from(svg.replace("<svg ", '<svg width="48" height="48" '));
  const bytes = number === BROKEN ? Buffer.from("no image") : await sharp(drawn).png().toBuffer();
  const key = String(number).padStart(6, "0");
  return [
    { name: `${key}.png`, bytes },
    { name: `${key}.txt`, bytes: caption },
  ];
}
