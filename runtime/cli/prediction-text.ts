// What a model has said, for people and for tables.
import type { Answer, Prediction, Said } from "../predict/answer.js";
import { csvLine } from "./csv.js";
import type { Colours } from "./session.js";

const percent = (probability: number): string => `${(100 * probability).toFixed(1)} %`;

/** A line for what was asked, and what was said of it beside or below it. */
export function predictionLines({ question: { name, text }, answer }: Prediction, colours: Colours): string[] {
  const asked = text === undefined || text === name || name.endsWith(text) ? name : `${name}: ${text}`;
  const [first = "", ...rest] = answerLines(answer, colours);
  return rest.length === 0 ? [`${asked}  ${first}`] : [asked, `  ${first}`, ...rest.map((line) => `  ${line}`)];
}

const lines: { readonly [Form in Answer["form"]]: (answer: Answer & { form: Form }, colours: Colours) => string[] } = {
  choice: ({ top }, colours) => top.map((said, i) => saidLine(said, i === 0, colours)),
  truth: ({ probability }, colours) => [
    `${colours.bold(probability > 0.5 ? "true" : "false")} (${percent(probability)} for true)`,
  ],
  words: ({ text, blanks }, colours) => [
    colours.bold(text),
    ...blanks.map((top) => top.map(({ label, probability }) => `${label} ${percent(probability)}`).join(", ")),
  ],
  caption: ({ text }, colours) => [colours.bold(text)],
  regions: ({ shares }, colours) =>
    shares.filter(({ probability }) => probability > 0).map((said, i) => saidLine(said, i === 0, colours)),
};

function answerLines(answer: Answer, colours: Colours): string[] {
  // Boundary: TypeScript cannot see that the entry of a form takes answers of it.
  const show = lines[answer.form] as (answer: Answer, colours: Colours) => string[];
  return show(answer, colours);
}

function saidLine({ label, probability }: Said, first: boolean, colours: Colours): string {
  return `${percent(probability).padStart(7)}  ${first ? colours.bold(label) : label}`;
}

/** The columns of `--csv`. */
export const csvHeader = "name,images,text,answer,probability";

/** A row: what is likeliest. */
export function predictionCsv({ question: { name, images, text = "" }, answer }: Prediction): string {
  const { label, probability } = likeliestOf(answer);
  const files = images.map(({ path }) => path).join(";");
  return csvLine([name, files, text, label, probability ?? ""]);
}

function likeliestOf(answer: Answer): { readonly label: string; readonly probability: number | null } {
  switch (answer.form) {
    case "choice":
      return answer.top[0] ?? { label: "", probability: null };
    case "truth":
      return answer.probability > 0.5
        ? { label: "true", probability: answer.probability }
        : { label: "false", probability: 1 - answer.probability };
    case "words":
    case "caption":
      return { label: answer.text, probability: null };
    case "regions":
      return answer.shares[0] ?? { label: "", probability: null };
  }
}
