// The data sets of the generated world: one for each kind and split, over the same scenes.
import { stream, type RandomStream } from "../../random.js";
import { suppliesOf, type DataKind, type DataSet, type ImageSource, type Item } from "../sources/data-set.js";
import type { SourceSettings } from "../sources/settings.js";
import { captionsOf } from "./captions.js";
import { drawGrid, drawMask, drawScene, type Grid, type CellPlacement } from "./drawing.js";
import { ANSWERS, questionsOf } from "./questions.js";
import { COLOURS, SCENES, scenesOf, SHAPES, SIZES, type Scene, type SceneObject, type Split } from "./scene.js";
import { pairStatementsOf, statementsOf, type Statement } from "./statements.js";

/** A split of the generated world as items of one kind. Nothing is rendered here. */
export async function openShapes(kind: DataKind, settings: SourceSettings<"shapes">): Promise<DataSet> {
  const { split, seed, grid } = settings;
  const images = settings.images === 2 ? 2 : 1;
  const scenes = await scenesOf(seed, split, settings.scenes ?? SCENES[split]);
  const world: World = { seed, split, scenes, images, prefix: `shapes(${seed})/${split}` };
  const made = await makers[kind](world);
  const length = Math.min(settings.items ?? made.items.length, made.items.length);
  const plain = `${world.prefix}/${kind}${images === 2 ? "(2)" : ""}`;
  const name = grid === undefined ? plain : `${plain}/grid(${Object.values(grid).join(", ")})`;
  const item = (index: number): Item => {
    const content = made.make(at(made.items, index));
    const laid = grid === undefined ? content : onGrid(content, grid, stream(seed, "shapes", "grid", plain, index));
    return { name: `${name}/${index}`, ...laid };
  };
  return {
    name,
    kind,
    supplies: suppliesOf(kind, grid === undefined ? images : 1),
    length,
    // Everything that determines the generated world, besides the program's version.
    digests: new Map([[name, { records: `${name}, ${scenes.length} scenes, ${length} items` }]]),
    item,
    ...(made.classes && { classes: made.classes }),
    ...(made.answers && { answers: made.answers }),
  };
}

interface World {
  readonly seed: number;
  readonly split: Split;
  readonly scenes: readonly Scene[];
  readonly images: 1 | 2;
  readonly prefix: string;
}

type Content = Omit<Item, "name">;

interface WorldItems<T = unknown> {
  readonly items: readonly T[];
  readonly make: (item: T) => Content;
  readonly classes?: readonly string[];
  readonly answers?: readonly string[];
}

/** Erases the type of what items are made from; `make` only ever gets entries of `items`. */
function made<T>(parts: WorldItems<T>): WorldItems {
  const { items, make, ...rest } = parts;
  return { ...rest, items: [...items.keys()], make: (index) => make(at(items, Number(index))) };
}

const makers = {
  images: async (world) => made({ items: world.scenes, make: (scene) => ({ images: [picture(world, scene)] }) }),
  labelled_images: async (world) =>
    made({
      items: world.scenes.filter((scene) => bigObjects(scene).length === 1),
      make: (scene) => ({ images: [picture(world, scene)], label: classOf(bigObjects(scene)) }),
      classes: COLOURS.flatMap((colour) => SHAPES.map((shape) => `${colour} ${shape}`)),
    }),
  texts: async (world) => made({ items: await textsOf(world), make: (text) => ({ images: [], text }) }),
  pairs: async (world) =>
    made({
      items: (await captionsOf(world.seed, world.split, world.scenes)).map(({ text }, scene) => ({ text, scene })),
      make: ({ text, scene }) => ({ images: [picture(world, at(world.scenes, scene))], text }),
    }),
  questions: async (world) =>
    made({
      items: await questionsOf(world.seed, world.split, world.scenes),
      make: ({ scene, text, answer }) => ({
        images: [picture(world, at(world.scenes, scene))],
        text,
        answers: [{ index: ANSWERS.indexOf(answer), score: 1 }],
      }),
      answers: ANSWERS,
    }),
  statements: async (world) =>
    made({
      items: await allStatements(world),
      make: ({ scenes, text, isTrue }) => ({
        images: scenes.map((scene) => picture(world, at(world.scenes, scene))),
        text,
        label: isTrue ? 1 : 0,
      }),
      classes: ["false", "true"],
    }),
  masks: async (world) =>
    made({
      items: world.scenes,
      make: (scene) => ({
        images: [picture(world, scene)],
        mask: { kind: "drawing", key: `${world.prefix}/mask/${scene.index}`, svg: drawMask(scene) },
      }),
      classes: ["background", ...SHAPES],
    }),
} as const satisfies Record<DataKind, (world: World) => Promise<WorldItems>>;

async function allStatements({ seed, split, scenes, images }: World): Promise<readonly Statement<unknown>[]> {
  return images === 2 ? pairStatementsOf(seed, split, scenes) : statementsOf(seed, split, scenes);
}

function picture({ prefix }: World, scene: Scene): ImageSource {
  return { kind: "drawing", key: `${prefix}/scene/${scene.index}`, svg: drawScene(scene) };
}

/** An item with its images, and its mask, drawn in the cells of a grid. */
function onGrid({ images, mask, ...rest }: Content, grid: Grid, random: RandomStream): Content {
  if (images.length === 0) return { images, ...rest };
  const cells = random.shuffle([...Array(grid.cells).keys()]).slice(0, images.length);
  const [least, most] = grid.scale;
  const spots = cells
    .sort((a, b) => a - b)
    .map((cell): CellPlacement => {
      const scale = least + (most - least) * random.uniform();
      return { cell, scale, left: random.uniform(), above: random.uniform() };
    });
  const together = (sources: readonly ImageSource[], background: string): ImageSource => {
    const drawings = sources.map((source, i) => {
      if (source.kind !== "drawing") throw new Error("internal: a file in the generated world");
      return { ...at(spots, i), svg: source.svg };
    });
    const key = sources.map((source, i) => `${source.key}@${Object.values(at(spots, i)).join()}`).join("+");
    return { kind: "drawing", key: `${key}/${grid.cells}/${grid.columns}`, svg: drawGrid(drawings, grid, background) };
  };
  return { images: [together(images, "#ffffff")], ...rest, ...(mask && { mask: together([mask], "#000000") }) };
}

/** Captions, then one true and one edited statement for each scene. */
async function textsOf({ seed, split, scenes }: World): Promise<string[]> {
  const captions = await captionsOf(seed, split, scenes);
  const statements = (await statementsOf(seed, split, scenes)).filter(({ isTrue }) => isTrue);
  return [...captions, ...statements].map(({ text }) => text);
}

function bigObjects(scene: Scene): SceneObject[] {
  return scene.objects.filter(({ size }) => SIZES[size] === "big");
}

/** The class of a scene: colour and shape of its only big object. */
function classOf([object]: readonly SceneObject[]): number {
  return object === undefined ? 0 : object.colour * SHAPES.length + object.shape;
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`internal: item ${index} of ${list.length}`);
  return found;
}
