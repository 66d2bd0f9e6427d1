// `vlmo init`: refused folders, and messages for partly unusable data.
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { DataKind } from "../../../compiler/index.js";
import { disk } from "../../../runtime/cli/load-spec.js";
import { mistakesIn, type VlmoError } from "../../../runtime/errors/vlmo-error.js";
import { writeSpecification } from "../../../runtime/init/init.js";
import { inProcess as run } from "../cli/in-process.js";
import { coco, each, folderOf, lines, photos, textOf, type Files } from "./folders.js";

interface Refused {
  readonly what: string;
  readonly files: Files;
  readonly kind: DataKind | null;
  readonly says: string;
  readonly code?: string;
}

describe("data with mistakes", () => {
  it("writes despite some unusable samples, and lists those and unused files", async () => {
    const folder = await folderOf({
      ...photos("a"),
      "all.jsonl":
        lines((i) => ({ image: `${i}.png`, ...(i > 0 && { caption: textOf(i) }) })) + '{ "image": "1.png", \n',
      "none.csv": ["0.png,a dog", "1.png,a cat"].join("\n"),
    });
    const file = path.join(folder, "x.vlmo");
    const said = await inProcess("init", folder, "--out", file);
    expect(said).toMatchObject({ exit: 1, stdout: expect.stringContaining("pairs of jsonl (all.jsonl)") });
    expect(said.stdout).toContain("not used: none.csv (its first line is a record, not the names of columns)");
    expect(said.stderr).toContain("all.jsonl:1");
    expect(said.stderr).toContain("all.jsonl:13");
    expect(existsSync(file)).toBe(true);
  });

  const some = "image,caption\n";
  const rows = (make: (i: number) => string): string => some + Array.from({ length: 12 }, (_, i) => make(i)).join("\n");

  it.each([
    {
      what: "missing first images",
      csv: rows((i) => `${i < 2 ? "no" : ""}${i}.png,a dog ${i}`),
      says: "pairs of csv (all.csv)",
      wrong: "V916",
    },
    {
      what: "mostly empty texts",
      csv: rows((i) => `${i}.png,${i < 9 ? "" : `a dog ${i}`}`),
      says: "pairs of csv (all.csv)",
      wrong: "V914",
    },
    {
      what: "only empty texts",
      csv: rows((i) => `${i}.png,`),
      says: "not used: all.csv (the texts in its field `caption` are empty)",
      wrong: "",
    },
    {
      what: "images with another extension",
      csv: rows((i) => `${i}.PNG,a dog ${i}`),
      says: "such as `0.PNG`: there is `0.png`: capitals and small letters are distinguished)",
      wrong: "",
    },
    {
      what: "images without extension",
      csv: rows((i) => `${i},a dog ${i}`),
      says: "its field `image` names no image files",
      wrong: "",
    },
  ])("reports $what, and does not take the data for another kind", async ({ csv, says, wrong }) => {
    const folder = await folderOf({ ...each((i) => [`${i}.png`, 10 + i]), "all.csv": csv });
    const said = await inProcess("init", folder, "--out", path.join(folder, "x.vlmo"));
    expect(said.stdout).toContain(says);
    expect(said.stderr).toContain(wrong);
  });

  const refused: readonly Refused[] = [
    { what: "nothing", files: {}, kind: null, says: "no images, texts or annotations" },
    {
      what: "annotations without images",
      files: { "captions.json": coco() },
      kind: null,
      says: "of `captions.json`, its images are not in the folder",
    },
    {
      what: "a single pair",
      files: { "a/1.png": 3, "all.csv": "image,text\na/1.png,a dog\n" },
      kind: null,
      code: "V919",
      says: "add images or texts: at least two are needed",
    },
    {
      what: "an archive",
      files: { "cc3m.zip": "PK\u0003\u0004 and so on" },
      kind: null,
      says: 'of `cc3m.zip`, it is a zip archive: unpack it (`unzip "cc3m.zip"`)',
    },
    {
      what: "an invalid Parquet file",
      files: { "data/train.parquet": "PAR1 and so on" },
      kind: null,
      says: "of `data/train.parquet`, cannot read it: it is cut off, damaged",
    },
    {
      what: "Flickr30k's captions without a header",
      files: { ...photos("a"), "results_20130124.token": "1.png#0\ta dog\n1.png#1\ta cat\n" },
      kind: "pairs",
      says: "captions as Flickr8k and Flickr30k have them",
    },
    {
      what: "masks with one class, or none",
      files: { ...photos("images"), ...each((i) => [`masks/${i}.png`, 255]) },
      kind: null,
      says: "write 0 and 1 instead of 0 and 255",
    },
    {
      what: "records of a single class",
      files: { ...photos("a"), "all.jsonl": lines((i) => ({ image: `${i}.png`, label: "dog" })) },
      kind: null,
      says: "no two classes to choose among",
    },
    {
      what: "more names than plausible classes",
      files: {
        ...photos("a"),
        "all.jsonl": Array.from({ length: 1001 }, (_, i) => `{ "image": "${i % 12}.png", "label": "c${i}" }\n`).join(
          "",
        ),
      },
      kind: null,
      says: "has 1,001 names",
    },
    {
      what: "two images in one field",
      files: {
        ...photos("a"),
        "all.jsonl": lines((i) => ({ images: [`${i}.png`, "0.png"], text: "a b", label: i % 2 })),
      },
      kind: "statements",
      says: "a field of its own",
    },
    {
      what: "a single training pair",
      files: { "0.png": 1, "1.png": 2, "c.jsonl": '{"image":"0.png","text":"a b"}\n{"image":"1.png","text":"c d"}\n' },
      kind: null,
      says: "one pair",
    },
    { what: "one image", files: { "a.png": 1 }, kind: null, says: "all of it belongs together", code: "V919" },
    { what: "data of another kind", files: photos("a"), kind: "pairs", says: "no pairs" },
  ];

  it.each(refused)("refuses $what with the reason", async ({ files, kind, says, code = "V952" }) => {
    const folder = await folderOf(files);
    const options = {
      folder,
      out: path.join(folder, "x.vlmo"),
      kind,
      from: null,
      seconds: 60,
      speed: () => Promise.resolve(1e12),
      access: disk,
    };
    const written = writeSpecification(options);
    await expect(written).rejects.toSatisfy((error) =>
      mistakesIn(error).some((mistake) => mistake.code === code && asText(mistake).includes(says)),
    );
  });

  it("writes nothing if it refuses, and exits with 1", async () => {
    const folder = await folderOf({});
    const said = await inProcess("init", folder, "--out", path.join(folder, "x.vlmo"));
    expect(said).toMatchObject({ exit: 1, stderr: expect.stringContaining("no images, texts or annotations") });
    expect(existsSync(path.join(folder, "x.vlmo"))).toBe(false);
  });
});

function asText({ message, help }: VlmoError): string {
  return `${message}\n${help}`;
}

async function inProcess(...args: readonly string[]): ReturnType<typeof run> {
  return run(args);
}
