// A prediction as plain data, for programs: without pixels.
import type { Prediction } from "./answer.js";

/** The fields of `--json` and of the server. */
export function forPrograms({ question: { name, images, text }, answer }: Prediction): object {
  const { form, ...said } = answer;
  const shown = Object.entries(said).filter(([key]) => key !== "classes");
  const files = images.map(({ path: file }) => file);
  return { name, images: files, ...(text !== undefined && { text }), form, ...Object.fromEntries(shown) };
}
