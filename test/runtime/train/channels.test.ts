// Models of grey images and of images with transparency, from files to the report.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkSpec } from "../../../compiler/index.js";
import { inProcess } from "../cli/in-process.js";
import { workFolder } from "../cli/tiny.js";

const spec = (channels: number): string => `vlmo 1
model Tiny {
  layers: 1
  width: 8
  attention { heads: 2 }
  image { size: 16px, patch: 8px, channels: ${channels} }
  experts { vision: ffn(image, ratio: 2) on all }
}
data pictures: labelled_images { format: folder, images: "pictures" }
head mim: masked_patches(image.patches)
head codes: visual_tokenizer(image) { codes: 12, hidden: 8 }
head label: classify(image.cls) { classes: 2 }
stage all {
  model: Tiny
  data: pictures
  learn: mim + codes + label
  augment: [resized_crop(60%..100%), flip, rand_augment(2, 7)]
  batch: 2
  steps: 2
  optimizer: adamw(lr: 1e-2)
}
evaluate seen on pictures using all { reconstruction, accuracy(label) }
`;

let folder = "";
beforeAll(async () => {
  const png = (background: object) => sharp({ create: { width: 20, height: 12, channels: 4, background } }).png();
  const [half, full] = [png({ r: 255, g: 0, b: 0, alpha: 0.5 }), png({ r: 0, g: 255, b: 0, alpha: 1 })];
  folder = await workFolder({ "grey.vlmo": spec(1), "clear.vlmo": spec(4) });
  for (const name of ["a", "b"]) await mkdir(join(folder, "pictures", name), { recursive: true });
  await half.toFile(join(folder, "pictures/a/half.png"));
  await half.clone().grayscale().toFile(join(folder, "pictures/a/grey.png"));
  await full.toFile(join(folder, "pictures/b/full.png"));
  await full.clone().jpeg().toFile(join(folder, "pictures/b/full.jpg"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(["grey", "clear"])("a model of %s images is trained, evaluated and shown", async (name) => {
  const out = join(folder, name);
  const trained = await inProcess(["train", join(folder, `${name}.vlmo`), "--out", out, "--threads", "1"]);
  expect(trained.exit, trained.stderr).toBe(0);
  expect(trained.stdout + trained.stderr).toMatch(
    /seen \(all, on training data\): codes reconstruction error [\d.]+ of 4 images/,
  );
});

test.each([0, 2, 5, 1000])("%i channels are refused", (channels) => {
  const { diagnostics } = checkSpec("x.vlmo", { read: () => spec(channels), resolvePath: (_, to) => to });
  expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toContain(
    `V207: \`channels\` must be one of 1, 3, 4, not ${channels}`,
  );
});

test("a stage does not inherit the patch embedding of a stage with other channels", () => {
  const text = `${spec(3)}
stage grey from all { with { image { channels: 1 } }, data: pictures, learn: mim, batch: 2, steps: 1, optimizer: adamw(lr: 1e-2) }
head dalle: visual_tokenizer(image) { file: "encoder.pkl" }
head coded: masked_patches(image.patches) { targets: tokens(dalle) }
stage coding extends all { with { image { channels: 4 } }, learn: coded }`;
  const { diagnostics } = checkSpec("x.vlmo", { read: () => text, resolvePath: (_, to) => to });
  const said = diagnostics.map(({ code, message }) => `${code}: ${message}`);
  expect(said).toContainEqual(expect.stringMatching(/^V504: .*embed\.image\.patch\.weight/));
  expect(said).toContain("V207: `channels` must be 3 for DALL-E's encoder, not 4");
});
