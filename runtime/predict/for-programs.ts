// A prediction as plain data, for programs: without pixels.
import type { Prediction } from "./answer.js";
import { formRule } from "./forms.js";

/** The fields of `--json` and of the server; `answer` is a generated or completed text. */
export function forPrograms({ question: { name, id, images, text }, answer }: Prediction): object {
  const files = images.map(({ path: file }) => file);
  const asked = { name, ...(id !== undefined && { id }), images: files, ...(text !== undefined && { text }) };
  return { ...asked, form: answer.form, ...formRule(answer.form).fields(answer) };
}
