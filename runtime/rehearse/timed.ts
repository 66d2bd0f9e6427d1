// The running time of each program of a step.
import { programName } from "../../compiler/index.js";
import { trainingPrograms } from "../program/training-programs.js";
import type { Engine } from "../engines/index.js";

/** The engine, wrapped to report the seconds of each run of a training program. */
export function timed(engine: Engine, ran: (program: string, seconds: number) => void): Engine {
  return {
    ...engine,
    load: async (graph) => {
      const executable = await engine.load(graph);
      const name = programName(graph);
      if (!Object.hasOwn(trainingPrograms, name)) return executable;
      return {
        run: async (inputs, into) => {
          const began = performance.now();
          const outputs = await executable.run(inputs, into);
          ran(name, (performance.now() - began) / 1000);
          return outputs;
        },
        dispose: () => executable.dispose(),
      };
    },
  };
}
