// One of the worker threads of draw.ts.
import { parentPort, workerData } from "node:worker_threads";
import { draw, type Drawn, type DrawWork } from "./draw.js";

async function drawAll({ drawings, seed, next }: DrawWork): Promise<void> {
  const take = (): DrawWork["drawings"][number] | undefined => drawings[Atomics.add(next, 0, 1)];
  for (let drawing = take(); drawing !== undefined; drawing = take()) {
    const tensor = await draw(drawing, seed);
    parentPort?.postMessage({ name: drawing.name, tensor } satisfies Drawn, [tensor.data.buffer as ArrayBuffer]);
  }
}

// eslint-disable-next-line @typescript-eslint/no-floating-promises -- ends the thread, whose work is then done by others
drawAll(workerData as DrawWork); // Boundary: draw.ts starts it.
