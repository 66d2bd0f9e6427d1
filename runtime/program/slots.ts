// Named tensors on an engine that programs rewrite step by step.
import type { prefixes } from "../../compiler/index.js";
import { sizeOf, hostType, type Graph, type TensorType } from "../../compiler/index.js";
import type { Engine, Handle, Handles } from "../engines/index.js";
import { arrays, type Tensor } from "../tensor.js";

/** Results replace what they come from, so that a step leaves parameters where they are. */
export class Slots {
  private readonly slots = new Map<string, Handle>();
  /** Where programs put outputs that replace nothing, by output: the same handles step after step. */
  private readonly others = new Map<string, Handle>();

  /** Outputs of programs that are named `outputs + NAME` replace the tensors `NAME`. */
  constructor(
    private readonly engine: Engine,
    private readonly outputs: typeof prefixes.next | typeof prefixes.gradient | null,
  ) {}

  /** Gives a tensor to the engine under a name. The array must not be used afterwards. */
  place(name: string, tensor: Tensor): Handle {
    const handle = this.engine.create(tensor);
    this.slots.set(name, handle);
    return handle;
  }

  /** Copies host data into the tensor of that name, which is made at its first use. */
  write(name: string, tensor: Tensor): Handle {
    const handle = this.slots.get(name);
    if (handle === undefined) return this.place(name, { ...tensor, data: tensor.data.slice() });
    this.engine.write(handle, tensor);
    return handle;
  }

  get(name: string): Handle | undefined {
    return this.slots.get(name);
  }

  handles(): Handles {
    return this.slots;
  }

  /**
   * Runs a program whose outputs replace these tensors (made where they do not exist yet); returns its other outputs,
   * which stay what they are until the next run.
   */
  async advance(graph: Graph, run: (into: Handles) => Promise<Handles>): Promise<Map<string, Handle>> {
    const into = new Map<string, Handle>();
    const others = new Map<string, Handle>();
    for (const [output, { type }] of graph.outputs) {
      if (this.outputs !== null && output.startsWith(this.outputs)) {
        const name = output.slice(this.outputs.length);
        into.set(output, this.slots.get(name) ?? this.place(name, zeros(type)));
      } else {
        const handle = this.others.get(output) ?? this.engine.create(zeros(type));
        this.others.set(output, handle);
        others.set(output, handle);
        into.set(output, handle);
      }
    }
    await run(into);
    return others;
  }

  /** Every tensor, copied to the host. */
  async read(): Promise<Map<string, Tensor>> {
    const tensors = new Map<string, Tensor>();
    for (const [name, handle] of this.slots) tensors.set(name, await this.engine.read(handle));
    return tensors;
  }

  dispose(): void {
    for (const handles of [this.slots, this.others]) {
      for (const handle of handles.values()) this.engine.release(handle);
      handles.clear();
    }
  }
}

/** A tensor of zeros of that type. */
export function zeros(type: TensorType): Tensor {
  const { dtype, shape } = hostType(type);
  return { dtype, shape, data: new arrays[dtype](sizeOf(shape)) };
}
