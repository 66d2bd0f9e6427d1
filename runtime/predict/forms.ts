// The forms of an answer: a row each, with what programs, tables and people are told of it.
import type { Answer, Said } from "./answer.js";

/** A form as it is known here. */
export type AnswerForm = Answer["form"];

/** What stands in one cell: what is likeliest; null where nothing says how sure that is. */
interface Likeliest {
  readonly label: string;
  readonly probability: number | null;
}

/** What is known of a form. */
interface FormRule<Of extends Answer> {
  /** Whether the likeliest of several are listed, of which `--top` says how many. */
  readonly isListed: boolean;
  /** Whether it is as large as its image: something for each of its pixels. */
  readonly isOfPixels: boolean;
  /** Its fields in `--json` and in what the server sends: plain data, without pixels. */
  readonly fields: (answer: Of) => object;
  readonly likeliest: (answer: Of) => Likeliest;
  /** Its lines in a terminal; `strong` marks what matters most. */
  readonly lines: (answer: Of, strong: (text: string) => string) => readonly string[];
}

const nothing: Likeliest = { label: "", probability: null };

/** Total over the forms. */
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

/** What is known of a form; its functions take answers of that form. */
export function formRule(form: AnswerForm): FormRule<Answer> {
  return forms[form] as FormRule<Answer>; // TypeScript cannot see that the row of a form is asked about answers of it
}

function saidLines(said: readonly Said[], strong: (text: string) => string): string[] {
  return said.map(
    ({ label, probability }, i) => `${percent(probability).padStart(7)}  ${i === 0 ? strong(label) : label}`,
  );
}

function percent(probability: number): string {
  return `${(100 * probability).toFixed(1)} %`;
}
