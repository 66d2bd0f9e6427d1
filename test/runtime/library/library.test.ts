// The library's interface: events, cancellation and errors.
import { existsSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  check,
  evaluate,
  loadSpec,
  openModel,
  predict,
  SpecError,
  train,
  VlmoError,
  type TrainingEvent,
} from "../../../runtime/index.js";
import { told, type Tell } from "../../../runtime/library/told.js";
import { tinySpec, workFolder } from "../cli/tiny.js";

let folder = "";
const at = (...path: readonly string[]): string => join(folder, ...path);
beforeAll(async () => {
  folder = await workFolder();
  const create = { width: 16, height: 16, channels: 3, background: "#c03020" } as const;
  for (const name of ["a.png", "b.png", "c.png"]) await sharp({ create }).toFile(at(name));
  await writeFile(at("no.png"), "no image");
});
afterAll(() => rm(folder, { recursive: true }));

const fast = { engine: "reference", threads: 1, workers: 0 } as const;
const tiny = () => loadSpec(at("tiny.vlmo"));

describe("the events of an operation", () => {
  const work = (heard: string[]) => async (tell: Tell<number>) => {
    for (const n of [1, 2, 3]) {
      heard.push(`tells ${n}`);
      await tell(n);
    }
    heard.push("ends");
  };

  test("are read in order, and the operation waits for the reader", async () => {
    const heard: string[] = [];
    for await (const n of told(work(heard))) heard.push(`reads ${n}`);
    expect(heard).toEqual(["tells 1", "reads 1", "tells 2", "reads 2", "tells 3", "reads 3", "ends"]);
  });

  test("are not lost without a reader", async () => {
    const read: number[] = [];
    const both = async (tell: Tell<number>) => void [1, 2].forEach((n) => void tell(n));
    for await (const n of told(both)) read.push(n);
    expect(read).toEqual([1, 2]);
  });

  test("end when the reader leaves the loop, which returns once the operation has ended", async () => {
    const heard: string[] = [];
    const hearing = (tell: Tell<number>, left: AbortSignal): Promise<void> => {
      left.addEventListener("abort", () => heard.push("stop"));
      return work(heard)(tell);
    };
    for await (const n of told(hearing)) if (n === 2) break;
    expect(heard).toEqual(["tells 1", "tells 2", "stop", "tells 3", "ends"]);
  });

  test("end with the operation's error, after earlier events", async () => {
    const read: number[] = [];
    const broken = async (tell: Tell<number>) => {
      await tell(1);
      throw new Error("no more");
    };
    const reading = async (): Promise<void> => {
      for await (const n of told(broken)) read.push(n);
    };
    await expect(reading()).rejects.toThrow("no more");
    expect(read).toEqual([1]);
  });
});

describe("a training", () => {
  test("yields its events in order and returns its results", async () => {
    const events: TrainingEvent[] = [];
    for await (const event of train(tiny(), { ...fast, out: at("whole") })) events.push(event);
    const kinds = events.map(({ kind }) => kind).filter((kind) => kind !== "preparing" && kind !== "noticed");
    const stage = ["stage_start", "step", "step", "step"];
    expect(kinds).toEqual(
      [stage, ["saved", "stage_end"], stage, ["saved", "evaluation", "saved", "stage_end"], ["end"]].flat(),
    );
    expect(events.at(-1)).toMatchObject({
      kind: "end",
      status: "finished",
      folder: at("whole"),
      report: at("whole/report.html"),
      checkpoints: { second: at("whole/checkpoints/second-0000003") },
      evaluations: [{ name: "retrieval", stage: "second" }],
    });
    expect(existsSync(at("whole/report.html"))).toBe(true);
  });

  test("ends after the last step read if its loop is left, and resumes from there", async () => {
    const options = { ...fast, out: at("left"), stages: ["first"] };
    const training = train(tiny(), options);
    for await (const event of training) if (event.kind === "step" && event.step === 2) break;
    expect(await readdir(at("left/checkpoints"))).toEqual(["first-0000002"]);
    expect(await training.result()).toMatchObject({ status: "interrupted" });
    const rest: TrainingEvent[] = [];
    for await (const event of train(tiny(), { ...options, resume: true })) rest.push(event);
    expect(rest).toContainEqual(expect.objectContaining({ kind: "stage_start", from: 2 }));
  });

  test("is also ended by an exception in the loop, which is rethrown", async () => {
    const run = async (): Promise<void> => {
      for await (const { kind } of train(tiny(), { ...fast, out: at("thrown"), stages: ["first"] }))
        if (kind === "step") throw new Error("mine");
    };
    await expect(run()).rejects.toThrow("mine");
    expect(await readdir(at("thrown/checkpoints"))).toEqual(["first-0000001"]);
  });

  test.each([
    { keep: undefined, kept: ["first-0000001", "first-0000005"] },
    { keep: 1, kept: ["first-0000001", "first-0000005"] },
    { keep: 3, kept: ["first-0000001", "first-0000003", "first-0000004", "first-0000005"] },
  ])("keeps $keep of the latest checkpoints and the best", async ({ keep, kept }) => {
    // Nothing is learnt: the first of equal scores is the best.
    const text = tinySpec
      .replace(
        "steps: steps\n  optimizer: adamw(lr: 1e-3)",
        "steps: 5\n  optimizer: adamw(lr: 1e-30)\n  validate: every 1 steps\n  best: recall(1)",
      )
      .replace("using second", "using first");
    const out = at(`keep-${keep ?? "usual"}`);
    await train(loadSpec({ text }), { ...fast, out, stages: ["first"], ...(keep !== undefined && { keep }) }).result();
    expect((await readdir(join(out, "checkpoints"))).toSorted()).toEqual(kept);
  });

  test("is stopped by an AbortSignal", async () => {
    const options = { ...fast, out: at("stopped"), signal: AbortSignal.abort() };
    expect(await train(tiny(), options).result()).toMatchObject({ status: "interrupted", checkpoints: {} });
  });

  const mistakes = [
    { title: "a folder that holds a run", options: { out: "whole" }, code: "V932" },
    { title: "an unknown stage", options: { out: "none", stages: ["third"] }, code: "V961" },
    { title: "a missing backend", options: { out: "none", backend: "wasm" }, code: "V966" },
  ];
  test.each(mistakes)("throws a VlmoError for $title, in the loop and as the result", async ({ options, code }) => {
    const given = { ...fast, ...options, out: at(options.out) };
    const loop = async (): Promise<void> => {
      for await (const event of train(tiny(), given)) expect(event.kind).not.toBe("end");
    };
    for (const run of [loop, () => train(tiny(), given).result()]) {
      const error = await run().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(VlmoError);
      expect(error).toMatchObject({ code, help: expect.any(String) });
    }
  });
});

