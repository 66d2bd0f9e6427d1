// A specification for a reader: its plan, its declarations with everything inherited, its stages.
import { checkSpec, planOf, planText, showFile, showText, type FileAccess } from "../../compiler/front-end.js";
import { pictureOf } from "../../view/index.js";
import type { Look } from "../messages.js";
import { stagesOf } from "../stages.js";

/** The plan, the resolved declarations, the picture and the stages of a file. */
export function lookAt(path: string, files: FileAccess): Look {
  const { spec } = checkSpec(path, files);
  const resolved = (showFile(path, files) ?? []).map((each) => showText(each, { origins: false })).join("\n");
  if (spec === null) return { plan: null, resolved, picture: null, stages: [] };
  return { plan: planText(planOf(spec)), resolved, picture: pictureOf(spec).text, stages: stagesOf(spec) };
}
