// `vlmo data`: the contents of data blocks, their overlaps, and samples as they reach a model.
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { vlmo, type RunOptions } from "./command.js";
import { contrast, jsonl, run, specOf, useDataFolder } from "./data-folder.js";
import { tinySpec, workFolder } from "./tiny.js";

useDataFolder();

const birds = `data birds: labelled_images { format: folder, images: "birds/train" }
data seen: labelled_images { format: folder, images: "birds/val", classes: from(birds) }`;
const streets = `data streets: masks { format: folder, images: "streets", masks: "masks", classes: ["a", "b", "c"] }`;

test("shows class frequencies, duplicates and overlaps with other blocks", async () => {
  const { exit, stdout } = await run(specOf(`${birds}\ndata some: pairs ${jsonl("long.jsonl")}\n${contrast}`), [
    "data",
    "FILE",
  ]);
  const [head] = stdout.split("✓ some");
  expect(head).toBe(
    [
      "✓ birds: 4 labelled images, 2 classes, 4 image files",
      "  classes   gull 2 (50.0%), owl 2 (50.0%)",
      "  sizes     width 16, height 16 pixels",
      "  repeated  3 of 4 image files (75.0%) have the bytes of an earlier one; the first: birds/train/gull/1.png and birds/train/gull/2.png",
      "  shared    `seen` holds the image of 4 items (100.0%) too",
      "            `some`, which is learnt from, holds the image of 4 items (100.0%) too",
      "✓ seen: 1 labelled image, 2 classes, 1 image file",
      "  note: 1 file is no image: gull/notes.txt",
      "  note: 1 class has no image: owl",
      "  classes   gull 1 (100.0%), owl 0 (0.0%)",
      "            1 of them have no item",
      "  sizes     width 16, height 16 pixels",
      "  shared    `birds` holds the image of 1 item (100.0%) too",
      "            `some`, which is learnt from, holds the image of 1 item (100.0%) too",
      "",
    ].join("\n"),
  );
  expect(exit).toBe(0);
});

test("shows text lengths, and samples as a stage reads them", async () => {
  const { stdout } = await run(specOf(`data some: pairs ${jsonl("long.jsonl")}\n${contrast}`), [
    "data",
    "FILE",
    "some",
  ]);
  expect(stdout).toContain(
    "  tokens    5 to 14 with [CLS] and [SEP], and `only` has room for 12: 1 of 6 (16.7%) is cut; the longest is long.jsonl:4\n" +
      "                    5  ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇ 3\n",
  );
  expect(stdout).toContain("  sizes     width 16, height 16 pixels\n");
  expect(stdout).toContain("  samples   as they reach only\n");
  expect(stdout).toContain("long.jsonl:1: 16 × 16 | [CLS] a red field [SEP] + 7 [PAD]\n");
  expect(stdout).toContain("long.jsonl:4: 16 × 16 | [CLS] a red field a red field a red field a [SEP] (cut)\n");
});

test("gives everything but pixels as JSON, and a page with them", async () => {
  const spec = specOf(`${streets}\ndata some: pairs ${jsonl("good.jsonl")}\n${contrast}`);
  const page = join(await mkdtemp(join(tmpdir(), "vlmo-page-")), "data.html");
  const { stdout } = await run(spec, ["data", "FILE", "--json", "--out", page]);
  const { blocks } = JSON.parse(stdout);
  expect(blocks).toMatchObject([
    {
      name: "streets",
      kind: "masks",
      format: "folder",
      items: 2,
      frequencies: {
        of: "pixels",
        looked: { masks: 2, all: 2 },
        counts: [
          { name: "a", count: 3, share: 3 / 7 },
          { name: "b", count: 1 },
          { name: "3", count: 1 },
          { name: "4", count: 1 },
          { name: "5", count: 1 },
          { name: "c", count: 0 },
        ],
      },
      repeated: { images: { count: 1, of: 2 }, texts: null, items: null },
      shared: [{ with: "some", learnt: true, images: 2, texts: null, items: null }],
      samples: [],
    },
    {
      name: "some",
      texts: [{ readers: ["only"], lengths: [{ from: 5, to: 5, count: 6 }] }],
      repeated: { images: { count: 0, of: 1 }, texts: { count: 5, of: 6 }, items: { count: 5, of: 6 } },
      samples: [{ reader: "only", samples: expect.any(Array) }],
    },
  ]);
  expect(blocks[1].samples[0].samples).toHaveLength(6);
  const text = await readFile(page, "utf8");
  expect(text.match(/data:image\/png/g)).toHaveLength(6);
  expect(text).not.toMatch(/https?:\/\//);
});

test("reports broken records as training does, and describes the rest", async () => {
  const spec = specOf(`data some: pairs ${jsonl("gone.jsonl")}\ndata other: pairs ${jsonl("good.jsonl")}\n${contrast}`);
  const { exit, stdout, stderr } = await run(spec, ["data", "FILE"]);
  expect(exit).toBe(1);
  expect(stderr).toContain("error[V916]: there is no image `images/gone-0.png`");
  expect(stderr).toContain("gone.jsonl:1");
  expect(stdout).toContain("✓ other: 6 pairs, 1 image file");
});

test("lists the blocks if the name is misspelt", async () => {
  const { exit, stderr } = await run(specOf(`data some: pairs ${jsonl("good.jsonl")}\n${contrast}`), [
    "data",
    "FILE",
    "sum",
  ]);
  expect(exit).toBe(1);
  expect(stderr).toContain("error[V961]: there is no data block `sum`; the file has some");
});

test("opens only the named block", async () => {
  const spec = specOf(`data some: pairs ${jsonl("gone.jsonl")}\ndata other: pairs ${jsonl("good.jsonl")}\n${contrast}`);
  const { exit, stdout, stderr } = await run(spec, ["data", "FILE", "other"]);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  expect(stdout.split("\n")[0]).toBe("✓ other: 6 pairs, 1 image file");
  const broken = await run(spec, ["data", "FILE", "some"]);
  expect([broken.exit, broken.stderr.includes("gone.jsonl:1")]).toEqual([1, true]);
});

test("writes the page even if stdout is closed early", async () => {
  const folder = await workFolder({ "tiny.vlmo": tinySpec });
  const watch: RunOptions["watch"] = (_, __, deafen) => deafen();
  const { exit, stderr } = await vlmo(["data", "tiny.vlmo", "--out", "page.html"], { cwd: folder, watch });
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  expect(await readFile(join(folder, "page.html"), "utf8")).toContain("</html>");
});
