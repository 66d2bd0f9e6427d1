// `vlmo lsp`: the language server for editors.
import type { Command } from "commander";

const examples = `
The server speaks the Language Server Protocol over stdin and stdout, and exits with the editor that
started it. docs/editor.md lists its features and how to set up VS Code, Neovim, Helix and Emacs.

Examples:
  vlmo lsp --stdio`;

/** Adds `vlmo lsp`. */
export function addLsp(program: Command): void {
  program
    .command("lsp")
    .summary("start the language server, for editors")
    .description("Start the language server (diagnostics, completion, hover and more); editors run this.")
    .option("--stdio", "over stdin and stdout (the only transport)")
    .addHelpText("after", examples)
    .action(async () => {
      const { serveEditor } = await import("../../specs/serve-editor.js");
      await serveEditor();
    });
}
