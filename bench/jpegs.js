// JPEG files of random pictures with the size of photographs: patches of noise, so that decoding takes as long.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { generator } from "./batch.js";

/** Writes `count` pictures and a caption for each in `records.jsonl`; returns the mean bytes of a picture. */
export async function writePairs(folder, { count, width, height }) {
  mkdirSync(folder, { recursive: true });
  let bytes = 0;
  const records = [];
  for (let i = 0; i < count; i++) {
    const file = await picture(generator(i + 1), width, height);
    bytes += file.length;
    const image = `${i}.jpg`;
    writeFileSync(join(folder, image), file);
    records.push(JSON.stringify({ image, text: `a picture of number ${i} of the ${count} that were made` }));
  }
  writeFileSync(join(folder, "records.jsonl"), `${records.join("\n")}\n`);
  return bytes / count;
}

/** Coarse blurred and fine unblurred noise together give about the bytes per pixel of a photograph. */
async function picture(random, width, height) {
  const noise = (w, h, least, range) => Buffer.from(Array.from({ length: w * h * 3 }, () => least + random() * range));
  const [w, h] = [Math.ceil(width / 32), Math.ceil(height / 32)];
  const coarse = await sharp(noise(w, h, 0, 255), { raw: { width: w, height: h, channels: 3 } })
    .resize(width, height, { fit: "fill", kernel: "cubic" })
    .raw()
    .toBuffer();
  const fine = noise(width, height, 0, 24);
  const mixed = coarse.map((level, i) => Math.min(255, level + fine[i]));
  return sharp(mixed, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer();
}
