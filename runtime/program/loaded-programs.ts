// Programs on an engine, each compiled once for every combination of sizes that occurs.
import type { Program, Sizes } from "../../compiler/index.js";
import type { Engine, Executable } from "../engines/index.js";
import { turn } from "../turns.js";
import { sizesKey } from "./sizes.js";

/** A program and its executable. */
export interface Loaded {
  readonly program: Program;
  readonly executable: Executable;
}

/** Runs `work` with programs on an engine and disposes of them however it ends; programs of the caller (`kept`) stay. */
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

/** The programs of one stage or evaluation, until `dispose`. */
export class LoadedPrograms {
  /** Least recently used first. */
  private readonly loaded = new Map<string, Loaded>();

  /** Keeps at most `most`, disposing of the least recently used: a caller must use fewer at the same time. */
  constructor(
    private readonly engine: Engine,
    private readonly most = Infinity,
  ) {}

  /** The program of that name for these sizes, built and loaded at its first use. */
  async load(name: string, sizes: Sizes, build: (sizes: Sizes) => Program): Promise<Loaded> {
    const key = `${name} ${sizesKey(sizes)}`;
    const known = this.loaded.get(key);
    if (known !== undefined) return this.keep(key, known);
    // Building and loading a deep model take seconds each: let a request to stop through.
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
