// Drawings of the `shapes` world as pixels, without the library that draws them elsewhere: the few elements that those drawings are
// made of, on a canvas. Edges are smoothed a little otherwise.
import type { ImageLoader, ImageSource } from "../../runtime/in-page.js";

/** Draws what batches want, and keeps it. */
export function createDrawer(): ImageLoader {
  const kept = new Map<string, Uint8ClampedArray>();
  const drawn = (source: ImageSource, size: number): Uint8ClampedArray => {
    if (source.kind !== "drawing") throw new Error("internal: a file in a page");
    const key = `${size} ${source.key}`;
    const pixels = kept.get(key) ?? pixelsOf(source.svg, size);
    kept.set(key, pixels);
    return pixels;
  };
  const none = (): never => {
    throw new Error("internal: a page was asked for what it has no images of");
  };
  return {
    loadInto: async (target, { source, size, channels }) => writeInto(target, drawn(source, size), channels),
    loadMask: none,
    loadClasses: none,
    loadCodes: none,
  };
}

/** [channels, size, size] from −1 to 1. */
function writeInto(target: Float32Array, pixels: Uint8ClampedArray, channels: number): void {
  const plane = target.length / channels;
  for (let i = 0; i < plane; i++)
    for (let channel = 0; channel < channels; channel++)
      target[channel * plane + i] = (pixels[4 * i + channel] ?? 0) / 127.5 - 1;
}

/** RGBA of a drawing. */
export function pixelsOf(svg: string, size: number): Uint8ClampedArray {
  const context = new OffscreenCanvas(size, size).getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("internal: a canvas without a context");
  draw(context, svg, size, size);
  return context.getImageData(0, 0, size, size).data;
}

type Context = OffscreenCanvasRenderingContext2D;

/** An element: its name and its attributes. */
const tag = /<(\/?)(svg|rect|circle|path)\b([^>]*?)\/?>/g;

/** Draws into a space of that size; drawings within it are placed by their attributes. */
function draw(context: Context, svg: string, width: number, height: number): void {
  let depth = 0;
  for (const [, end, name, written = ""] of svg.matchAll(tag)) {
    const given = new Map(
      [...written.matchAll(/([A-Za-z-]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
    );
    const number = (key: string): number => Number(given.get(key) ?? 0);
    context.fillStyle = given.get("fill") ?? "#000000";
    switch (name) {
      case "svg":
        if (end === "/") context.restore();
        else {
          context.save();
          place(context, given, depth === 0 ? { width, height } : { width: number("width"), height: number("height") });
        }
        depth += end === "/" ? -1 : 1;
        break;
      case "rect":
        context.fillRect(number("x"), number("y"), number("width"), number("height"));
        break;
      case "circle":
        context.beginPath();
        context.arc(number("cx"), number("cy"), number("r"), 0, 2 * Math.PI);
        context.fill();
        break;
      case "path":
        context.fill(new Path2D(given.get("d")));
    }
  }
}

/** Fits the view box of a drawing into its place. */
function place(context: Context, given: ReadonlyMap<string, string>, to: { width: number; height: number }): void {
  const [, , width = 1, height = 1] = (given.get("viewBox") ?? "0 0 1 1").split(" ").map(Number);
  context.translate(Number(given.get("x") ?? 0), Number(given.get("y") ?? 0));
  context.scale(to.width / width, to.height / height);
}
