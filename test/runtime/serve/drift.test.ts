// A server notes a head that may have drifted at its first request, and in its description.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { expect, it } from "vitest";
import { engines } from "../../../runtime/engines/index.js";
import { openModel } from "../../../runtime/predict/model.js";
import { usualLimits } from "../../../runtime/serve/limits.js";
import { serve } from "../../../runtime/serve/server.js";
import { checkpointOf } from "../../support/trained.js";
import { ask, asJson } from "./client.js";

it("notes only the head whose inputs the stage has changed, once", async () => {
  const model = await openModel(await checkpointOf(mkdtempSync(join(tmpdir(), "vlmo-drift-")), "of_match"));
  const learn = model.stage.learn.filter(({ head }) => head.name === "match");
  const later = { ...model, stage: { ...model.stage, learn }, manifest: { ...model.manifest, step: 5 } };
  const notes: string[] = [];
  const engine = await engines.ort({ threads: 1, backend: null });
  const place = { host: "127.0.0.1", port: 0, batch: 4, limits: usualLimits, version: "test" };
  const told = { failed: (error: unknown) => expect(error).toBeNull(), noted: (note: string) => notes.push(note) };
  const { url, stop } = await serve({ model: later, engine, ...place, ...told });
  const red = await sharp({ create: { width: 12, height: 9, channels: 3, background: "#c81e1e" } })
    .png()
    .toBuffer();
  for (const head of ["match", "contrast", "contrast"]) {
    const asked = asJson({ image: red.toString("base64"), texts: ["a red dog", "a cat"], head });
    expect((await ask(url, asked)).status).toBe(200);
  }
  const note =
    "note: the stage `of_match` does not learn `contrast`, and has changed its features: it may have drifted";
  expect(notes).toEqual([note]);
  const { heads } = JSON.parse((await ask(url, { method: "GET", path: "/model" })).text);
  expect(heads.map((head: { note?: string }) => head.note)).toEqual([note, undefined]);
  expect((await ask(url, { method: "GET", path: "/" })).text).toContain("it may have drifted");
  await stop();
  engine.dispose();
});
