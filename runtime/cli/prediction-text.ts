// A model's answers as text and as a table.
import type { Prediction } from "../predict/answer.js";
import { formRule } from "../predict/forms.js";
import { csvLine } from "./csv.js";
import type { Colours } from "./session.js";

/** A line for the question, with the answer beside or below it. */
export function predictionLines({ question: { name, text }, answer }: Prediction, colours: Colours): string[] {
  const asked = text === undefined || text === name || name.endsWith(text) ? name : `${name}: ${text}`;
  const [first = "", ...rest] = formRule(answer.form).lines(answer, colours.bold);
  return rest.length === 0 ? [`${asked}  ${first}`] : [asked, `  ${first}`, ...rest.map((line) => `  ${line}`)];
}

/** The columns of `--csv`. */
export const csvHeader = "name,images,text,answer,probability";

/** A row with the likeliest answer. */
export function predictionCsv({ question: { name, images, text = "" }, answer }: Prediction): string {
  const { label, probability } = formRule(answer.form).likeliest(answer);
  const files = images.map(({ path }) => path).join(";");
  return csvLine([name, files, text, label, probability ?? ""]);
}
