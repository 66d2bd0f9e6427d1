// What is shown of open documents: once they rest, with their version, over imports, and gone when it is mended.
import { describe, expect, test } from "vitest";
import { open, uriOf, type Opened } from "./open.js";
import { both, changed, data, main } from "./spec.js";

function latest({ published }: Opened, name: string): string[] {
  const last = published.findLast(({ uri }) => uri === uriOf(name));
  return (last?.diagnostics ?? []).map(({ code, range }) => `${code} ${range.start.line}:${range.start.character}`);
}

describe("diagnostics", () => {
  test("of a right specification are none, with the version of each document", () => {
    const opened = open(both(main));
    expect(opened.published).toEqual([]);
    opened.wait();
    expect(opened.published).toEqual([
      { uri: uriOf("main.vlmo"), version: 1, diagnostics: [] },
      { uri: uriOf("data.vlmo"), version: 1, diagnostics: [] },
    ]);
  });

  test("come once for many changes, with the last version", () => {
    const opened = open(both(main));
    opened.wait();
    opened.change("main.vlmo", changed(["width: 32", "widht: 32"]));
    opened.change("main.vlmo", changed(["width: 32", "width: 33"]));
    const before = opened.published.length;
    opened.wait();
    expect(opened.published.slice(before)).toMatchObject([{ uri: uriOf("main.vlmo"), version: 3 }]);
    expect(latest(opened, "main.vlmo")).not.toEqual([]);
  });

  test("say what is wrong, where, and what to do", () => {
    const opened = open(both(changed(["width: 32", "widht: 32"])));
    opened.wait();
    const [found] = opened.published[0]?.diagnostics ?? [];
    expect(found).toMatchObject({
      code: "V201",
      source: "vlmo",
      severity: 1,
      range: { start: { line: 9, character: 2 }, end: { line: 9, character: 7 } },
    });
    expect(found?.message).toMatch(/`widht`\nhelp: did you mean `width`\?$/);
  });

  test("of what nothing uses are marked so", () => {
    const opened = open(both(changed(["{ coco }", "{ coco, books }"])));
    opened.wait();
    expect(opened.published[0]?.diagnostics).toMatchObject([{ code: "V104", severity: 2, tags: [1] }]);
  });

  test("of an imported document appear when that one changes, in whichever is wrong then", () => {
    const opened = open(both(main));
    opened.wait();
    opened.change("data.vlmo", data.replace("coco", "koko"));
    opened.wait();
    expect(latest(opened, "main.vlmo")).toContain("V105 2:9");
    opened.change("data.vlmo", data);
    opened.wait();
    expect(latest(opened, "main.vlmo")).toEqual([]);
  });

  test("of a file that is not open are shown under its address, each once", () => {
    const disk = { "data.vlmo": data.replace("scenes: 640", "scnes: 640") };
    const other = main.replace("Small", "Tiny").replace("model: Small", "model: Tiny");
    const opened = open({ "main.vlmo": main, "other.vlmo": other }, { disk });
    opened.wait();
    expect(latest(opened, "data.vlmo")).toEqual(["V201 3:35"]);
  });

  test("of a closed document go, unless another one imports it", () => {
    const opened = open({ "main.vlmo": changed(["width: 32", "widht: 32"]) }, { disk: { "data.vlmo": data } });
    opened.wait();
    expect(latest(opened, "main.vlmo")).not.toEqual([]);
    opened.server.closed(uriOf("main.vlmo"));
    opened.wait();
    expect(latest(opened, "main.vlmo")).toEqual([]);
  });
});

describe("actions", () => {
  const everywhere = { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } };

  test("are the checker's remedies, at their places", () => {
    const opened = open(both(changed(["width: 32", "widht: 32"], ["learn: itc + itm", "lern: itc + itm"])));
    const line = { start: { line: 9, character: 3 }, end: { line: 9, character: 3 } };
    const actions = opened.server.codeActions(opened.uri, line, ["quickfix"]);
    expect(actions).toMatchObject([
      {
        title: "Write `width`",
        kind: "quickfix",
        isPreferred: true,
        edit: { changes: { [opened.uri]: [{ newText: "width" }] } },
      },
    ]);
    expect(opened.server.codeActions(opened.uri, everywhere, ["quickfix"])).toHaveLength(2);
  });

  test("fix everything at once, when that is asked for", () => {
    const opened = open(both(changed(["width: 32", "widht: 32"], ["learn: itc + itm", "lern: itc + itm"])));
    const [action, more] = opened.server.codeActions(opened.uri, everywhere, ["source.fixAll"]);
    expect(more).toBeUndefined();
    expect(action?.edit).toBeUndefined();
    const resolved = action && opened.server.resolveCodeAction(action);
    expect(resolved?.edit?.changes?.[opened.uri]).toMatchObject([{ newText: main }]);
  });

  test("are none where nothing is wrong", () => {
    const opened = open(both(main));
    expect(opened.server.codeActions(opened.uri, everywhere)).toEqual([]);
  });
});
