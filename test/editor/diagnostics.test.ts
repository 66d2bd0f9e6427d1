// Diagnostics of open documents: sent after a pause in typing, with the version, across imports, and cleared when fixed.
import { describe, expect, test } from "vitest";
import { open, uriOf, type Opened } from "./open.js";
import { both, changed, data, main } from "./spec.js";

function latest({ published }: Opened, name: string): string[] {
  const last = published.findLast(({ uri }) => uri === uriOf(name));
  return (last?.diagnostics ?? []).map(({ code, range }) => `${code} ${range.start.line}:${range.start.character}`);
}

describe("diagnostics", () => {
  test("are empty for a valid specification, with the version of each document", () => {
    const opened = open(both(main));
    expect(opened.published).toEqual([]);
    opened.wait();
    expect(opened.published).toEqual([
      { uri: uriOf("main.vlmo"), version: 1, diagnostics: [] },
      { uri: uriOf("data.vlmo"), version: 1, diagnostics: [] },
    ]);
  });

  test("are sent once for many changes, with the last version", () => {
    const opened = open(both(main));
    opened.wait();
    opened.change("main.vlmo", changed(["width: 32", "widht: 32"]));
    opened.change("main.vlmo", changed(["width: 32", "width: 33"]));
    const before = opened.published.length;
    opened.wait();
    expect(opened.published.slice(before)).toMatchObject([{ uri: uriOf("main.vlmo"), version: 3 }]);
    expect(latest(opened, "main.vlmo")).not.toEqual([]);
  });

  test("have message, range and remedy", () => {
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

  test("of unused declarations have the tag `unnecessary`", () => {
    const opened = open(both(changed(["{ coco }", "{ coco, books }"])));
    opened.wait();
    expect(opened.published[0]?.diagnostics).toMatchObject([{ code: "V104", severity: 2, tags: [1] }]);
  });

  test("follow changes of an imported document, in whichever document the mistake is", () => {
    const opened = open(both(main));
    opened.wait();
    opened.change("data.vlmo", data.replace("coco", "koko"));
    opened.wait();
    expect(latest(opened, "main.vlmo")).toContain("V105 2:9");
    opened.change("data.vlmo", data);
    opened.wait();
    expect(latest(opened, "main.vlmo")).toEqual([]);
  });

  test("of a file that is not open are sent for its URI, once each", () => {
    const disk = { "data.vlmo": data.replace("scenes: 640", "scnes: 640") };
    const other = main.replace("Small", "Tiny").replace("model: Small", "model: Tiny");
    const opened = open({ "main.vlmo": main, "other.vlmo": other }, { disk });
    opened.wait();
    expect(latest(opened, "data.vlmo")).toEqual(["V201 3:35"]);
  });

  test("of a closed document are cleared, unless another one imports it", () => {
    const opened = open({ "main.vlmo": changed(["width: 32", "widht: 32"]) }, { disk: { "data.vlmo": data } });
    opened.wait();
    expect(latest(opened, "main.vlmo")).not.toEqual([]);
    opened.server.closed(uriOf("main.vlmo"));
    opened.wait();
    expect(latest(opened, "main.vlmo")).toEqual([]);
  });
});

describe("code actions", () => {
  const everywhere = { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } };

  test("are the checker's fixes at their ranges", () => {
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

  test("fix everything at once on `source.fixAll`", () => {
    const opened = open(both(changed(["width: 32", "widht: 32"], ["learn: itc + itm", "lern: itc + itm"])));
    const [action, more] = opened.server.codeActions(opened.uri, everywhere, ["source.fixAll"]);
    expect(more).toBeUndefined();
    expect(action?.edit).toBeUndefined();
    const resolved = action && opened.server.resolveCodeAction(action);
    expect(resolved?.edit?.changes?.[opened.uri]).toMatchObject([{ newText: main }]);
  });

  test("are empty without mistakes", () => {
    const opened = open(both(main));
    expect(opened.server.codeActions(opened.uri, everywhere)).toEqual([]);
  });
});
