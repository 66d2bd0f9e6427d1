// A trained model for programs, read once or at each call.
import { driftNote } from "../predict/drift.js";
import { openModel as openFolder, type TrainedModel } from "../predict/model.js";
import { openEngine, type EngineChoice } from "../engines/open.js";
import type { Engine } from "../engines/index.js";
import type { HeadSpec } from "../../compiler/index.js";
import { modelOf } from "../train/checkpoint-of.js";
import { tellDamaged, warn, type Notice } from "./notice.js";

/** Which checkpoint of a run. */
export interface ModelChoice {
  /** In a run folder, the checkpoint of this stage; default the stage that was saved last. */
  readonly stage?: string;
  /** In a run folder, the stage's best checkpoint by its `best`. */
  readonly best?: boolean;
  /** Called with notices for the user; by default Node prints them as warnings. */
  readonly notice?: Notice;
}

/** Reads a trained model, to query it more than once: from a checkpoint, or a run folder. Throws VlmoError. */
export async function openModel(path: string, options: ModelChoice = {}): Promise<TrainedModel> {
  const { stage = null, best = false, notice = warn } = options;
  const { folder, isVerified } = await modelOf(path, { stage, best }, tellDamaged(notice));
  return openFolder(folder, { isVerified });
}

/** The model itself, or that of a path. */
export async function modelAt(from: string | TrainedModel, options: ModelChoice): Promise<TrainedModel> {
  return typeof from === "string" ? openModel(from, options) : from;
}

/** Gives notice where a head may have drifted (predict/drift.ts); a feature of the trunk has no head (null). */
export function noticeDrift(model: TrainedModel, head: HeadSpec | null, { notice = warn }: ModelChoice): void {
  const note = head === null ? null : driftNote(model, head);
  if (note !== null) notice(note);
}

/** Opens an engine for some work and closes it afterwards. */
export async function onEngine<T>(
  options: EngineChoice & ModelChoice,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const { notice = warn } = options;
  const engine = await openEngine(options);
  try {
    if (engine.notice !== undefined) notice(engine.notice);
    return await work(engine);
  } finally {
    engine.dispose();
  }
}
