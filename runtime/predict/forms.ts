// The forms of an answer: a row each, with its JSON fields, its cell in a table and its lines of text.
import type { Answer, Said } from "./answer.js";

/** The name of a form. */
export type AnswerForm = Answer["form"];

/** The likeliest answer for a table cell, with its probability; null where it has none. */
interface Likeliest {
  readonly label: string;
  readonly probability: number | null;
}

/** The properties of a form. */
interface FormRule<Of extends Answer> {
  /** Whether several likeliest answers are listed (`--top`). */
  readonly isListed: boolean;
  /** Whether it has a value for each pixel of its image. */
  readonly isOfPixels: boolean;
  /** Its fields in `--json` and in responses of the server: plain data, without pixels. */
  readonly fields: (answer: Of) => object;
  readonly likeliest: (answer: Of) => Likeliest;
  /** Its lines in a terminal; `strong` highlights text. */
  readonly lines: (answer: Of, strong: (text: string) => string) => readonly string[];
}

const nothing: Likeliest = { label: "", probability: null };

/** Total over the forms, checked by `tsc`. */
const forms: { readonly [Form in AnswerForm]: FormRule<Extract<Answer, { form: Form }>> } = {
  choice: {
    isListed: true,
    isOfPixels: false,
    fields: ({ top }) => ({ top }),
    likeliest: ({ top: [first] }) => first ?? nothing,
    lines: ({ top }, strong) => saidLines(top, strong),
  },
  truth: {
    isListed: false,
    isOfPixels: false,
    fields: ({ probability }) => ({ probability }),
    likeliest: ({ probability }) =>
      probability > 0.5 ? { label: "true", probability } : { label: "false", probability: 1 - probability },
    lines: ({ probability }, strong) => [
      `${strong(probability > 0.5 ? "true" : "false")} (${percent(probability)} for true)`,
    ],
  },
  words: {
    isListed: true,
    isOfPixels: false,
    fields: ({ text, blanks }) => ({ answer: text, blanks }),
    likeliest: ({ text: label }) => ({ label, probability: null }),
    lines: ({ text, blanks }, strong) => [
      strong(text),
      ...blanks.map((top) => top.map(({ label, probability }) => `${label} ${percent(probability)}`).join(", ")),
    ],
  },
  caption: {
    isListed: false,
    isOfPixels: false,
    fields: ({ text }) => ({ answer: text }),
    likeliest: ({ text: label }) => ({ label, probability: null }),
    lines: ({ text }, strong) => [strong(text)],
  },
  regions: {
    isListed: false,
    isOfPixels: true,
    fields: ({ shares }) => ({ shares }),
    likeliest: ({ shares: [first] }) => first ?? nothing,
    lines: ({ shares }, strong) =>
      saidLines(
        shares.filter(({ probability }) => probability > 0),
        strong,
      ),
  },
};

/** The properties of a form; its functions take answers of that form. */
export function formRule(form: AnswerForm): FormRule<Answer> {
  return forms[form] as FormRule<Answer>; // Boundary: a form's row is only applied to answers of that form
}

function saidLines(said: readonly Said[], strong: (text: string) => string): string[] {
  return said.map(
    ({ label, probability }, i) => `${percent(probability).padStart(7)}  ${i === 0 ? strong(label) : label}`,
  );
}

function percent(probability: number): string {
  return `${(100 * probability).toFixed(1)} %`;
}
