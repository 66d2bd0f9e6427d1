// The generated world: scenes, and which scenes a split contains. A scene is one to four objects on a 3 × 3 grid. Everything is
// drawn from named random streams, so that (seed, split, number) identifies a scene for ever. FIXED: reported results refer to
// this world (docs/data.md); any change here makes another world.
import { hash32, stream, type RandomStream } from "../../random.js";
import { inTurns } from "../../turns.js";

/** An object's colour is an index of this list. */
export const COLOURS = ["red", "orange", "yellow", "green", "blue", "purple", "black"] as const;
/** An object's shape is an index of this list. */
export const SHAPES = ["circle", "square", "triangle", "cross"] as const;
/** An object's size is an index of this list. */
export const SIZES = ["small", "big"] as const;
/** An object's row is an index of this list. */
export const ROWS = ["top", "middle", "bottom"] as const;
/** An object's column is an index of this list. */
export const COLUMNS = ["left", "center", "right"] as const;

/** The values of each attribute; an object has an index into each. */
export const attributes = { colour: COLOURS, shape: SHAPES, size: SIZES, row: ROWS, column: COLUMNS } as const;
/** An attribute of an object. */
export type Attribute = keyof typeof attributes;

/** Attributes are indices into their lists. */
export interface SceneObject extends Readonly<Record<Attribute, number>> {
  /** Shift from the middle of its cell, in steps of −1, 0, 1. Never mentioned in sentences. */
  readonly shift: readonly [number, number];
}

/** A scene before it is drawn. */
export interface Scene {
  /** Index within its split. */
  readonly index: number;
  readonly objects: readonly SceneObject[];
  /** The light background, an index into the drawing's list. Never mentioned in sentences. */
  readonly background: number;
}

/** Splits share no scene. */
export const SPLITS = ["train", "validation", "test"] as const;
/** The name of a split. */
export type Split = (typeof SPLITS)[number];

/** The default number of scenes in a split. */
export const SCENES = { train: 8000, validation: 500, test: 500 } as const satisfies Record<Split, number>;

const BACKGROUNDS = 6;
const CELLS = ROWS.length * COLUMNS.length;

/** Probabilities of one, two, three and four objects. Few single ones, since only 504 of them differ. */
const COUNTS = [0.02, 0.4, 0.43, 0.15] as const;

/** Another value of an attribute, uniformly distributed. */
export function otherValue(key: Attribute, value: number, random: RandomStream): number {
  const n = attributes[key].length;
  return (value + 1 + random.integer(n - 1)) % n;
}

/** The first `count` scenes of a split; no two have the same objects in the same cells. */
export async function scenesOf(seed: number, split: Split, count: number): Promise<Scene[]> {
  const random = stream(seed, "shapes", "scenes", split);
  const seen = new Set<string>();
  const scenes: Scene[] = [];
  for await (const drawn of inTurns(drawnScenes(random))) {
    if (scenes.length >= count) break;
    const key = sceneKey(drawn);
    if (splitOf(key) !== split || seen.has(key)) continue;
    seen.add(key);
    scenes.push({ index: scenes.length, ...drawn });
  }
  return scenes;
}

function* drawnScenes(random: RandomStream): Generator<Omit<Scene, "index">> {
  for (;;) yield { objects: drawObjects(random), background: random.integer(BACKGROUNDS) };
}

/** A key for the meaning of a scene: its objects without their shifts, in the order of the cells. */
export function sceneKey(scene: Pick<Scene, "objects">): string {
  return scene.objects
    .map(({ row, column, colour, shape, size }) => [row, column, colour, shape, size].join(""))
    .sort()
    .join(" ");
}

/** The split that may contain scenes with this key, for every seed: of ten, one is validation, one test, eight train. */
function splitOf(key: string): Split {
  const bucket = hash32("shapes", key) % 10;
  return bucket === 0 ? "validation" : bucket === 1 ? "test" : "train";
}

function drawObjects(random: RandomStream): SceneObject[] {
  const cells = random.shuffle([...Array(CELLS).keys()]).slice(0, drawCount(random));
  return cells.map((cell) => ({
    colour: random.integer(COLOURS.length),
    shape: random.integer(SHAPES.length),
    size: random.integer(SIZES.length),
    row: Math.floor(cell / COLUMNS.length),
    column: cell % COLUMNS.length,
    shift: [random.integer(3) - 1, random.integer(3) - 1],
  }));
}

function drawCount(random: RandomStream): number {
  let rest = random.uniform();
  for (const [i, chance] of COUNTS.entries()) {
    if (rest < chance) return i + 1;
    rest -= chance;
  }
  return COUNTS.length;
}
