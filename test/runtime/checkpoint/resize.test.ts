// Tensors of another size in an import: resized only by rules allowed by name.
import { describe, expect, test } from "vitest";
import { importCheckpoint, planImport, type ImportOptions } from "../../../runtime/checkpoint/import.js";
import { problemsText } from "../../../runtime/checkpoint/problems.js";
import { memorySource } from "../../../runtime/checkpoint/source.js";
import { float32, type Tensor } from "../../../runtime/tensor.js";
import { drawFrom } from "../../support/draw.js";
import type { Sizes } from "./models.js";
import { model, vlmoFile } from "./vlmo-file.js";

const at = (rows: readonly (readonly number[])[], row: number, i: number): number => rows[row]?.[i] ?? NaN;

describe("resizing", () => {
  const resized = (from: Sizes, to: Sizes, options: ImportOptions) =>
    importCheckpoint(memorySource("x", vlmoFile(from).tensors), model(to), options);

  test("reports another shape with the rule that would fit it", () => {
    const { problems } = planImport(memorySource("x", vlmoFile().tensors), model({ imageSize: 48 }));
    expect(problems).toMatchObject([
      { kind: "misshapen", name: "position.relative", wanted: [166, 16], got: [94, 16], resize: "relative_table" },
    ]);
    expect(problemsText(problems)).toContain("(the rule `relative_table` can resize it)");
  });

  test("takes the first positions for a shorter text", async () => {
    const { tensors, report } = await resized({ plus: true }, { plus: true, length: 9 }, { resize: ["text_length"] });
    const all = vlmoFile({ plus: true }).parameters.get("position.text");
    expect(tensors.get("position.text")?.data).toEqual(all?.data.slice(0, 9 * 32));
    expect(report.used.filter((entry) => entry.resized)).toEqual([
      { name: "position.text", keys: ["text_embeddings.position_embeddings.weight"], resized: "text_length" },
    ]);
  });

  test("refuses a longer text", async () => {
    await expect(resized({ plus: true }, { plus: true, length: 13 }, { resize: ["text_length"] })).rejects.toThrow(
      "needs `text_embeddings",
    );
  });

  test("copies the second image's type embedding from the first's", async () => {
    const { tensors } = await resized({}, { types: 2 }, { resize: ["types"] });
    const data = tensors.get("embed.type.weight")?.data;
    expect(data?.slice(64)).toEqual(data?.slice(32, 64));
    expect(data).toHaveLength(96);
  });

  /** A patch, channels first, projected by every kernel. */
  const embedded = (weight: Tensor | undefined, patch: readonly (readonly number[])[]): number[] => {
    const [width = 0, channels = 0, side = 0] = weight?.shape ?? [];
    const pixels = patch.slice(0, channels).flat();
    return Array.from({ length: width }, (_, row) =>
      pixels.reduce((sum, pixel, i) => sum + pixel * (weight?.data[row * channels * side * side + i] ?? 0), 0),
    );
  };
  const draw = drawFrom("channels");
  const plane = (): number[] => [...draw.floats([64], -1, 1).data];
  const grey = plane();
  const colours = [plane(), plane(), plane()];
  const luma = grey.map((_, i) => 0.299 * at(colours, 0, i) + 0.587 * at(colours, 1, i) + 0.114 * at(colours, 2, i));

  test.each([
    { from: 3, to: 1, sees: [grey], saw: [grey, grey, grey] },
    { from: 1, to: 3, sees: colours, saw: [luma] },
    { from: 3, to: 4, sees: [...colours, plane()], saw: colours },
    { from: 1, to: 4, sees: [...colours, plane()], saw: [luma] },
  ] as const)("keeps the embedding of a patch from $from channels to $to", async ({ from, to, sees, saw }) => {
    const { parameters } = vlmoFile({ channels: from });
    const { tensors, report } = await resized({ channels: from }, { channels: to }, { resize: ["channels"] });
    const name = "embed.image.patch.weight";
    const [before, now] = [embedded(parameters.get(name), saw), embedded(tensors.get(name), sees)];
    expect(tensors.get(name)?.shape).toEqual([32, to, 8, 8]);
    expect(report.used.find((each) => each.name === name)?.resized).toBe("channels");
    now.forEach((value, i) => expect(value / (before[i] ?? NaN)).toBeCloseTo(1, 6));
  });

  test.each([
    [4, 3],
    [4, 1],
  ] as const)("refuses to drop an alpha channel, from %i channels to %i", async (from, to) => {
    await expect(resized({ channels: from }, { channels: to }, { resize: ["channels"] })).rejects.toThrow("needs");
  });

  test("reports other channels with the rule that would fit them", () => {
    const { problems } = planImport(memorySource("x", vlmoFile().tensors), model({ channels: 1 }));
    expect(problems).toMatchObject([{ kind: "misshapen", name: "embed.image.patch.weight", resize: "channels" }]);
  });

  test("keeps the class token of absolute positions and the value of constant ones", async () => {
    const { tensors } = vlmoFile({ plus: true });
    const positions = new Float32Array(17 * 32).fill(2.5, 32);
    tensors.set("transformer.pos_embed", float32([1, 17, 32], positions));
    const read = await importCheckpoint(memorySource("x", tensors), model({ plus: true, imageSize: 48 }), {
      resize: ["image_positions"],
    });
    expect(read.tensors.get("position.image")).toEqual(float32([37, 32], new Float32Array(37 * 32).fill(2.5, 32)));
  });
});
