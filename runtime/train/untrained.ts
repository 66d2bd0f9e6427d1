// The manifest of a checkpoint whose parameters were not trained by a run of vlmo.
import { stageMeaning, type StageSpec } from "../../compiler/front-end.js";
import type { ManifestFacts } from "../checkpoint/manifest.js";
import { hashOf } from "./run-folder.js";

/** Where the parameters come from. */
export interface Untrained {
  /** The version of vlmo that writes them. */
  readonly vlmo: string;
  /** The specification's file. */
  readonly spec: string | null;
  /** Stands where a trained checkpoint has the version of its engine. */
  readonly made: string;
  /** The foreign file that they were converted from. */
  readonly imported: string | null;
}

/** The manifest of a checkpoint that `stage` can begin from, or be used as. */
export function untrainedFacts(stage: StageSpec, { vlmo, spec, made, imported }: Untrained): ManifestFacts {
  return {
    vlmo,
    spec: { file: spec, hash: hashOf(stage), meaning: stageMeaning(stage) },
    course: null,
    stage: stage.name,
    step: 0,
    finished: true,
    data: [],
    seeds: { stage: stage.seed },
    counters: {},
    position: { epoch: 0, offset: 0 },
    engine: { name: "none", version: made, threads: 0, precision: "float32" },
    provenance: { data: [], stages: [], imported },
    metrics: {},
    score: null,
    best: null,
  };
}
