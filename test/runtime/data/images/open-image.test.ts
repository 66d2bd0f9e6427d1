// Decoding image files: the pixels of an independent decoder, or a clear error.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, describe, expect, it } from "vitest";

import { createImageLoader } from "../../../../runtime/data/images/image.js";
import { DECODING_SECONDS } from "../../../../runtime/data/images/decoder-words.js";
import { FORMATS, STRANGERS } from "../../../../runtime/data/images/image-formats.js";
import { MOST_PIXELS } from "../../../../runtime/data/images/open-image.js";
import { openSource } from "../../../support/sources.js";
import { thumbnail } from "../../../../runtime/data/images/thumbnail.js";
import { stream } from "../../../../runtime/random.js";
import { mistakesIn } from "../../../../runtime/errors/vlmo-error.js";
import { fileOf, pngOf, tiffOf } from "../../../support/image-files.js";
import { decoded } from "../decoded.js";

const folder = mkdtempSync(path.join(tmpdir(), "vlmo-open-"));
afterAll(() => rmSync(folder, { recursive: true }));

const loader = createImageLoader(0);

async function pixelsOf(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  return (await loader.load(fileOf(folder, "image", bytes), size)).data;
}

/** The reason a file is not decoded, without its name. */
async function refusal(bytes: Uint8Array): Promise<string> {
  const error: unknown = await pixelsOf(bytes, 4).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: "V917", file: "records.jsonl", line: 1 });
  return error instanceof Error ? error.message.replace(/^cannot decode the image `[^`]*`: /, "") : "";
}

function noise(width: number, height: number): Sharp {
  const data = Buffer.from(Array.from({ length: 3 * width * height }, (_, i) => (i * i * 31 + i * 7) % 251));
  return sharp(data, { raw: { width, height, channels: 3 } });
}

describe("pixels are those of Pillow:", () => {
  it.each(decoded)("$what", async ({ file, pixels, within }) => {
    const [found, wanted] = [await pixelsOf(Buffer.from(file, "base64"), 4), Buffer.from(pixels, "hex")];
    const apart = wanted.map((level, i) => Math.abs(level - (found[i] ?? 0)));
    expect(found).toHaveLength(wanted.length);
    expect(Math.max(...apart)).toBeLessThanOrEqual(within);
  });

  it.each([
    ["#ffffff", [1, 1, 1]],
    ["#000000", [0, 0, 0]],
    ["#ff0000", [1, 0, 0]],
    ["#00ff00", [0, 1, 0]],
    ["#0000ff", [0, 0, 1]],
  ])("a CMYK JPEG, stored inverted as by Adobe, keeps its hue: %s", async (background, brightest) => {
    const plain = sharp({ create: { width: 16, height: 16, channels: 3, background } });
    const levels = (await pixelsOf(await plain.toColourspace("cmyk").jpeg().toBuffer(), 4)).slice(0, 3);
    const most = Math.max(...levels);
    expect([...levels].map((level) => (level === most && most > 100 ? 1 : 0))).toEqual(brightest);
  });
});

describe("a JPEG with decoder warnings", () => {
  const encoded = noise(48, 32).jpeg({ quality: 90, optimiseCoding: false }).toBuffer();

  /** The offset of a marker's segment. */
  const segment = (bytes: Buffer, marker: number): number => bytes.indexOf(Buffer.of(0xff, marker));

  const warned: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
    [
      "bytes between its segments",
      (bytes) => {
        const at = segment(bytes, 0xc4);
        return Buffer.concat([bytes.subarray(0, at), Buffer.of(0x12, 0x34, 0x56), bytes.subarray(at)]);
      },
    ],
    [
      "the spectral selection of a progressive one, as by some phones",
      (bytes) => {
        const changed = Buffer.from(bytes);
        // Length, three components of two bytes each, then the first and last coefficient and their bits.
        changed.set([0, 0, 0], segment(bytes, 0xda) + 2 + 2 + 1 + 6);
        return changed;
      },
    ],
    ["bytes after its end", (bytes) => Buffer.concat([bytes, Buffer.from("more\0\0")])],
  ];

  it.each(warned)("decodes to its pixels: %s", async (_, change) => {
    const bytes = await encoded;
    expect(await pixelsOf(change(bytes), 32)).toEqual(await pixelsOf(bytes, 32));
  });

  it.each(warned.slice(0, 2))("is refused if truncated: %s", async (_, change) => {
    const bytes = change(await encoded);
    for (const part of [0.4, 0.7, 0.95])
      expect(await refusal(bytes.subarray(0, part * bytes.length))).toBe("it is cut off");
  });
});

describe("a truncated file", () => {
  const encoders: Readonly<Record<string, (image: Sharp) => Sharp>> = {
    jpeg: (image) => image.jpeg(),
    "progressive jpeg": (image) => image.jpeg({ progressive: true }),
    png: (image) => image.png(),
    "interlaced png": (image) => image.png({ progressive: true }),
    "palette png": (image) => image.png({ palette: true }),
    webp: (image) => image.webp(),
    "lossless webp": (image) => image.webp({ lossless: true }),
    gif: (image) => image.gif(),
    tiff: (image) => image.tiff({ compression: "lzw" }),
    avif: (image) => image.avif({ effort: 0 }),
  };

  it.each(Object.entries(encoders))("is refused with a clear message wherever it is cut: %s", async (_, encode) => {
    const bytes = await encode(noise(60, 50)).toBuffer();
    const whole = await pixelsOf(bytes, 32);
    const cuts = Array.from({ length: 16 }, (_, i) => Math.floor(((i + 0.5) / 16) * bytes.length));
    for (const cut of cuts) expect(await refusal(bytes.subarray(0, cut))).toMatch(/^it is cut off( or damaged)?$/);
    // The last bytes of some formats hold no pixels: then the image must be complete.
    const last = await pixelsOf(bytes.subarray(0, -1), 32).catch(() => whole);
    expect(last).toEqual(whole);
  });
});

describe("a damaged file", () => {
  const ours = /^(it (is|has|stores|does|takes|was)|its (samples|colours|channels|compression|first page)) [^\n]*$/;

  it("is decoded or refused with a clear message, as an image and as a mask: 5 mutations of every file", async () => {
    const random = stream(1, "damage");
    const told: string[] = [];
    for (const { file } of decoded) {
      for (let i = 0; i < 5; i++) {
        const bytes = Buffer.from(file, "base64");
        for (let change = 0; change < 3; change++) bytes[random.integer(bytes.length)] = random.integer(256);
        const source = fileOf(folder, "damaged", bytes);
        for (const read of [loader.load, loader.loadMask]) {
          const error = await read(source, 4).then(
            () => null,
            (thrown: unknown) => thrown,
          );
          if (error === null) continue;
          expect(error).toMatchObject({ code: "V917" });
          told.push(error instanceof Error ? error.message.replace(/^[^`]*`[^`]*`: /, "") : "");
        }
      }
    }
    expect(told.filter((reason) => !ours.test(reason) || /vips|sharp|libpng|tiff2|failOn/i.test(reason))).toEqual([]);
    expect(told.length).toBeGreaterThan(100);
  });
});

describe("pixels that are not grey or colour levels are refused:", () => {
  const four = (samples: ArrayBufferView): Uint8Array =>
    new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const grey = { 262: 1, 277: 1 };
  const levels = Array.from({ length: 16 }, (_, i) => i / 15);
  const only = "unsigned integers of 1, 2, 4, 8 and 16 bits are read";

  it.each([
    ["float", { 258: 32, 339: 3 }, Float32Array.from(levels), `its samples are 32-bit floating-point numbers; ${only}`],
    [
      "double",
      { 258: 64, 339: 3 },
      Float64Array.from(levels),
      `its samples are 64-bit floating-point numbers; ${only}`,
    ],
    ["int32", { 258: 32, 339: 2 }, Int32Array.from(levels), `its samples are 32-bit signed integers; ${only}`],
    ["uint32", { 258: 32 }, Uint32Array.from(levels), `its samples are 32-bit unsigned integers; ${only}`],
    ["int16", { 258: 16, 339: 2 }, Int16Array.from(levels), `its samples are 16-bit signed integers; ${only}`],
    ["12 bits", { 258: 12 }, new Uint8Array(24), `its samples are 12-bit unsigned integers; ${only}`],
    ["complex", { 258: 64, 339: 6 }, new Float32Array(32), `its samples are 64-bit complex numbers; ${only}`],
    [
      "an extra channel that is no transparency",
      { 258: 8, 262: 2, 277: 4, 338: 0 },
      new Uint8Array(64),
      "its channels from 4 on are neither colours nor transparency",
    ],
    [
      "six channels",
      { 258: 8, 262: 2, 277: 6, 338: 0 },
      new Uint8Array(96),
      "its channels from 4 on are neither colours nor transparency",
    ],
    [
      "L*a*b*",
      { 258: 8, 262: 8, 277: 3 },
      new Uint8Array(48),
      "its colours are none of grey, RGB, palette, YCbCr and CMYK",
    ],
    [
      "the preview in a camera raw file",
      { 254: 1, 258: 8 },
      new Uint8Array(16),
      "its first page is a small preview of another, as in camera raw files",
    ],
  ])("%s", async (_, tags, samples, reason) => {
    expect(await refusal(tiffOf(4, 4, four(samples), { ...grey, ...tags }))).toBe(reason);
  });

  it("but not those of 8 and 16 bits", async () => {
    const levels = Array.from({ length: 16 }, (_, i) => 17 * i);
    const rgb = Uint8Array.from(levels.flatMap((level) => [level, level, level]));
    expect(await pixelsOf(tiffOf(4, 4, Uint8Array.from(levels), { ...grey, 258: 8 }), 4)).toEqual(rgb);
    const wide = four(Uint16Array.from(levels, (level) => 257 * level));
    expect(await pixelsOf(tiffOf(4, 4, wide, { ...grey, 258: 16 }), 4)).toEqual(rgb);
  });
});

describe("only images of supported formats are opened", () => {
  const read = "not of a supported format: JPEG, PNG, WebP, GIF, TIFF, AVIF";

  it.each([
    ["BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "a BMP image, which is not supported"],
    ["\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC image, which is not supported"],
    ["\0\0\0\x1cftypmif1\0\0\0\0mif1heic", "a HEIC image, which is not supported"],
    ["\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 image, which is not supported"],
    ["\xff\x0a\xfa\x3f", "a JPEG XL image, which is not supported"],
    ["8BPS\0\x01", "a Photoshop document, which is not supported"],
    ["P6\n4 4\n255\n", "a Netpbm image, which is not supported"],
    ["\0\0\x01\0\x01\0\x10\x10", "a Windows icon, which is not supported"],
    ["v/1\x01\x02\0\0\0", "an OpenEXR image, which is not supported"],
    ["#?RADIANCE\n", "a Radiance HDR image, which is not supported"],
    [`${"\0".repeat(128)}DICM`, "a DICOM image, which is not supported"],
    ["II*\0\x10\0\0\0CR\x02\0", "a camera raw file, which is not supported"],
    ["%PDF-1.7\n", "a PDF, which is not supported"],
    ["", "empty"],
    ["<!DOCTYPE html>\n<html><body>404</body></html>", "a web page (HTML), as downloads that failed leave"],
    [
      "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
      "a pointer of Git LFS, in the place of a file that was not downloaded",
    ],
    ["not an image", read],
    ["\0\0\x02\0\0\0\0\0\0\0\0\0", read],
    ["\x1f\x8b\x08\0", read],
  ])("%j is %s", async (bytes, is) => {
    expect(await refusal(Buffer.from(bytes, "latin1"))).toBe(`it is ${is}`);
  });

  const turbulence =
    '<filter id="f"><feTurbulence numOctaves="1000000"/></filter><rect width="8000" height="8000" filter="url(#f)"/>';

  it.each([
    ["plain", ""],
    ["after a byte order mark", "\xef\xbb\xbf  \n"],
    ["after a declaration", '<?xml version="1.0"?>\n<!-- drawn -->\n'],
    ["after a document type", "<!DOCTYPE svg>"],
  ])("an SVG is never rendered: %s", async (_, before) => {
    const svg = `${before}<svg xmlns="http://www.w3.org/2000/svg" width="8000" height="8000">${turbulence}</svg>`;
    expect(await refusal(Buffer.from(svg, "latin1"))).toBe("it is an SVG drawing, which is not supported");
    // Nor by sharp, which may recognise an SVG that we do not.
    const file = fileOf(folder, "drawing.svg", Buffer.from(svg, "latin1"));
    await expect(sharp(file.path).metadata()).rejects.toThrow(/unsupported/);
  });

  it("pipes, devices, folders and missing files are reported without blocking", async () => {
    const [pipe, zero] = [path.join(folder, "pipe.png"), path.join(folder, "zero.png")];
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    symlinkSync("/dev/zero", zero);
    const reasons = [pipe, zero, folder, path.join(folder, "absent.png")].map(async (file) => {
      const source = { kind: "file", key: file, path: file, place: {} } as const;
      for (const read of [loader.load, loader.loadMask, thumbnail])
        await expect(read(source, 4)).rejects.toMatchObject({ code: "V917" });
      return loader.load(source, 4).catch((error: Error) => error.message.split("`: ")[1]);
    });
    expect(await Promise.all(reasons)).toEqual([
      "it is a pipe or a device",
      "it is a pipe or a device",
      "it is a folder",
      "it does not exist",
    ]);
  });

  it("the help says what to do instead", async () => {
    const bytes = Buffer.from("BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "latin1");
    await expect(pixelsOf(bytes, 4)).rejects.toMatchObject({
      help: expect.stringMatching(
        /^convert it to one of JPEG, PNG, .* by `magick mogrify -format png \*\.bmp`, or set `on_error: skip`/,
      ),
    });
  });
});

