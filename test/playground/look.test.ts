// What the playground shows of a specification, and the stages it offers to train.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { accessTo } from "../../playground/files.js";
import { lookAt } from "../../playground/language/look.js";

const paths = readdirSync("specs", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".vlmo"))
  .map((name) => join("specs", name));
const texts = new Map(paths.map((path) => [path, readFileSync(path, "utf8")]));

it.each(["specs/vlmo-large.vlmo", "specs/ablations/small.vlmo", "specs/examples/segmentation.vlmo"])(
  "shows the plan, the picture and the declarations of %s",
  (path) => {
    const { plan, picture, resolved } = lookAt(path, accessTo(texts));
    expect(plan).not.toBeNull();
    expect(picture).not.toBeNull();
    expect(resolved).not.toBe("");
  },
);

it("shows only the declarations of a specification with errors", () => {
  const broken = new Map([["a.vlmo", "vlmo 1\n\nmodel Small {\n  layers: 4\n  widht: 96\n}\n"]]);
  const look = lookAt("a.vlmo", accessTo(broken));
  expect(look).toMatchObject({ plan: null, picture: null, stages: [] });
  expect(look.resolved).toContain("layers: 4");
});

describe("the stages that the playground trains", () => {
  const stageIn = (path: string, name: string) =>
    lookAt(path, accessTo(texts)).stages.find((stage) => stage.name === name);

  it("are those on generated data, each with its predecessors", () => {
    const { stages } = lookAt("specs/quickstart.vlmo", accessTo(texts));
    expect(stages.filter(({ refused }) => refused !== null)).toEqual([]);
    const chain = ["vision", "labels", "language", "align"];
    expect(stages.find(({ name }) => name === "align")).toEqual({ name: "align", chain, steps: 200, refused: null });
  });

  it.each([
    ["specs/vlmo-base.vlmo", "fusion", /^stage vision reads files \(data \w+: \w+\), and a web page has none$/],
    ["specs/finetune/from-release.vlmo", "", /a web page has none$/],
  ])("do not include stages that read files, as in %s", (path, name, reason) => {
    const { stages } = lookAt(path, accessTo(texts));
    expect((name === "" ? stages[0] : stageIn(path, name))?.refused).toMatch(reason);
  });

  it("do not include stages with augmentation", () => {
    const text = texts.get("specs/quickstart.vlmo")?.replace("learn: patches\n", "learn: patches\n  augment: [flip]\n");
    const changed = new Map([["a.vlmo", text ?? ""]]);
    expect(lookAt("a.vlmo", accessTo(changed)).stages[0]?.refused).toMatch(/augments its images/);
  });
});
