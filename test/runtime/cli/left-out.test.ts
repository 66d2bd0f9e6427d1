// Evaluations report the records that `on_error: skip` left out, and have no value if none are left.
import { expect, test } from "vitest";
import { contrast, jsonl, run, specOf, useDataFolder } from "./data-folder.js";

useDataFolder();

const skip = ", on_error: skip";
const some = `data some: pairs ${jsonl("good.jsonl")}`;

test("skipped records are reported beside the metrics, after training and in eval", async () => {
  const spec = specOf(
    `${some}\ndata torn: pairs ${jsonl("broken.jsonl", skip)}\ndata poor: pairs ${jsonl("gone.jsonl", skip)}
evaluate on_torn on torn using only { recall(1), batch: 4 }
evaluate on_poor on poor using only { recall(1), batch: 4 }
${contrast}`,
  );
  const trained = await run(spec, ["train", "FILE", "--out", "OUT", "--engine", "reference"]);
  expect({ exit: trained.exit, stderr: trained.stderr }).toMatchObject({ exit: 0 });
  const said = [/on_torn \(only, 1 item left out\): R@1 image→text/, /on_poor \(only, 25 items left out\)/];
  for (const each of said) expect(trained.stdout).toMatch(each);
  const { stdout } = await run(spec, ["eval", "FILE", "on_torn", "--checkpoint", "OUT", "--engine", "reference"]);
  expect(stdout).toMatch(said[0] ?? "");
  expect(stdout).toMatch(/ {2}left out: broken\.jsonl:5: V917: cannot decode the image `images\/words\.png`/);
});

test("an evaluation has no value if none of its data can be read", async () => {
  const only = `data gone: pairs ${jsonl("torn.jsonl", skip)}\nevaluate on_gone on gone using only { recall(1), batch: 4 }`;
  const spec = specOf(`${some}\n${only}\n${contrast}`);
  const { exit, stderr } = await run(spec, ["train", "FILE", "--out", "OUT-gone", "--engine", "reference"]);
  expect(exit).toBe(1);
  expect(stderr).toContain(
    "error[V919]: the data set `gone` cannot feed this run: none of its items can be read; the first: torn.jsonl:1: V917:",
  );
});
