// Hand-over between stages: every hand-over that the checker accepts can be made, and every value lands where it has the same
// meaning.
import { describe, expect, test } from "vitest";
import { checkSpec, parametersOf, sizeOf, stageHandOver, type Spec } from "../../../compiler/index.js";
import { positions } from "../../../compiler/positions/index.js";
import { handedByStage, tryHandOver } from "../../../runtime/train/hand-over.js";
import { isLong, oneOf } from "../../support/long.js";
import { float32, type Tensor } from "../../../runtime/tensor.js";

interface Form {
  /** Null for a model of texts only. */
  readonly size: number | null;
  readonly length: number;
  readonly types: number;
  readonly position: string;
  readonly unread: boolean;
}

/** Two stages whose models differ in size; null if the checker refuses them. */
function specOf(before: Form, after: Form): Spec | null {
  const model = (name: string, { size, length, types, position, unread }: Form) => `
model ${name} {
  layers: 2
  width: 8
  attention { heads: 2, position: ${position} }
  ${size === null ? "" : `image { size: ${size}px, patch: 4px, types: ${types} }`}
  text { tokenizer: wordpiece(vocabulary: 20), length: ${length}, unread_positions: ${unread} }
  experts { vision: ffn(image) on all, language: ffn(text) on all, fusion: ffn(pair) on top 1 }
}`;
  const [kind, feature] =
    before.size === null || after.size === null ? ["texts", "text.tokens"] : ["pairs", "pair.text"];
  const text = `vlmo 1
${model("Before", before)}
${model("After", after)}
data world: ${kind} { format: shapes }
head words: masked_tokens(${feature})
stage first { model: Before, data: world, learn: words, batch: 2, steps: 1, optimizer: adamw(lr: 1e-3) }
stage second from first { model: After, data: world, learn: words, batch: 2, steps: 1, optimizer: adamw(lr: 1e-3) }
`;
  return checkSpec("x.vlmo", { read: () => text, resolvePath: (_, to) => to }).spec;
}

const sizes = [null, 4, 12, 16, 24];
const places = ["relative(span: 12)", "relative(span: 7)", "absolute(image, text)", "sincos", "none"];

test("covers every kind of positions", () => {
  const tried = new Set(places.map((text) => text.replace(/\(.*/, "")));
  expect([...tried].sort()).toEqual(Object.keys(positions).toSorted());
});

const forms: Form[] = sizes.flatMap((size) =>
  places.flatMap((position) =>
    [
      { length: 5, types: 1, unread: true },
      { length: 7, types: 2, unread: false },
    ].map((rest) => ({ size, position, ...rest })),
  ),
);

test("every hand-over between models of different sizes is either made or refused by the checker", async () => {
  let made = 0;
  const pairs = forms.flatMap((before) => forms.map((after) => ({ before, after })));
  // Every seventh combination: 7 is coprime to the number of sizes, positions and other options.
  for (const { before, after } of oneOf(7, pairs)) {
    const spec = specOf(before, after);
    const second = spec?.stages.get("second");
    if (spec === null || second === undefined) continue;
    await expect(tryHandOver(second, spec), JSON.stringify([before, after])).resolves.toBeUndefined();
    made += 1;
  }
  expect(made).toBeGreaterThan(isLong ? 300 : 40);
}, 60_000);

/** The second stage's tensors if those of the first contain their element indices. */
function handed(before: Form, after: Form) {
  const spec = specOf(before, after);
  const [first, second] = [spec?.stages.get("first"), spec?.stages.get("second")];
  const handOver = second === undefined ? null : stageHandOver(second, spec ?? { stages: new Map() });
  if (first === undefined || second === undefined || handOver === null) throw new Error("the checker refuses it");
  const tensors = parametersOf(first.model, first.heads).map(({ name, shape }): [string, Tensor] => [
    name,
    float32(
      shape,
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => i),
    ),
  ]);
  return handedByStage(second, handOver, new Map(tensors));
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const base: Form = { size: 12, length: 7, types: 1, position: "relative(span: 12)", unread: false };

describe("a relative table for shorter texts", () => {
  // Columns: 2 layers of 2 heads. Rows: 25 image offsets, 3 for its class token, 2 between views, 2·span − 3 distances, 3.
  const { tensors } = handed(base, { ...base, position: "relative(span: 7)" });
  const data = tensors.get("position.relative")?.data ?? [];
  const rowOf = (row: number) => (data[4 * row] ?? NaN) / 4;

  test("keeps the rows of images and between views", () => {
    for (let row = 0; row < 30; row++) expect(rowOf(row)).toBe(row);
  });

  test.each([-5, -1, 0, 3, 5])("keeps the row of a distance of %d tokens", (distance) => {
    const place = (span: number) => 30 + (span - 2) + distance;
    expect(rowOf(place(7))).toBe(place(12));
  });

  test("is cut for a model of texts only", () => {
    const alone = { ...base, size: null };
    const table = handed(alone, { ...alone, position: "relative(span: 7)" }).tensors.get("position.relative");
    const rows = Array.from(table?.data ?? [], (value) => value / 4).filter((_, i) => i % 4 === 0);
    const [images, distances, classes] = [range(0, 5), range(6 + 5, 26 - 5), range(27, 29)];
    expect(rows).toEqual([...images, ...distances, ...classes]);
  });

  test("keeps the rows of the text's class token", () => {
    const last = (span: number) => 30 + 2 * span - 3;
    for (let i = 0; i < 3; i++) expect(rowOf(last(7) + i)).toBe(last(12) + i);
  });
});

test("text positions are cut, image types are cut or repeated", () => {
  const absolute = { ...base, position: "absolute(image, text)" };
  const shorter = handed(absolute, { ...absolute, length: 5 });
  expect([...(shorter.tensors.get("position.text")?.data ?? [])]).toEqual(Array.from({ length: 40 }, (_, i) => i));
  const [more, fewer] = [handed(base, { ...base, types: 2 }), handed({ ...base, types: 2 }, base)];
  expect([...(more.tensors.get("embed.type.weight")?.data ?? [])].slice(16)).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
  expect(fewer.tensors.get("embed.type.weight")?.data).toHaveLength(16);
  expect(fewer.resized.get("embed.type.weight")).toBe("types");
});

test("a longer untrained table is newly initialised", () => {
  const relative = { ...base, unread: true };
  const { tensors } = handed(relative, { ...relative, length: 9 });
  expect(tensors.has("embed.text.unread_positions")).toBe(false);
  expect(tensors.has("embed.text.word.weight")).toBe(true);
});
