// Named tensors on an engine that programs rewrite step by step: in place where a program may, else by turns between
// two buffers, so that a run never reads what it writes.
import { sizeOf, type Graph, type TensorType } from "../../compiler/index.js";
import type { Engine, Handle, Handles } from "../engines/index.js";
import { float32, int32, type Tensor } from "../tensor.js";

interface Slot {
  now: Handle;
  other: Handle | null;
}

export class Slots {
  private readonly slots = new Map<string, Slot>();

  constructor(private readonly engine: Engine) {}

  /** Gives a tensor to the engine under a name. The array must not be used afterwards. */
  place(name: string, tensor: Tensor): void {
    this.slots.set(name, { now: this.engine.create(tensor), other: null });
  }

  /** Copies host data into the tensor of that name, which is made at its first use. */
  write(name: string, tensor: Tensor): Handle {
    const slot = this.slots.get(name);
    if (slot === undefined) this.place(name, { ...tensor, data: tensor.data.slice() });
    else this.engine.write(slot.now, tensor);
    return this.handle(name);
  }

  has(name: string): boolean {
    return this.slots.has(name);
  }

  handle(name: string): Handle {
    const slot = this.slots.get(name);
    if (slot === undefined) throw new Error(`internal: no tensor ${name} on the engine`);
    return slot.now;
  }

  handles(): Map<string, Handle> {
    return new Map([...this.slots].map(([name, { now }]) => [name, now]));
  }

  /**
   * Runs a program whose outputs `PREFIX + name` replace the tensors `name` (made where they do not exist yet); returns
   * the other outputs.
   */
  async advance(graph: Graph, prefix: string, run: (into: Handles) => Promise<Handles>): Promise<Map<string, Handle>> {
    const into = new Map<string, Handle>();
    for (const [output, value] of graph.outputs) {
      if (output.startsWith(prefix))
        into.set(output, this.target(output.slice(prefix.length), graph.donations.get(output), value.type));
    }
    const results = await run(into);
    for (const [output, handle] of into) this.turn(output.slice(prefix.length), handle);
    return new Map([...results].filter(([output]) => !into.has(output)));
  }

  private target(name: string, donor: string | undefined, type: TensorType): Handle {
    const slot = this.slots.get(name);
    if (slot === undefined) {
      this.place(name, zeros(type));
      return this.handle(name);
    }
    if (donor === name) return slot.now;
    slot.other ??= this.engine.create(zeros(type));
    return slot.other;
  }

  private turn(name: string, written: Handle): void {
    const slot = this.slots.get(name);
    if (slot === undefined || slot.other !== written) return;
    slot.other = slot.now;
    slot.now = written;
  }

  /** Every tensor, copied to the host. */
  async read(): Promise<Map<string, Tensor>> {
    const tensors = new Map<string, Tensor>();
    for (const [name, { now }] of this.slots) tensors.set(name, await this.engine.read(now));
    return tensors;
  }

  dispose(): void {
    for (const { now, other } of this.slots.values()) {
      this.engine.release(now);
      if (other !== null) this.engine.release(other);
    }
    this.slots.clear();
  }
}

export function zeros({ dtype, shape }: TensorType): Tensor {
  return dtype === "int32"
    ? int32(shape, new Int32Array(sizeOf(shape)))
    : float32(shape, new Float32Array(sizeOf(shape)));
}
