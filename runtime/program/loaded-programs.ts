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

/** Does something with programs on an engine, which are disposed of however it ends; those of others (`kept`) stay. */
export async function withPrograms<T>(
  { engine, programs: kept }: { readonly engine: Engine; readonly programs?: LoadedPrograms },
  work: (loaded: LoadedPrograms) => Promise<T>,
): Promise<T> {
  if (kept !== undefined) return work(kept);
  const loaded = new LoadedPrograms(engine);
  try {
    return await work(loaded);
  } finally {
    loaded.dispose();
  }
}

/** The programs of one stage or evaluation; `dispose` ends them. */
export class LoadedPrograms {
  /** Those that were needed last come last. */
  private readonly loaded = new Map<string, Loaded>();

  /** Of more than `most` the one that was needed longest ago is disposed of: a caller works with fewer at a time. */
  constructor(
    private readonly engine: Engine,
    private readonly most = Infinity,
  ) {}

  /** The program of a name for these sizes, built and loaded where it is not there yet. */
  async load(name: string, sizes: Sizes, build: (sizes: Sizes) => Program): Promise<Loaded> {
    const key = `${name} ${sizesKey(sizes)}`;
    const known = this.loaded.get(key);
    if (known !== undefined) return this.keep(key, known);
    // A deep model's takes seconds, before and after which a request to stop is to be heard.
    await turn();
    const program = build(sizes);
    return this.keep(key, { program, executable: await this.engine.load(program.graph) });
  }

  private keep(key: string, loaded: Loaded): Loaded {
    this.loaded.delete(key);
    this.loaded.set(key, loaded);
    const [[oldest, { executable }] = [key, loaded]] = this.loaded;
    if (this.loaded.size > this.most) {
      this.loaded.delete(oldest);
      executable.dispose();
    }
    return loaded;
  }

  dispose(): void {
    for (const { executable } of this.loaded.values()) executable.dispose();
  }
}
