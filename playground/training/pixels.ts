// Rasterises drawings of the `shapes` data without the library that does so elsewhere: the few SVG elements in those drawings,
// on a canvas. Anti-aliasing differs slightly.
import { writePixels, type ImageLoader, type ImageSource } from "../../runtime/in-page.js";

/** Draws the images of batches, with a cache. */
export function createDrawer(): ImageLoader {
  const kept = new Map<string, Uint8Array>();
  const drawn = (source: ImageSource, size: number, channels: 3 | 4): Uint8Array => {
    const key = `${size} ${channels} ${source.key}`;
    const pixels = kept.get(key) ?? interleaved(pixelsOf(svgOf(source), size), channels);
    kept.set(key, pixels);
    return pixels;
  };
  const none = (): never => {
    throw new Error("internal: stages.ts let a file pass");
  };
  return {
    loadInto: async (target, { source, size, channels }) => {
      const form = { size, channels: channels === 4 ? 4 : 3 } as const;
      writePixels({ ...form, data: drawn(source, size, form.channels) }, target, channels);
    },
    loadMask: async (source, size) => Int32Array.from(classesOf(svgOf(source), size)),
    loadClasses: async (source, size) => ({
      ...{ width: size, height: size, channels: 1 },
      data: Uint16Array.from(classesOf(svgOf(source), size)),
    }),
    loadCodes: none,
    windowsOf: none,
  };
}

function svgOf(source: ImageSource): string {
  if (source.kind !== "drawing") throw new Error("internal: stages.ts let a file pass");
  return source.svg;
}

/** RGB or RGBA from RGBA. */
function interleaved(pixels: Uint8ClampedArray, channels: 3 | 4): Uint8Array {
  return Uint8Array.from({ length: (pixels.length / 4) * channels }, (_, i) => {
    return pixels[4 * Math.floor(i / channels) + (i % channels)] ?? 0;
  });
}

/** The RGBA pixels of a drawing. */
function pixelsOf(svg: string, size: number): Uint8ClampedArray {
  const context = contextOf(size);
  draw(context, svg, size, () => true);
  return context.getImageData(0, 0, size, size).data;
}

/** The class of each pixel in a drawing of classes, without blended edges: that of the last figure that covers half of it. */
function classesOf(svg: string, size: number): Uint8Array {
  const classes = new Uint8Array(size * size);
  const context = contextOf(size);
  const levels = [...svg.matchAll(/<(?:rect|circle|path)\b[^>]*fill="(?:rgb\((\d+),|#000000)/g)];
  levels.forEach(([, level = "0"], wanted) => {
    context.clearRect(0, 0, size, size);
    draw(context, svg, size, (figure) => figure === wanted);
    const { data } = context.getImageData(0, 0, size, size);
    for (let i = 0; i < classes.length; i++) if ((data[4 * i + 3] ?? 0) >= 128) classes[i] = Number(level);
  });
  return classes;
}

type Context = OffscreenCanvasRenderingContext2D;

function contextOf(size: number): Context {
  const context = new OffscreenCanvas(size, size).getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("internal: a canvas without a context");
  return context;
}

/** An element: its name and its attributes. */
const tag = /<(\/?)(svg|rect|circle|path)\b([^>]*?)\/?>/g;

type Attributes = ReadonlyMap<string, string>;

/**
 * Draws the wanted figures of an SVG, by their numbers, over a whole canvas; nested drawings are placed by their attributes.
 */
function draw(context: Context, svg: string, size: number, wants: (figure: number) => boolean): void {
  let [depth, figures] = [0, 0];
  for (const [, end, name = "", written = ""] of svg.matchAll(tag)) {
    const pairs = [...written.matchAll(/([A-Za-z-]+)="([^"]*)"/g)];
    const given: Attributes = new Map(pairs.map(([, key = "", value = ""]) => [key, value]));
    if (name !== "svg") {
      if (wants(figures++)) fill(context, name, given);
    } else if (end === "/") {
      context.restore();
      depth -= 1;
    } else {
      context.save();
      place(context, given, depth === 0 ? [size, size] : [numberIn(given, "width"), numberIn(given, "height")]);
      depth += 1;
    }
  }
}

function fill(context: Context, name: string, given: Attributes): void {
  const [x, y, width, height] = ["x", "y", "width", "height"].map((key) => numberIn(given, key));
  context.fillStyle = given.get("fill") ?? "#000000";
  if (name === "rect") return context.fillRect(x ?? 0, y ?? 0, width ?? 0, height ?? 0);
  if (name === "path") return context.fill(new Path2D(given.get("d")));
  context.beginPath();
  context.arc(numberIn(given, "cx"), numberIn(given, "cy"), numberIn(given, "r"), 0, 2 * Math.PI);
  context.fill();
}

/** Fits the view box of a drawing into its rectangle. */
function place(context: Context, given: Attributes, [across, down]: readonly [number, number]): void {
  const [, , width = 1, height = 1] = (given.get("viewBox") ?? "0 0 1 1").split(" ").map(Number);
  context.translate(numberIn(given, "x"), numberIn(given, "y"));
  context.scale(across / width, down / height);
}

function numberIn(given: Attributes, key: string): number {
  return Number(given.get(key) ?? 0);
}
