// Synthetic data of a rehearsal: samples of the kinds that the data blocks have. Images, texts and labels are derived from the
// sample's number, so that every rehearsal is the same.
import type { DataSpec, HeadSpec, Spec } from "../../compiler/index.js";
import { suppliesOf, type DataSet, type ImageSource, type Item } from "../data/index.js";
import { choicesOf } from "../data/check/uses.js";
import { DataShelf } from "../data/stage-data.js";
import { stream } from "../random.js";

/** Samples per block: a few batches. */
const SAMPLES = 24;

const WORDS = "a red blue small large cat dog bird house tree car boat on in near under with two three is the".split(
  " ",
);
const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/** The vocabulary in place of a file: the words of the synthetic texts, and letters for any other word. */
export const standInVocabulary: readonly string[] = vocabulary();

function vocabulary(): string[] {
  const letters = Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i));
  return [...new Set([...SPECIAL, ...letters, ...letters.map((letter) => `##${letter}`), ...WORDS])];
}

/** Synthetic data blocks; the real data are not opened. */
export class StandIns extends DataShelf {
  private readonly made = new Map<string, Promise<DataSet>>();

  constructor(private readonly spec: Spec) {
    super();
  }

  override block(data: DataSpec): Promise<DataSet> {
    const known = this.made.get(data.name) ?? Promise.resolve(standIn(data, headsOn(data, this.spec)));
    this.made.set(data.name, known);
    return known;
  }
}

/** The heads that stages train and evaluations measure on a data block. */
function headsOn({ name }: DataSpec, { stages, evaluations }: Spec): HeadSpec[] {
  const reads = (data: readonly DataSpec[]): boolean => data.some((each) => each.name === name);
  return [
    ...[...stages.values()].flatMap(({ data, learn }) => (reads(data) ? learn.map(({ head }) => head) : [])),
    ...[...evaluations.values()].flatMap(({ data, stage }) => (reads([data]) ? (stages.get(stage)?.heads ?? []) : [])),
  ];
}

function standIn({ name, kind, images }: DataSpec, heads: readonly HeadSpec[]): DataSet {
  const supplies = suppliesOf(kind, images);
  const most = (of: "classes" | "answers"): number =>
    Math.max(2, ...heads.flatMap((head) => (choicesOf(head)?.of === of ? (choicesOf(head)?.count ?? []) : [])));
  const [classes, answers] = [namesOf("class", most("classes")), namesOf("answer", most("answers"))];
  const item = (index: number): Item => {
    const random = stream(0, "stand-in", name, index);
    return {
      name: `${name}/${index}`,
      // Two texts per image, as in captioning data.
      images: supplies.has("images")
        ? [picture(name, index), picture(name, index + SAMPLES)]
        : supplies.has("image")
          ? [picture(name, supplies.has("text") ? index >> 1 : index)]
          : [],
      ...(supplies.has("text") && { text: sentence(index, (list) => random.pick(list)) }),
      ...(supplies.has("label") && { label: index % (kind === "statements" ? 2 : classes.length) }),
      ...(supplies.has("answers") && { answers: [{ index: index % answers.length, score: 1 }] }),
      ...(supplies.has("mask") && { mask: mask(name, index, classes.length) }),
    };
  };
  return {
    name,
    kind,
    supplies,
    length: SAMPLES,
    digests: new Map([[name, { records: "stand-in" }]]),
    item,
    ...(supplies.has("label") && kind !== "statements" && { classes }),
    ...(supplies.has("mask") && { classes }),
    ...(supplies.has("answers") && { answers }),
  };
}

function namesOf(what: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${what} ${i}`);
}

/** Of varying length, some longer than a small model reads. */
function sentence(index: number, pick: (words: readonly string[]) => string): string {
  return Array.from({ length: 2 + (index % 14) }, () => pick(WORDS)).join(" ");
}

function picture(name: string, index: number): ImageSource {
  const hue = (index * 47) % 360;
  const body =
    `<rect width="32" height="32" fill="hsl(${hue},70%,80%)"/>` +
    `<circle cx="${6 + ((index * 7) % 20)}" cy="${6 + ((index * 11) % 20)}" r="6" fill="hsl(${(hue + 180) % 360},70%,40%)"/>`;
  return drawing(`stand-in/${name}/${index}`, body);
}

/** Two halves of different classes, in the grey levels of generated masks. */
function mask(name: string, index: number, classes: number): ImageSource {
  const level = (of: number): string => `rgb(${of},${of},${of})`;
  const body =
    `<g shape-rendering="crispEdges"><rect width="32" height="32" fill="${level(index % classes)}"/>` +
    `<rect width="16" height="32" fill="${level((index + 1) % classes)}"/></g>`;
  return drawing(`stand-in/${name}/mask/${index}`, body);
}

function drawing(key: string, body: string): ImageSource {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${body}</svg>`;
  return { kind: "drawing", key, svg };
}
