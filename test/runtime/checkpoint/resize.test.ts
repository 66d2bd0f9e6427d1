// What an import does with tensors of another size: only what it is allowed by name.
import { describe, expect, test } from "vitest";
import { importCheckpoint, planImport, type ImportOptions } from "../../../runtime/checkpoint/import.js";
import { problemsText } from "../../../runtime/checkpoint/problems.js";
import { memorySource } from "../../../runtime/checkpoint/source.js";
import { float32 } from "../../../runtime/tensor.js";
import type { Sizes } from "./models.js";
import { model, vlmoFile } from "./vlmo-file.js";

describe("resizing", () => {
  const resized = (from: Sizes, to: Sizes, options: ImportOptions) =>
    importCheckpoint(memorySource("x", vlmoFile(from).tensors), model(to), options);

  test("another shape is an error that names the rule which would fit it", () => {
    const { problems } = planImport(memorySource("x", vlmoFile().tensors), model({ imageSize: 48 }));
    expect(problems).toMatchObject([
      { kind: "misshapen", name: "position.relative", wanted: [166, 16], got: [94, 16], resize: "relative_table" },
    ]);
    expect(problemsText(problems)).toContain("(the rule `relative_table` can resize it)");
  });

  test("a shorter text takes the first positions", async () => {
    const { tensors, report } = await resized({ plus: true }, { plus: true, length: 9 }, { resize: ["text_length"] });
    const all = vlmoFile({ plus: true }).parameters.get("position.text");
    expect(tensors.get("position.text")?.data).toEqual(all?.data.slice(0, 9 * 32));
    expect(report.used.filter((entry) => entry.resized)).toEqual([
      { name: "position.text", keys: ["text_embeddings.position_embeddings.weight"], resized: "text_length" },
    ]);
  });

  test("a longer text is refused", async () => {
    await expect(resized({ plus: true }, { plus: true, length: 13 }, { resize: ["text_length"] })).rejects.toThrow(
      "needs `text_embeddings",
    );
  });

  test("a second image's type begins as the first one's", async () => {
    const { tensors } = await resized({}, { types: 2 }, { resize: ["types"] });
    const data = tensors.get("embed.type.weight")?.data;
    expect(data?.slice(64)).toEqual(data?.slice(32, 64));
    expect(data).toHaveLength(96);
  });

  test("absolute positions keep the class token, and a constant stays constant", async () => {
    const { tensors } = vlmoFile({ plus: true });
    const positions = new Float32Array(17 * 32).fill(2.5, 32);
    tensors.set("transformer.pos_embed", float32([1, 17, 32], positions));
    const read = await importCheckpoint(memorySource("x", tensors), model({ plus: true, imageSize: 48 }), {
      resize: ["image_positions"],
    });
    expect(read.tensors.get("position.image")).toEqual(float32([37, 32], new Float32Array(37 * 32).fill(2.5, 32)));
  });
});
