// The tfjs engine: runs a lowered graph node by node on tfjs tensors. Every tensor is freed after its last use, which the
// schedule states; nothing is left to the garbage collector.
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { lower, targets, type Graph, type HostType } from "../../../compiler/index.js";
import { arrays, type Tensor } from "../../tensor.js";
import type { Engine, EngineOptions, Handle } from "../engine.js";
import { expectType } from "../held.js";
import { openBackend, type Backend } from "./backend.js";
import { prepare, runGraph, type Prepared } from "./program.js";
import { createStore } from "./store.js";
import { createTools } from "./tools.js";

/**
 * Opens tfjs on a backend: `cpu`, `wasm`, `node` or `node-gpu`; null takes `node` if it is installed, else `wasm`. Rejects with
 * V966 if the backend does not exist or its package is not installed.
 */
export async function createTfjs({ backend, threads }: EngineOptions): Promise<Engine> {
  return tfjsOn(await openBackend(backend, threads));
}

/** The engine on an open backend. */
export function tfjsOn(opened: Backend): Engine {
  const held = new Map<Handle, TfTensor>();
  const programs = new Set<Prepared>();
  // The current backend of tfjs is global to the process; another engine may have changed it.
  const activate = (): void => {
    // It is initialised already: the change is immediate.
    if (opened.core.getBackend() !== opened.id) opened.core.setBackend(opened.id).catch(() => undefined);
  };
  const { tools, disposeTools } = createTools(opened);
  const store = createStore(opened.core, held, activate);
  const load = (graph: Graph): Prepared => {
    activate();
    const program = prepare(lower(graph, targets.tfjs), { ...opened, tools });
    programs.add(program);
    return program;
  };
  const drop = (program: Prepared): void => {
    programs.delete(program);
    program.constants.forEach((tensor) => tensor.dispose());
  };
  return {
    name: "tfjs",
    description: opened.description,
    precision: "float32",
    busyThreads: opened.busyThreads,
    load: async (graph) => {
      const program = load(graph);
      return {
        run: (inputs, into = new Map()) => runGraph(program, { inputs, into, store, activate, tools }),
        dispose: () => drop(program),
      };
    },
    create: (tensor) => store.hold({ dtype: tensor.dtype, shape: tensor.shape }, store.upload(tensor)),
    write: (handle, tensor) => {
      expectType(handle.type, tensor);
      // tfjs may keep the array it is given, and the caller reuses this one.
      store.replace(handle, store.upload({ ...tensor, data: tensor.data.slice() }));
    },
    read: (handle) => read(handle.type, store.tensorOf(handle)),
    release: (handle) => {
      held.get(handle)?.dispose();
      held.delete(handle);
    },
    dispose: () => {
      [...programs].forEach(drop);
      held.forEach((tensor) => tensor.dispose());
      held.clear();
      disposeTools();
    },
  };
}

async function read(type: HostType, tensor: TfTensor): Promise<Tensor> {
  const data = await tensor.data<"float32" | "int32">();
  // A copy: the cpu backend returns its own array, which after a cast may even have another element type.
  return { ...type, data: arrays[type.dtype].from(data) };
}
