// The examples of docs/library.md.
import { readFileSync } from "node:fs";

/** Their texts, in the order of the page. */
export function libraryExamples(): string[] {
  return [...readFileSync("docs/library.md", "utf8").matchAll(/```ts\n(.*?)```/gs)].map(([, text = ""]) => text);
}
