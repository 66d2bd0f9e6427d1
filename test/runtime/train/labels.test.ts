// The class names kept in checkpoints, also for heads that a later stage carries without training them.
import { join } from "node:path";
import { expect, test } from "vitest";
import { listCheckpoints, savedSpecification } from "../../../runtime/checkpoint/index.js";
import { inProcess } from "../cli/in-process.js";
import { workFolder } from "../cli/tiny.js";

const text = `vlmo 1
model Tiny {
  layers: 1
  width: 8
  attention { heads: 2, position: absolute(image, text) }
  image { size: 16px, patch: 8px }
  text { tokenizer: wordpiece(vocabulary: 120), length: 12 }
  experts { vision: ffn(image, ratio: 2) on all, language: ffn(text, ratio: 2) on all }
}
data labelled: labelled_images { format: shapes, items: 16 }
data claims: statements { format: shapes, items: 16 }
head kind: classify(image.cls) { classes: 28 }
head truth: classify(pair.pooled) { classes: 2 }
stage named { model: Tiny, data: labelled, learn: kind, batch: 4, steps: 1, optimizer: adamw(lr: 1e-3) }
stage told from named { data: claims, learn: truth, batch: 4, steps: 1, optimizer: adamw(lr: 1e-3) }
`;

const again = (folder: string): string => `${text}
stage later from checkpoint("${folder}") { model: Tiny, data: claims, learn: truth, batch: 4, steps: 1, optimizer: adamw(lr: 1e-3) }
`;

test("a head keeps the class names of the stage that trained it", async () => {
  const folder = await workFolder({ "labels.vlmo": text });
  expect(
    await inProcess(["train", "labels.vlmo", "--out", "run", "--threads", "1", "--workers", "0"], folder),
  ).toMatchObject({
    exit: 0,
  });
  const [named, told] = await labelsIn(join(folder, "run"));
  expect(named?.get("kind")).toHaveLength(28);
  expect(told?.get("kind")).toEqual(named?.get("kind"));
  expect(told?.get("truth")).toEqual(["false", "true"]);

  const later = await workFolder({ "labels.vlmo": again(join(folder, "run", "checkpoints", "told-0000001")) });
  const trained = await inProcess(
    ["train", "labels.vlmo", "--stage", "later", "--out", "run", "--threads", "1", "--workers", "0"],
    later,
  );
  expect(trained, trained.stderr).toMatchObject({ exit: 0 });
  const [only] = await labelsIn(join(later, "run"));
  expect(only?.has("kind")).toBe(false);
});

async function labelsIn(run: string) {
  const checkpoints = await listCheckpoints(join(run, "checkpoints"));
  return Promise.all(checkpoints.map(async (each) => (await savedSpecification(each)).labels));
}
