// Answers in the format of evaluation servers: VQA v2's as one JSON list, NLVR2's as lines of an identifier and a truth value.
import type { HeadSpec } from "../../compiler/index.js";
import type { KnownForm } from "../data/sources/file-kinds.js";
import { formOf as recordsForm } from "../data/sources/recognise.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { writeTextAtomically } from "../formats/atomic.js";
import type { Answer, Prediction } from "./answer.js";
import { formRule, type AnswerForm } from "./forms.js";
import { formOf } from "./heads.js";

/** Collects predictions, and writes them when complete. */
export interface Submission {
  take(prediction: Prediction): void;
  /** Throws V923. */
  write(): Promise<void>;
}

/** An answer with the identifier in its data set. */
interface Submitted {
  readonly id: string | number;
  readonly answer: Answer;
}

/** The format of a server. */
interface Server {
  /** The form of answer required. */
  readonly wanted: string;
  readonly forms: readonly AnswerForm[];
  /** The text of the file. */
  readonly text: (all: readonly Submitted[]) => string;
}

/** The servers by the form of the records. */
const servers: Partial<{ readonly [Form in KnownForm]: Server }> = {
  vqa2: {
    wanted: "answers",
    forms: ["choice"],
    text: (all) => `${JSON.stringify(all.map(({ id, answer }) => ({ question_id: id, answer: chosen(answer) })))}\n`,
  },
  nlvr2: {
    wanted: "true or false",
    forms: ["truth", "choice"],
    text: (all) => all.map(({ id, answer }) => `${id},${isTrue(answer) ? "True" : "False"}\n`).join(""),
  },
};

/** A submission of a head's answers for records, into `file`. Throws V991 where no server takes such answers. */
export function submissionOf(head: HeadSpec, records: string | null, file: string): Submission {
  const form = records === null ? undefined : recordsForm(records)?.form;
  const server = form === undefined ? undefined : servers[form];
  if (server === undefined) {
    const reason = "a submission answers the questions of VQA v2 or the sentences of NLVR2";
    throw vlmoError("V991", { reason }, { help: "name their file with --records, as it was downloaded" });
  }
  const said = formOf(head);
  if (said === null || !server.forms.includes(said)) {
    const reason = `the server wants ${server.wanted}, and the head \`${head.name}\` gives something else`;
    throw vlmoError("V991", { reason }, { help: "name another with --head" });
  }
  const all: Submitted[] = [];
  return {
    take: ({ question: { id }, answer }) => {
      if (id === undefined) throw new Error("internal: a question without its number");
      all.push({ id, answer });
    },
    write: () => writeTextAtomically(file, server.text(all)),
  };
}

/** An imported checkpoint has no class names: 1 is true. */
function isTrue(answer: Answer): boolean {
  return ["true", "1"].includes(chosen(answer));
}

function chosen(answer: Answer): string {
  return formRule(answer.form).likeliest(answer).label;
}
