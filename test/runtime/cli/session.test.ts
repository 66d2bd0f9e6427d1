// The one place where output is made fit for a screen.
import { expect, test } from "vitest";
import { listen } from "./in-process.js";

const evil = "\u001b]0;title\u0007 \u001b[2J \u009b31m \u202e \u0000 \r gone";
const harmless = "\\u001b]0;title\\u0007 \\u001b[2J \\u009b31m \\u202e \\u0000 \\u000d gone";

test("control characters of texts become escapes; line breaks and tabs stay", () => {
  const { text, session } = listen([]);
  session.say(`a\tb\r\n${evil}`);
  session.remark(evil);
  expect(text).toEqual({ stdout: `a\tb\r\n${harmless}\n`, stderr: `${harmless}\n` });
});

test("our own colours stay where they are wanted, and no other sequence does", () => {
  const { text, session } = listen([], { FORCE_COLOR: "1" });
  session.say(`${session.colours.bold(session.colours.red("red"))} \u001b[8mhidden\u001b[5mblinking`);
  expect(text.stdout).toBe("\u001b[1m\u001b[31mred\u001b[39m\u001b[22m \\u001b[8mhidden\\u001b[5mblinking\n");
  const plain = listen([]);
  plain.session.say("\u001b[31mred");
  expect(plain.text.stdout).toBe("\\u001b[31mred\n");
});

test("JSON says the same, escaped as JSON does it", () => {
  const { text, session } = listen(["--json"]);
  session.give({ evil });
  expect(text.stdout).toMatch(/^[ -~]*\n$/);
  expect(JSON.parse(text.stdout)).toEqual({ evil });
});

test("a document into a file or a pipe is written as it is", () => {
  const { text, session } = listen([]);
  session.write(evil);
  expect(text.stdout).toBe(evil);
});