describe("a trained run", () => {
  beforeAll(async () => void (await train(tiny(), { ...fast, out: at("run") }).result()));

  test("is evaluated by the name of an `evaluate` block", async () => {
    const found = await evaluate(tiny(), "retrieval", { ...fast, checkpoint: at("run") });
    expect(found).toMatchObject({ stage: "second", checkpoint: at("run/checkpoints/second-0000003"), items: 8 });
    expect(found.metrics.map(({ name }) => name)).toEqual(["recall@1 image→text", "recall@1 text→image"]);
  });

  const images = () => [at("a.png"), at("b.png"), at("c.png")];

  test("answers queries, given as a folder or an opened model", async () => {
    const asked = { ...fast, head: "match", images: images(), texts: ["a dog"] };
    const answers = async (model: Parameters<typeof predict>[0]): Promise<unknown[]> => {
      const said: unknown[] = [];
      for await (const { answer } of predict(model, asked)) said.push(answer);
      return said;
    };
    const said = await answers(at("run"));
    expect(said.length).toBe(3);
    expect(said[0]).toEqual({ form: "truth", probability: expect.any(Number) });
    expect(await answers(await openModel(at("run"), { stage: "second" }))).toEqual(said);
  });

  test("stops answering if the loop is left", async () => {
    const said: string[] = [];
    const asked = { ...fast, head: "match", images: images(), texts: ["a dog"], batch: 1 };
    for await (const { question } of predict(at("run"), asked)) {
      said.push(question.name);
      break;
    }
    expect(said).toEqual([at("a.png")]);
  });

  test.each([
    { title: "throws at an unreadable image", leaves: false },
    { title: "leaves out an unreadable image if given a callback for it", leaves: true },
  ])("$title", async ({ leaves }) => {
    const left: string[] = [];
    const leftOut = (question: string): void => void left.push(question);
    const asked = { ...fast, head: "match", images: [at("no.png"), at("a.png")], texts: ["a dog"] };
    const run = async (): Promise<number> => {
      let count = 0;
      for await (const { answer } of predict(at("run"), { ...asked, ...(leaves && { leftOut }) }))
        count += answer.form === "truth" ? 1 : 0;
      return count;
    };
    if (leaves) expect([await run(), left]).toEqual([1, [at("no.png")]]);
    else await expect(run()).rejects.toMatchObject({ code: "V917" });
  });
});

describe("a specification", () => {
  test("is read from a text, with imports relative to its assumed path", () => {
    const text = `vlmo 1\nimport { Tiny, contrast, world } from "./tiny.vlmo"\nstage own {
      model: Tiny, data: world, learn: contrast, train: all, batch: 4, steps: 1, optimizer: adamw(lr: 1e-3), schedule: constant
    }`;
    const spec = loadSpec({ text, path: at("own.vlmo") });
    expect([...spec.stages.keys()]).toEqual(["own"]);
    expect(spec.written.entry).toBe(at("own.vlmo"));
  });

  test("accepts values of params and keys", () => {
    const spec = loadSpec({ text: tinySpec }, { set: { steps: 7, "second.batch": 2 } });
    const [first, second] = [...spec.stages.values()];
    expect([first?.duration.value, second?.batch]).toEqual([7, 2]);
  });

  test("with mistakes throws a SpecError that has all of them and prints them without the whole file", () => {
    const text = tinySpec.replaceAll("optimizer:", "optimiser:");
    const error = (() => {
      try {
        return loadSpec({ text });
      } catch (thrown) {
        return thrown;
      }
    })();
    if (!(error instanceof SpecError)) throw new Error("a SpecError");
    expect(error.diagnostics.map(({ code }) => code).filter((code) => code === "V201")).toEqual(["V201", "V201"]);
    expect(error.message).toContain("--> spec.vlmo:");
    expect(Object.keys(error)).toEqual(["name"]);
    expect(check({ text }).diagnostics.map(({ code }) => code)).toEqual(error.diagnostics.map(({ code }) => code));
  });

  test("returns its warnings", () => {
    const heard: string[] = [];
    const text = `vlmo 1\nimport { unseen } from "./tiny.vlmo"\n`;
    loadSpec({ text, path: at("own.vlmo") }, { notice: (sentence) => heard.push(sentence) });
    expect(heard).toEqual([expect.stringMatching(/^warning\[V104\]: `unseen` is imported and not used\n/)]);
  });

  test("that is missing throws a SpecError too", () => {
    expect(() => loadSpec(at("nowhere.vlmo"))).toThrow(SpecError);
  });
});
