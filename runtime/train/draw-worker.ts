// One of the threads of draw.ts.
import { parentPort } from "node:worker_threads";
import { draw, type DrawRequest } from "./draw.js";

parentPort?.on("message", ({ drawing, seed }: DrawRequest) => {
  void draw(drawing, seed).then(({ data }) => parentPort?.postMessage(data, [data.buffer as ArrayBuffer]));
});
