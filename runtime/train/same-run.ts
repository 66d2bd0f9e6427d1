// Whether a checkpoint belongs to a stage as it is now: its meaning, its data, its vocabulary. Going on with another
// would silently be another run.
import type { Span } from "../../grammar/index.js";
import { meaningChanges, stageMeaning, type ScheduleSpec, type StageSpec } from "../../compiler/index.js";
import { vocabularyDifference, type Checkpoint, type Manifest } from "../checkpoint/index.js";
import type { DataSet, Tokenizer } from "../data/index.js";
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";
import { hashOf } from "./run-folder.js";
import { learningRate, type Course } from "./schedule.js";

/** What a checkpoint says of itself. */
type Trained = Pick<Checkpoint, "folder" | "manifest" | "vocabulary">;

/** A stage as it is now, with what it reads. */
export interface Present {
  readonly stage: StageSpec;
  readonly dataSet: DataSet;
  readonly tokenizer: Tokenizer | null;
  readonly course: Course;
}

/**
 * Throws V931 (another stage, or another learning rate in steps that are done), V934 (other data), V935 (another
 * vocabulary). A stage may be made longer or shorter where that changes nothing that is done.
 */
export function expectSameRun(before: Trained, { stage, dataSet, tokenizer, course }: Present): void {
  const { spec, data, step, course: then } = before.manifest;
  if (spec.hash !== hashOf(stage)) {
    const changes = meaningChanges(spec.meaning, stageMeaning(stage));
    throw vlmoError("V931", { stage: stage.name, changed: changesText(changes) }, { span: stage.span });
  }
  if (then !== null && !sameUpTo(step, then, { ...stage.schedule, ...course })) throw otherCourse(stage, then, course);
  const known = new Map(data.map(({ name, records }) => [name, records]));
  const changed = [...dataSet.digests].flatMap(([name, { records }]) =>
    known.get(name) === records ? [] : [`\`${name}\``],
  );
  if (changed.length > 0) {
    const span = stage.data.find(({ name }) => changed.includes(`\`${name}\``))?.span ?? stage.span;
    throw vlmoError("V934", { stage: stage.name, data: changed.join(", ") }, { span });
  }
  expectSameVocabulary(before, stage, tokenizer);
}

/** Throws V986 where a stage that `successor` comes from was trained as something else than it is now. */
export function expectSameMeaning(
  { spec }: Manifest,
  stage: StageSpec,
  successor: { readonly stage: string; readonly span: Span },
): void {
  if (spec.hash === hashOf(stage)) return;
  const changed = changesText(meaningChanges(spec.meaning, stageMeaning(stage)));
  throw vlmoError("V986", { stage: successor.stage, before: stage.name, changed }, { span: successor.span });
}

/** Data blocks of which files have another size than when the checkpoint was written: mended, or worse. */
export function changedFiles({ manifest }: Trained, { digests }: DataSet): string[] {
  const known = new Map(manifest.data.map(({ name, files }) => [name, files]));
  return [...digests].flatMap(([name, { files }]) => (known.get(name) === files ? [] : [name]));
}

const SHOWN = 4;

function changesText(changes: readonly string[]): string {
  if (changes.length === 0) return "something in it has changed";
  const more = changes.length - SHOWN;
  return changes.slice(0, SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

type Rates = Course & Pick<ScheduleSpec, "kind" | "end" | "power">;

function sameUpTo(step: number, before: Rates, now: Rates): boolean {
  for (let i = 0; i < step; i++) if (learningRate(before, before, i) !== learningRate(now, now, i)) return false;
  return step <= now.total;
}

/** A stage whose length, or rate, gives other learning rates in steps that are done. */
function otherCourse({ name, span, schedule }: StageSpec, before: Rates, { total }: Course): VlmoError {
  const changed = `it would have ${total} steps instead of ${before.total}, with other learning rates in those that are done`;
  const more = Math.max(1, total - before.total);
  const help =
    `\`schedule: ${schedule.kind}\` depends on the length of the stage: go on in a stage of its own, ` +
    `\`stage ${name}_more extends ${name} from ${name} { steps: ${more} }\`, or start a new run with another --out`;
  return vlmoError("V931", { stage: name, changed }, { span, help });
}

/** Throws V935 where a checkpoint's words are not those of the tokenizer; either may have none. */
export function expectSameVocabulary(
  { folder, vocabulary }: Pick<Checkpoint, "folder" | "vocabulary">,
  stage: StageSpec,
  tokenizer: Tokenizer | null,
): void {
  if (vocabulary === null || tokenizer === null) return;
  const difference = vocabularyDifference(vocabulary, tokenizer.vocabulary);
  if (difference === null) return;
  const span = stage.model.text?.tokenizer.span ?? stage.span;
  throw vlmoError("V935", { stage: stage.name, file: folder, difference }, { span });
}
