// Answers as evaluation servers take them: VQA v2's as one JSON list, NLVR2's as lines of an identifier and a truth.
import type { KnownForm } from "../data/sources/file-kinds.js";
import { formOf } from "../data/sources/recognise.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { writeTextAtomically } from "../formats/atomic.js";
import type { Answer, Prediction } from "./answer.js";

/** Takes predictions, and writes them when all are there. */
export interface Submission {
  take(prediction: Prediction): void;
  /** Throws V923. */
  write(): Promise<void>;
}

/** An answer to what a data set calls by a name. */
interface Submitted {
  readonly id: string | number;
  readonly answer: Answer;
}

/** By the form of the records: the text of the file. */
const texts: Partial<{ readonly [Form in KnownForm]: (all: readonly Submitted[]) => string }> = {
  vqa2: (all) => `${JSON.stringify(all.map(({ id, answer }) => ({ question_id: id, answer: chosen(answer) })))}\n`,
  nlvr2: (all) => all.map(({ id, answer }) => `${id},${isTrue(answer) ? "True" : "False"}\n`).join(""),
};

/** A submission of answers to records, into `file`. Throws V991 where no server asks for such. */
export function submissionOf(records: string | null, file: string): Submission {
  const form = records === null ? undefined : formOf(records)?.form;
  const text = form === undefined ? undefined : texts[form];
  if (text === undefined) {
    const reason = "a submission answers the questions of VQA v2 or the sentences of NLVR2";
    throw vlmoError("V991", { reason }, { help: "name their file with --records, as it was downloaded" });
  }
  const all: Submitted[] = [];
  return {
    take: ({ question: { id }, answer }) => {
      if (id === undefined) throw new Error("internal: a question without its number");
      all.push({ id, answer });
    },
    write: () => writeTextAtomically(file, text(all)),
  };
}

function chosen(answer: Answer): string {
  if (answer.form === "choice") return answer.top[0]?.label ?? "";
  throw noAnswer("an answer");
}

/** A checkpoint that was imported has no names: 1 is true. */
function isTrue(answer: Answer): boolean {
  if (answer.form === "truth") return answer.probability > 0.5;
  if (answer.form === "choice") return ["true", "1"].includes(answer.top[0]?.label ?? "");
  throw noAnswer("true or false");
}

function noAnswer(wanted: string): Error {
  return vlmoError(
    "V991",
    { reason: `the head says something else than ${wanted}` },
    { help: "name another with --head" },
  );
}
