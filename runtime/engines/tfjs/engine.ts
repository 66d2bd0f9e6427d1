// The tfjs engine: runs a lowered graph node by node on tfjs tensors. Every tensor is freed when the schedule says that
// nothing reads it any more; the garbage collector is left nothing to find.
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
 * Opens tfjs on a backend: `cpu`, `wasm`, `node` or `node-gpu`; null takes `node` where it is installed, else `wasm`.
 * Rejects with V966 where the backend does not exist or its package is not there.
 */
export async function createTfjs({ backend, threads }: EngineOptions): Promise<Engine> {
  return tfjsOn(await openBackend(backend, threads));
}

/** The engine on a backend that is ready. */
export function tfjsOn(opened: Backend): Engine {
  const held = new Map<Handle, TfTensor>();
  const programs = new Set<Prepared>();
  // tfjs has one current backend a process; another engine may have chosen its own since.
  const activate = (): void => {
    // It is ready, and chosen at once.
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
      // tfjs may keep the array that it is given, and the caller keeps this one.
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
  // A copy: the cpu backend gives its own array, which after a cast may even be of another element type.
  return { ...type, data: arrays[type.dtype].from(data) };
}