describe("an image above the pixel limit", () => {
  it("is refused with its size, the limit and a remedy", async () => {
    const side = 11_600;
    const header = pngOf({ width: side, height: side, bits: 8, colours: 0, rows: [] });
    expect(await refusal(header)).toBe(
      "it has 11,600 × 11,600 pixels, more than the 134,217,728 pixels that are supported",
    );
    await expect(pixelsOf(header, 4)).rejects.toMatchObject({ help: expect.stringMatching(/^make it smaller/) });
    expect(side ** 2).toBeGreaterThan(MOST_PIXELS);
  });

  it("is refused before decoding if its dimensions are implausible", async () => {
    const header = pngOf({ width: 2 ** 30, height: 2 ** 30, bits: 8, colours: 0, rows: [] });
    expect(await refusal(header)).toBe("it is cut off or damaged");
  });
});

describe("a folder", () => {
  const images = path.join(folder, "images");
  mkdirSync(images);
  const bmp = Buffer.from("BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "latin1");
  const png = pngOf({ width: 1, height: 1, bits: 8, colours: 0, rows: [Buffer.of(9)] });
  const open = (more: object) => openSource("folder", "images", { images: "images", ...more }, folder);

  it("reports every image of an unsupported format, and reads a supported one with another extension", async () => {
    for (const name of ["a.png", "b.JPG", "c.heic", "d.jfif"]) writeFileSync(path.join(images, name), png);
    for (const name of ["e.bmp", "f.DIB"]) writeFileSync(path.join(images, name), bmp);
    writeFileSync(path.join(images, "notes.txt"), "no image");
    const told = await open({}).then(() => [], mistakesIn);
    expect(told.map(({ code, message }) => `${code} ${message.replaceAll(`${images}/`, "")}`)).toEqual([
      "V917 cannot decode the image `e.bmp`: it is a BMP image, which is not supported",
      "V917 cannot decode the image `f.DIB`: it is a BMP image, which is not supported",
    ]);
    const left = await open({ on_error: "skip" });
    const names = Array.from({ length: left.length }, (_, i) => left.item(i).name);
    expect([names, left.skipped?.length]).toEqual([["a.png", "b.JPG", "c.heic", "d.jfif"], 2]);
  });
});

describe("docs/data.md", () => {
  const page = readFileSync("docs/data.md", "utf8");

  const lists = (text: string): void => expect(page.includes(text), text).toBe(true);

  it.each(FORMATS)("lists the supported properties of $name", ({ name, endings, reads }) => {
    lists(`| ${name} | ${endings.map((ending) => `\`.${ending}\``).join(" ")} | ${reads} |\n`);
  });

  it("lists the extensions of unsupported formats, and the limits", () => {
    for (const { endings } of STRANGERS) lists(endings.map((ending) => `\`.${ending}\``).join(" "));
    lists(MOST_PIXELS.toLocaleString("en"));
    lists(`${DECODING_SECONDS} seconds`);
  });
});
