// The data of a test's stage.
import type { StageSpec } from "../../compiler/index.js";
import { DataShelf, openTokenizers } from "../../runtime/data/stage-data.js";

/** The data of a stage, with the tokenizer learned from them. */
export async function opened(stage: StageSpec) {
  const data = new DataShelf();
  const tokenizer = (await openTokenizers([stage], { stages: [stage], data })).get(stage.name) ?? null;
  return { dataSet: await data.open(stage.data), tokenizer };
}
