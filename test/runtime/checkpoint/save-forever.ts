// Child process of the kill test: saves checkpoints until it is killed, alternately to one path and to a sequence of paths.
// Arguments: a folder, the first step, the elements of each tensor.
import { join } from "node:path";
import { writeCheckpoint } from "../../../runtime/checkpoint/folder.js";
import { createSaver } from "../../../runtime/checkpoint/store.js";
import { contentsOf } from "./contents.js";

const [root = "", first = "", size = ""] = process.argv.slice(2);
for (let step = Number(first); ; step++) {
  const contents = contentsOf({ step, size: Number(size) });
  await writeCheckpoint(join(root, "place"), contents);
  await createSaver(join(root, "row"))(contents, { keep: 2 });
  process.stdout.write(`${step}\n`);
}
