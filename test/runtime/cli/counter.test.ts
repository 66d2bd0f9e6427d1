// Progress of work on many files: rate and time left, on a terminal in a line that is cleared for results.
import { expect, test } from "vitest";
import { createCounter, hideCounter } from "../../../runtime/cli/counter.js";
import { listen } from "./in-process.js";

test("shows rate and time left, and is cleared for results", async () => {
  const { text, session } = listen([]);
  const terminal = { ...session, interactive: true };
  const counter = createCounter(terminal);
  counter({ what: "answering", done: 1, all: 4000 });
  await new Promise((resolve) => setTimeout(resolve, 300));
  counter({ what: "answering", done: 2000, all: 4000 });
  hideCounter(terminal);
  expect(text.stderr).toMatch(/^\r\u001b\[Kanswering {2}2,000\/4,000 {2}[\d,]+ a second {2}\d\.\d s left\r\u001b\[K$/);
});
