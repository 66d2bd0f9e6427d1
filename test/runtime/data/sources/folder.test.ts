// Folders of images, alone, with classes and with masks: items, notes and errors.
import { mkdir, symlink } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";

import type { DataKind, DataSet } from "../../../../runtime/data/sources/data-set.js";
import { openSource } from "../../../support/sources.js";
import { mistakesIn } from "../../../../runtime/errors/vlmo-error.js";
import { digestOf, itemsOf, useDisk } from "../disk.js";

const disk = useDisk();

/** Opens `images`. */
function images(kind: DataKind, more: object = {}): Promise<DataSet> {
  return openSource("folder", kind, { images: "images", ...more }, disk.folder);
}

describe("folder", () => {
  it("gives the images in it and its subfolders, ordered by path, without other and hidden files", async () => {
    await disk.write({ "images/b/2.PNG": null, "images/a.jpeg": null, "images/.c.png": null, "images/notes.txt": "x" });
    const set = await images("images");
    expect(itemsOf(set).map(({ name }) => name)).toEqual(["a.jpeg", "b/2.PNG"]);
    expect(set.item(0).images).toMatchObject([{ kind: "file", path: path.join(disk.folder, "images/a.jpeg") }]);
  });

  it("gives every subfolder as a class, ordered by name", async () => {
    await disk.write({ "images/dog/1.png": null, "images/cat/x/2.png": null, "images/cat/3.png": null });
    const set = await images("labelled_images");
    expect(set.classes).toEqual(["cat", "dog"]);
    expect(itemsOf(set).map(({ name, label }) => [name, label])).toEqual([
      ["cat/3.png", 0],
      ["cat/x/2.png", 0],
      ["dog/1.png", 1],
    ]);
  });

  it("pairs every image with the mask of the same name", async () => {
    await disk.write({ "images/a/1.jpg": null, "masks/a/1.png": null, "masks/other.png": null });
    const set = await images("masks", { masks: "masks" });
    expect(itemsOf(set)).toMatchObject([{ name: "a/1.jpg", mask: { path: path.join(disk.folder, "masks/a/1.png") } }]);
  });

  it("notes skipped files, hidden files and classes without an image", async () => {
    await disk.write({
      "images/cat/1.png": null,
      "images/cat/Thumbs.db": "x",
      "images/.cache/2.png": null,
      "images/a.txt": "x",
    });
    await mkdir(path.join(disk.folder, "images/dog"));
    const set = await images("labelled_images");
    expect(set.classes).toEqual(["cat", "dog"]);
    expect(set.notes).toEqual([
      { says: "2 files are no images", count: 2, names: ["a.txt", "cat/Thumbs.db"] },
      { says: "1 hidden file or folder is left out", count: 1, names: [".cache"] },
      { says: "1 class has no image", count: 1, names: ["dog"] },
    ]);
  });

  it("gives masks with 0 as no class, and the names of their classes", async () => {
    await disk.write({ "images/1.jpg": null, "masks/1.png": null });
    const set = await images("masks", { masks: "masks", reduce_zero_label: true, classes: ["wall", "floor"] });
    expect(set.classes).toEqual(["wall", "floor"]);
    expect(itemsOf(set)).toMatchObject([{ mask: { reduceZeroLabel: true } }]);
  });

  it("notes masks without an image, and classes named like splits", async () => {
    await disk.write({
      "images/train/1.png": null,
      "images/val/2.png": null,
      "masks/train/1.png": null,
      "masks/3.png": null,
    });
    const masks = await images("masks", { masks: "masks", on_error: "skip" });
    expect(masks.notes).toEqual([{ says: "1 mask belongs to no image", count: 1, names: ["3.png"] }]);
    const labelled = await images("labelled_images");
    expect(labelled.notes?.map(({ says }) => says)).toEqual(["the classes are named like parts of a data set"]);
  });

  it("numbers the folders by `classes`, including those without images", async () => {
    await disk.write({ "images/dog/1.png": null, "images/cat/2.png": null });
    const set = await images("labelled_images", { classes: ["cow", "dog", "cat"] });
    expect(itemsOf(set).map(({ name, label }) => [name, label])).toEqual([
      ["cat/2.png", 2],
      ["dog/1.png", 1],
    ]);
    expect(set.classes).toEqual(["cow", "dog", "cat"]);
    expect(set.notes?.map(({ names }) => names)).toEqual([["cow"]]);
    expect(digestOf(set)).not.toBe(digestOf(await images("labelled_images")));
  });

  it("has another digest if a class without images renumbers the others", async () => {
    await disk.write({ "images/dog/1.png": null });
    const before = digestOf(await images("labelled_images"));
    await mkdir(path.join(disk.folder, "images/cat"));
    expect(digestOf(await images("labelled_images"))).not.toBe(before);
  });

  describe("links", () => {
    const link = (from: string, to: string) => symlink(to, path.join(disk.folder, from));

    it("to files and folders inside are followed, also as classes", async () => {
      await disk.write({ "images/pool/1.png": null });
      await link("images/cat", "pool");
      await link("images/pool/2.png", "1.png");
      const set = await images("labelled_images");
      expect(set.classes).toEqual(["cat", "pool"]);
      expect(itemsOf(set).map(({ name }) => name)).toEqual(["cat/1.png", "cat/2.png", "pool/1.png", "pool/2.png"]);
    });

    it("to the outside are reported with the folder to allow, as are broken ones", async () => {
      await disk.write({ "images/a.png": null, "disk/b.png": null });
      await link("images/b.png", "../disk/b.png");
      await link("images/c.png", "nothing.png");
      await link("images/d", "../disk");
      await link("images/e.png", "e.png");
      expect((await disk.mistakes(images("images"))).map((text) => text)).toEqual([
        "V915 images the image path `b.png` leads out of `images`",
        "V916  there is no image `images/c.png`: it is a link to `nothing.png`, which does not exist",
        "V915 images the image path `d` leads out of `images`",
        "V910 images/e.png cannot read `images/e.png`: its links form a cycle",
      ]);
      const error = await images("images").catch((thrown: unknown) => thrown);
      expect(mistakesIn(error).map(({ help }) => help.includes(`allow: "${path.join(disk.folder, "disk")}"`))).toEqual([
        true,
        false,
        true,
        false,
      ]);
      expect((await images("images", { on_error: "skip" })).skipped).toHaveLength(4);
    });

    it("to allowed folders outside are followed", async () => {
      await disk.write({ "images/a.png": null, "disk/deep/b.png": null, "other/c.png": null });
      await link("images/b.png", "../disk/deep/b.png");
      await link("images/d", "../other");
      const set = await images("images", { allow: ["disk", "other"] });
      expect(itemsOf(set).map(({ name }) => name)).toEqual(["a.png", "b.png", "d/c.png"]);
      expect(set.item(2).images).toMatchObject([{ path: path.join(disk.folder, "other/c.png") }]);
      expect(await disk.mistakes(images("images", { allow: ["nowhere"] }))).toEqual([
        "V910 nowhere cannot read `nowhere`: it does not exist",
      ]);
    });

    it("to an enclosing folder are not followed, which is noted", async () => {
      await disk.write({ "images/x/a.png": null });
      await link("images/one", ".");
      await link("images/two", ".");
      await link("images/x/up", "..");
      const set = await images("images");
      expect(set.length).toBe(1);
      expect(set.notes).toEqual([
        { says: "3 links lead back to folders around them", count: 3, names: ["one", "two", "x/up"] },
      ]);
    });

    it("between folders do not lead to an endless scan", async () => {
      const names = Array.from({ length: 9 }, (_, i) => `f${i}`);
      await disk.write(Object.fromEntries(names.map((name) => [`images/${name}/a.png`, null])));
      for (const from of names) for (const to of names) await link(`images/${from}/${to}`, `../${to}`);
      expect(await disk.mistakes(images("images"))).toEqual([
        expect.stringMatching(/^V959 images .*links lead to `images\/f\d` on more than 500 ways/),
      ]);
    });
  });

  it("has another digest when an image changes its size", async () => {
    await disk.write({ "images/a.png": null });
    const before = digestOf(await images("images"));
    await disk.write({ "images/a.png": "other bytes" });
    expect(digestOf(await images("images"))).not.toBe(before);
  });

  it.each([
    {
      what: "a missing folder",
      kind: "images",
      files: {},
      more: {},
      said: ["V910 images cannot read `images`: it does not exist"],
    },
    {
      what: "a folder without images",
      kind: "images",
      files: { "images/notes.txt": "x" },
      more: {},
      said: ["V919 images the data set `images` cannot feed this run: there is no image in the folder"],
    },
    {
      what: "an image outside the classes",
      kind: "labelled_images",
      files: { "images/a.png": null, "images/cat/b.png": null, "images/c.png": null },
      more: {},
      said: ["a", "c"].map(
        (name) =>
          `V959 images/${name}.png \`images/${name}.png\` cannot be used: it is next to the class folders, not in one`,
      ),
    },
    {
      what: "a folder without class folders, once",
      kind: "labelled_images",
      files: { "images/a.png": null, "images/b.png": null },
      more: {},
      said: [
        "V959 images `images` cannot be used: 2 images lie in the folder itself and none in a folder of a class, as `labelled_images` want",
      ],
    },
    {
      what: "a folder that is not one of the classes",
      kind: "labelled_images",
      files: { "images/cat/a.png": null, "images/cow/b.png": null },
      more: { classes: ["cat", "dog"] },
      said: [
        "V959 images/cow/b.png `images/cow/b.png` cannot be used: its folder `cow` is not one of the classes `cat`, `dog`",
      ],
    },
    {
      what: "two masks of one image",
      kind: "masks",
      files: { "images/a.jpg": null, "masks/a.gif": null, "masks/a.png": null },
      more: { masks: "masks" },
      said: ["V959 masks/a.png `masks/a.png` cannot be used: `a.gif` is a mask of the same image"],
    },
    {
      what: "an image without its mask",
      kind: "masks",
      files: { "images/a.png": null, "masks/b.png": null },
      more: { masks: "masks" },
      said: ["V959 images/a.png `images/a.png` cannot be used: `masks` holds no mask of its name"],
    },
    {
      what: "masks without a `masks` folder",
      kind: "masks",
      files: { "images/a.png": null },
      more: {},
      said: ["V959 images `images` cannot be used: the block names no `masks` folder"],
    },
  ] as const)("reports $what", async ({ kind, files, more, said }) => {
    await disk.write(files);
    const found = await disk.mistakes(images(kind, more));
    expect(found.map((text) => text)).toEqual(said);
  });
});
