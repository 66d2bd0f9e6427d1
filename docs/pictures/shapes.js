// Draws shapes.png: the first scenes of the validation split, at the resolution of a model of 64 pixels, three times as large.
// Prints their captions for docs/data.md. Run after `npm run build`: node docs/pictures/shapes.js
import { fileURLToPath } from "node:url";

import sharp from "sharp";

import { checkSpec } from "../../dist/compiler/index.js";
import { DataShelf } from "../../dist/runtime/data/stage-data.js";

const [SIZE, SCALE, COLUMNS, ROWS, GAP] = [64, 3, 5, 2, 8];
const side = SIZE * SCALE;

const text = "vlmo 1\n\ndata pairs: pairs { format: shapes, split: validation }\n";
const { spec } = checkSpec("shapes.vlmo", { read: () => text, resolvePath: (_, to) => to });
const pairs = await new DataShelf().block(spec.data.get("pairs"));
const tiles = Array.from({ length: COLUMNS * ROWS }, async (_, i) => {
  const { images, text: caption } = pairs.item(i);
  const svg = images[0].svg.replace("<svg ", `<svg width="${SIZE}" height="${SIZE}" `);
  const small = await sharp(Buffer.from(svg)).png().toBuffer();
  const input = await sharp(small).resize(side, side, { kernel: "nearest" }).png().toBuffer();
  return {
    input,
    caption,
    left: GAP + (i % COLUMNS) * (side + GAP),
    top: GAP + Math.floor(i / COLUMNS) * (side + GAP),
  };
});
const drawn = await Promise.all(tiles);

await sharp({
  create: {
    width: GAP + COLUMNS * (side + GAP),
    height: GAP + ROWS * (side + GAP),
    channels: 3,
    background: "#888888",
  },
})
  .composite(drawn.map(({ input, left, top }) => ({ input, left, top })))
  .png({ palette: true })
  .toFile(fileURLToPath(new URL("shapes.png", import.meta.url)));

process.stdout.write(drawn.map(({ caption }, i) => `${i + 1}. ${caption}\n`).join(""));
