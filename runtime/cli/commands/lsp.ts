// `vlmo lsp`: the language server for editors.
import type { Command } from "commander";

const examples = `
The server speaks the Language Server Protocol over stdin and stdout, and ends with the editor that
started it. What it offers, and how VS Code, Neovim, Helix and Emacs are told of it, is in
docs/editor.md.

Examples:
  vlmo lsp --stdio`;

/** Adds `vlmo lsp`. */
export function addLsp(program: Command): void {
  program
    .command("lsp")
    .summary("start the language server, for editors")
    .description("Start the language server: diagnostics, completion, hover and more, for an editor that starts it.")
    .option("--stdio", "over stdin and stdout, the only way there is")
    .addHelpText("after", examples)
    .action(async () => {
      const { serveEditor } = await import("../../specs/serve-editor.js");
      await serveEditor();
    });
}
