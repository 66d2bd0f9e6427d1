// The table of image formats that are read, and of what is found in their place. A file's format is decided by its first bytes,
// never by its name.
import { firstBytes } from "../../formats/first-bytes.js";
import type { ImageBytes } from "./image-bytes.js";
import { tiffSamples, type Samples } from "./tiff-samples.js";

/** Bytes examined at the beginning of a file. */
export const HEAD_BYTES = 1024;
/** Bytes at the end of a file that are searched for the end marker of its format. */
export const TAIL_BYTES = 65_536;

/** A supported format. */
export interface ImageFormat {
  readonly name: string;
  /** Extensions of files that `format: folder` takes for images. */
  readonly endings: readonly string[];
  /** Whether a file begins like this format; `head` has a character per byte. */
  readonly isIt: (head: string) => boolean;
  /** Whether the tail of a file (a character per byte) is that of a complete one; absent if the format has no end marker. */
  readonly isWhole?: (tail: string) => boolean;
  /** The libvips loader that may open it. */
  readonly loader: string;
  /** The sample format of a file that begins with `head`. */
  readonly samples: (head: string, bytes: ImageBytes) => Samples;
  /** What is read of it, for docs/data.md. */
  readonly reads: string;
}

/** A format that is not read. */
export interface Stranger {
  /** Worded to follow "it is". */
  readonly is: string;
  readonly endings: readonly string[];
  readonly isIt: (head: string) => boolean;
  /** The remedy. */
  readonly instead: string;
}

const beginsAs =
  (pattern: RegExp) =>
  (head: string): boolean =>
    pattern.test(head);

const levels = (deep: boolean): Samples => ({ deep, refused: null });

/** Supported formats, in the order in which files are compared with them. */
export const FORMATS: readonly ImageFormat[] = [
  {
    name: "JPEG",
    endings: ["jpg", "jpeg", "jpe", "jfif"],
    isIt: beginsAs(/^\xff\xd8\xff/),
    isWhole: (tail) => tail.includes("\xff\xd9"),
    loader: "VipsForeignLoadJpeg",
    samples: () => levels(false),
    reads: "baseline and progressive; grey, colour and CMYK of 8 bits",
  },
  {
    name: "PNG",
    endings: ["png", "apng"],
    isIt: beginsAs(/^\x89PNG\r\n\x1a\n/),
    isWhole: (tail) => tail.includes("IEND\xae\x42\x60\x82"),
    loader: "VipsForeignLoadPng",
    // From the header. For sides of 2^24 pixels and more libvips prints to the terminal.
    samples: (head) => ({
      deep: head.charCodeAt(24) === 16,
      refused: /^[^]{8}\0{3}\x0dIHDR\0[^]{3}\0[^]{12}/.test(head) ? null : "it is cut off or damaged",
    }),
    reads: "1 to 16 bits; grey, colour and palette; of an animation the still image",
  },
  {
    name: "WebP",
    endings: ["webp"],
    isIt: beginsAs(/^RIFF[^]{4}WEBP/),
    loader: "VipsForeignLoadWebp",
    samples: () => levels(false),
    reads: "lossy and lossless; of an animation the first frame",
  },
  {
    name: "GIF",
    endings: ["gif"],
    isIt: beginsAs(/^GIF8[79]a/),
    loader: "VipsForeignLoadNsgif",
    samples: () => levels(false),
    reads: "the first frame",
  },
  {
    name: "TIFF",
    endings: ["tif", "tiff"],
    isIt: beginsAs(/^(II[*+]\0(?![^]{4}CR)|MM\0[*+])/),
    loader: "VipsForeignLoadTiff",
    samples: (_, bytes) => tiffSamples(bytes),
    reads: "the first page, of 1, 2, 4, 8 or 16 bits without sign; plain, LZW, Deflate, JPEG, PackBits, CCITT",
  },
  {
    name: "AVIF",
    endings: ["avif"],
    isIt: beginsAs(/^[^]{4}ftyp(avi[fs]|(mif1|msf1|miaf)[^]{4}([^]{4}){0,6}avif)/),
    loader: "VipsForeignLoadHeif",
    // `deep` makes no difference for 8 bits.
    samples: () => levels(true),
    reads: "8, 10 and 12 bits; of a sequence the first image",
  },
];

