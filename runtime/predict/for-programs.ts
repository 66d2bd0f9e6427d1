// A prediction as plain data, for programs: without pixels.
import type { Answer, Prediction } from "./answer.js";

/** The fields of `--json` and of the server; `answer` is a text that was written or filled in. */
export function forPrograms({ question: { name, id, images, text }, answer }: Prediction): object {
  const files = images.map(({ path: file }) => file);
  const asked = { name, ...(id !== undefined && { id }), images: files, ...(text !== undefined && { text }) };
  return { ...asked, form: answer.form, ...saidIn(answer) };
}

function saidIn(answer: Answer): object {
  switch (answer.form) {
    case "choice":
      return { top: answer.top };
    case "truth":
      return { probability: answer.probability };
    case "words":
      return { answer: answer.text, blanks: answer.blanks };
    case "caption":
      return { answer: answer.text };
    case "regions":
      return { shares: answer.shares };
  }
}
