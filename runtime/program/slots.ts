// Named tensors on an engine that programs update step by step.
import type { prefixes } from "../../compiler/index.js";
import { sizeOf, hostType, type Graph, type TensorType } from "../../compiler/index.js";
import type { Engine, Handle, Handles } from "../engines/index.js";
import { arrays, type Tensor } from "../tensor.js";

/** Outputs replace the tensors they are computed from in place, so that parameters stay on the engine. */
export class Slots {
  private readonly slots = new Map<string, Handle>();
  /** Handles for outputs that replace nothing, by output: reused step after step. */
  private readonly others = new Map<string, Handle>();

  /** An output named `outputs + NAME` replaces the tensor `NAME`. */
  constructor(
    private readonly engine: Engine,
    private readonly outputs: typeof prefixes.next | typeof prefixes.gradient | null,
  ) {}

  /** Moves a tensor to the engine under a name. Its array must not be used afterwards. */
  place(name: string, tensor: Tensor): Handle {
    const handle = this.engine.create(tensor);
    this.slots.set(name, handle);
    return handle;
  }

  /** Copies host data into the tensor of that name, which is created at its first use. */
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
   * Runs a program whose outputs replace these tensors (created if missing). Returns its other outputs, which the next run
   * overwrites.
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

/** Zeros of that type. */
export function zeros(type: TensorType): Tensor {
  const { dtype, shape } = hostType(type);
  return { dtype, shape, data: new arrays[dtype](sizeOf(shape)) };
}
