// Programs on an engine, each compiled once for every size of data that comes.
import type { Program, Sizes } from "../../compiler/index.js";
import type { Engine, Executable } from "../engines/index.js";
import { turn } from "../turns.js";
import { sizesKey } from "./sizes.js";

/** A program with what runs it. */
export interface Loaded {
  readonly program: Program;
  readonly executable: Executable;
}

/** Does something with programs on an engine, which are disposed of however it ends. */
export async function withPrograms<T>(engine: Engine, work: (loaded: LoadedPrograms) => Promise<T>): Promise<T> {
  const loaded = new LoadedPrograms(engine);
  try {
    return await work(loaded);
  } finally {
    loaded.dispose();
  }
}

/** The programs of one stage or evaluation; `dispose` ends them. */
export class LoadedPrograms {
  private readonly loaded = new Map<string, Loaded>();

  constructor(private readonly engine: Engine) {}

  /** The program of a name for these sizes, built and loaded where it is not there yet. */
  async load(name: string, sizes: Sizes, build: (sizes: Sizes) => Program): Promise<Loaded> {
    const key = `${name} ${sizesKey(sizes)}`;
    const known = this.loaded.get(key);
    if (known !== undefined) return known;
    // A deep model's takes seconds, before and after which a request to stop is to be heard.
    await turn();
    const program = build(sizes);
    const loaded = { program, executable: await this.engine.load(program.graph) };
    this.loaded.set(key, loaded);
    return loaded;
  }

  dispose(): void {
    for (const { executable } of this.loaded.values()) executable.dispose();
  }
}
