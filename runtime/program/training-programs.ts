// The programs that training runs, by name.
import {
  buildAccumulate,
  buildFetch,
  buildFinal,
  buildGradient,
  buildPool,
  buildStep,
  buildUpdate,
  buildVectors,
} from "../../compiler/index.js";

/** Builds each program from a stage and sizes. */
export const trainingPrograms = {
  step: buildStep,
  vectors: buildVectors,
  pool: buildPool,
  fetch: buildFetch,
  gradient: buildGradient,
  update: buildUpdate,
  final: buildFinal,
  accumulate: buildAccumulate,
} as const;

/** The name of a training program. */
export type TrainingProgram = keyof typeof trainingPrograms;
