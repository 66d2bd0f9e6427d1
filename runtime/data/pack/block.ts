// Writes the data block that reads packed shards as the same items.
import type { DataSpec } from "../../../compiler/index.js";
import { FORMATS } from "../images/image-formats.js";
import type { DataSet, ImageSource } from "../sources/data-set.js";
import { sides, type ImageForm } from "./members.js";

/** The block in the language; its paths are relative to the folder of the shards. */
export function blockText(
  { name, kind }: DataSpec,
  dataSet: DataSet,
  { shards, items, form }: { readonly shards: number; readonly items: number; readonly form: ImageForm | null },
): string {
  const numbers = [0, shards - 1].map((number) => String(number).padStart(6, "0")).join("..");
  const first = dataSet.item(0);
  const lines = [
    "format: webdataset",
    `shards: "shard-{${numbers}}.tar"`,
    `items: ${items.toLocaleString("en").replaceAll(",", "_")}`,
    ...fieldLines(dataSet),
    ...(["classes", "answers"] as const).flatMap((list) =>
      (dataSet[list]?.length ?? 0) > 0 ? [`${list}: "${list}.txt"`] : [],
    ),
    ...(first.group === undefined ? [] : ['group_by: "json.group"']),
    ...(form === null ? gridLines(first.images[0]) : []),
    ...(first.mask?.kind === "file" && first.mask.reduceZeroLabel === true ? ["reduce_zero_label: true"] : []),
  ];
  return `data ${name}: ${kind} {\n${lines.map((line) => `  ${line}\n`).join("")}}`;
}

/** The fields that differ from the defaults. */
function fieldLines({ supplies }: DataSet): string[] {
  const endings = FORMATS.flatMap(({ endings: [ending = ""] }) => ending);
  const fields = [
    ...(supplies.has("images")
      ? [`image: [${sides.map((side) => `"${endings.map((each) => `${side}.${each}`).join(";")}"`).join(", ")}]`]
      : []),
    ...(supplies.has("text") ? ['text: "txt;json.text"'] : []),
    ...(supplies.has("label") && supplies.has("text") ? ['label: "cls;json.label"'] : []),
  ];
  return fields.length === 0 ? [] : [`fields { ${fields.join(", ")} }`];
}

function gridLines(image: ImageSource | undefined): string[] {
  if (image?.kind !== "file" || image.cropGrid === undefined) return [];
  const { boxes, columns } = image.cropGrid;
  return [`crop_grid { boxes: ${JSON.stringify(boxes)}, columns: ${columns} }`];
}
