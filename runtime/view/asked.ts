// The specification of a run.
import { join } from "node:path";
import type { Spec } from "../../compiler/front-end.js";
import { listCheckpoints, savedSpecification } from "../checkpoint/index.js";
import { orNull } from "../errors/vlmo-error.js";
import type { RunInfo, RunRecord } from "../report/run.js";
import { checkFile } from "../specs/check-file.js";
import { hashOf } from "../train/run-folder.js";

/**
 * A function that returns a run's specification: from its last checkpoint, or, before there is one, from its file if that is
 * unchanged.
 */
export function specificationOf(folder: string): (run: RunRecord) => Promise<Spec | null> {
  let saved: Spec | null = null;
  let written: Spec | null | undefined;
  return async ({ info }) => {
    const last = saved === null ? (await listCheckpoints(join(folder, "checkpoints"))).at(-1) : undefined;
    if (last !== undefined) saved = (await orNull(savedSpecification(last)))?.spec ?? null;
    if (saved === null && written === undefined) written = writtenOf(info);
    return saved ?? written ?? null;
  };
}

/** The file may have changed since, or be a different one of the same name. */
function writtenOf({ spec: file, set = [], stages = [] }: RunInfo): Spec | null {
  const { spec } = file === undefined ? { spec: null } : checkFile(file, set);
  const isAsked = stages.every(({ name, hash }) => {
    const stage = spec?.stages.get(name);
    return stage !== undefined && hash === hashOf(stage);
  });
  return isAsked ? spec : null;
}
