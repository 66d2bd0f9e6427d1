// Whether a checkpoint belongs to a stage as it is now: its meaning, its data, its vocabulary. Resuming from another one would
// silently be a different run.
import { counted, type Span } from "../../grammar/index.js";
import {
  meaningChanges,
  stageMeaning,
  type Precision,
  type ScheduleSpec,
  type StageSpec,
} from "../../compiler/index.js";
import { vocabularyDifference, type Checkpoint, type Manifest } from "../checkpoint/index.js";
import type { DataSet, Tokenizer } from "../data/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { hashOf } from "./run-folder.js";
import { learningRate, type Course } from "./schedule.js";

/** What a checkpoint stores about its training. */
type Trained = Pick<Checkpoint, "folder" | "manifest" | "vocabulary">;

/** A stage as it is now, with its data, tokenizer and course. */
export interface Present {
  readonly stage: StageSpec;
  readonly dataSet: DataSet;
  readonly tokenizer: Tokenizer | null;
  readonly course: Course;
}

/**
 * Throws V931 (another stage, or other learning rates in steps already done), V934 (other data), V935 (another vocabulary). A
 * stage may be made longer or shorter if that changes no step already done.
 */
export function expectSameRun(before: Trained, { stage, dataSet, tokenizer, course }: Present): void {
  const { spec, data, step, course: then } = before.manifest;
  const changes = spec.hash === hashOf(stage) ? null : meaningChanges(spec.meaning, stageMeaning(stage));
  const other = then === null ? null : otherCourse(stage, { step, then, now: course });
  if (changes !== null || other !== null) {
    const changed = [...(changes === null ? [] : [changesText(changes)]), ...(other === null ? [] : [other.changed])];
    const holes = { stage: stage.name, changed: changed.join("; ") };
    throw vlmoError("V931", holes, { span: stage.span, ...(changes === null && { help: other?.help }) });
  }
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

/** Throws V986 if the meaning of a stage that `successor` comes from has changed since it was trained. */
export function expectSameMeaning(
  { spec }: Manifest,
  stage: StageSpec,
  successor: { readonly stage: string; readonly span: Span },
): void {
  if (spec.hash === hashOf(stage)) return;
  const changed = changesText(meaningChanges(spec.meaning, stageMeaning(stage)));
  throw vlmoError("V986", { stage: successor.stage, before: stage.name, changed }, { span: successor.span });
}

/** Throws V995 if an unfinished stage would continue in another precision. */
export function expectSamePrecision({ manifest }: Pick<Trained, "manifest">, stage: StageSpec, now: Precision): void {
  const { precision: before } = manifest.engine;
  if (before !== now) throw vlmoError("V995", { stage: stage.name, before, now }, { span: stage.span });
}

/** Data blocks with files whose sizes have changed since the checkpoint was written: repaired, or damaged. */
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

type Rates = Course & Pick<ScheduleSpec, "kind">;

function sameUpTo(step: number, before: Rates, now: Rates): boolean {
  for (let i = 0; i < step; i++) if (learningRate(before, before, i) !== learningRate(now, now, i)) return false;
  return true;
}

interface Courses {
  /** Steps already done. */
  readonly step: number;
  readonly then: Rates;
  readonly now: Course;
}

/** How another length changes steps already done, and what to do about it; null if it does not. */
function otherCourse(stage: StageSpec, { step, then, now }: Courses): { changed: string; help: string } | null {
  const { name, schedule } = stage;
  const again = `give it its ${steps(then.total)} again, or start a new run with another --out`;
  if (now.total < step) return { changed: `it would end after ${steps(now.total)}, and ${step} are done`, help: again };
  if (sameUpTo(step, then, { ...schedule, ...now })) return null;
  const length = now.total === then.total ? steps(now.total) : `${steps(now.total)} instead of ${then.total}`;
  const changed = `it would have ${length}, with other learning rates in those that are done`;
  if (now.total <= then.total) return { changed, help: again };
  const more = `stage ${name}_more extends ${name} from ${name} { steps: ${now.total - then.total} }`;
  const help =
    `\`schedule: ${schedule.kind}\` depends on the length of the stage: continue in a separate stage, \`${more}\`, or ` +
    "start a new run with another --out";
  return { changed, help };
}

const steps = (count: number): string => counted(count, "step");

/** Throws V935 if the vocabularies of a checkpoint and the tokenizer differ; either may have none. */
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
