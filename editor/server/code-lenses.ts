// Commands that can be run for a declaration, shown above it. All lenses have one command, `vlmo.run`, with the arguments of a
// command line: all that a client must be able to do is start a program.
import type { CodeLens, Command } from "vscode-languageserver-types";
import type { Declaration } from "../../grammar/index.js";
import { rangeOf } from "./convert.js";
import type { Workspace } from "./workspace.js";

/** The command that a client runs: `vlmo` with the arguments. */
const runCommand = "vlmo.run";

/** The lenses of a document. */
export function codeLenses(uri: string, workspace: Workspace): CodeLens[] {
  const module = workspace.moduleOf(uri);
  return (module?.file.declarations ?? []).flatMap((node) =>
    commandsOf(node, module?.path ?? "").map((command) => ({
      range: rangeOf({ ...node.span, end: node.span.start }),
      command,
    })),
  );
}

function commandsOf(node: Declaration, path: string): Command[] {
  if (node.kind === "data") return [run("check data", ["data", path, node.name.text])];
  if (node.kind === "test") return [run("run this test", ["test", path, "--only", node.title.value])];
  if (node.kind !== "stage") return [];
  const { text } = node.name;
  return [
    run("plan", ["plan", path, "--stage", text]),
    run("rehearse", ["rehearse", path, "--stage", text]),
    run("train", ["train", path, "--stage", text]),
  ];
}

function run(title: string, line: readonly string[]): Command {
  return { title, command: runCommand, arguments: [line] };
}