/** The supported formats, for messages. */
export const READ = FORMATS.map(({ name }) => name).join(", ");

const image = (what: string, endings: readonly [string, ...string[]], isIt: Stranger["isIt"]): Stranger => ({
  is: `${what}, which is not supported`,
  endings,
  isIt,
  instead: `convert it to one of ${READ}, for instance by \`magick mogrify -format png *.${endings[0]}\``,
});

/** Image formats that are not read, and other files found in the place of images. */
export const STRANGERS: readonly Stranger[] = [
  image("a BMP image", ["bmp", "dib"], beginsAs(/^BM[^]{4}\0{4}/)),
  image("a HEIC image", ["heic", "heif", "hif"], beginsAs(/^[^]{4}ftyp(hei[cmsx]|hev[cmsx]|mif1|msf1)/)),
  image("a JPEG 2000 image", ["jp2", "j2k", "jpf", "jpx"], beginsAs(/^(\0{3}\x0cjP {2}|\xff\x4f\xff\x51)/)),
  image("a JPEG XL image", ["jxl"], beginsAs(/^(\xff\x0a|\0{3}\x0cJXL )/)),
  image("a Photoshop document", ["psd", "psb"], beginsAs(/^8BPS/)),
  image("a Netpbm image", ["ppm", "pgm", "pbm", "pnm", "pam"], beginsAs(/^P[1-7]\s/)),
  image("a Windows icon", ["ico", "cur"], beginsAs(/^\0\0[\x01\x02]\0[\x01-\xff]/)),
  image("an OpenEXR image", ["exr"], beginsAs(/^v\/1\x01/)),
  image("a Radiance HDR image", ["hdr"], beginsAs(/^#\?R(ADIANCE|GBE)/)),
  image("a DICOM image", ["dcm"], beginsAs(/^[^]{128}DICM/)),
  // TGA files have no magic number.
  image("a TGA image", ["tga"], () => false),
  image(
    "a camera raw file",
    ["dng", "cr2", "cr3", "nef", "arw", "orf", "raf", "rw2"],
    beginsAs(/^(II\*\0[^]{4}CR|FUJIFILMCCD-RAW|[^]{4}ftypcrx )/),
  ),
  {
    is: "an SVG drawing, which is not supported",
    endings: ["svg", "svgz"],
    isIt: beginsAs(/^(\xef\xbb\xbf)?\s*<(svg[\s>]|(\?xml|!--|!doctype\s+svg)[^]*<svg[\s>])/i),
    instead: "draw it as a PNG, for instance by `rsvg-convert drawing.svg -o drawing.png`",
  },
  {
    is: "a PDF, which is not supported",
    endings: [],
    isIt: firstBytes.pdf,
    instead: "save its pages as PNG, for instance by `pdftoppm -png`",
  },
  { is: "empty", endings: [], isIt: beginsAs(/^$/), instead: "copy or download it again" },
  {
    is: "a web page (HTML), as downloads that failed leave",
    endings: [],
    isIt: firstBytes.html,
    instead: "download the file again",
  },
  {
    is: "a pointer of Git LFS, in the place of a file that was not downloaded",
    endings: [],
    isIt: firstBytes.gitLfs,
    instead: "run `git lfs pull` in its repository",
  },
];

/** Matches the extensions of image files, including unsupported ones. */
export const ENDINGS = endingsOf([...FORMATS, ...STRANGERS]);
/** Matches the extensions of unsupported image files only. */
export const STRANGE_ENDINGS = endingsOf(STRANGERS);

function endingsOf(formats: readonly (ImageFormat | Stranger)[]): RegExp {
  return new RegExp(`\\.(${formats.flatMap(({ endings }) => endings).join("|")})$`, "i");
}
