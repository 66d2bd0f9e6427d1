// The extension's commands: what the manifest offers, and the extension does.

/** A command that runs `vlmo` with the file that is open: its first word, and what it is called. */
export const fileCommands = {
  check: "Check This File",
  plan: "Plan",
  rehearse: "Rehearse",
  train: "Train",
  test: "Run Tests",
} as const satisfies Readonly<Record<string, string>>;

/** Commands that the extension does by itself. */
export const ownCommands = {
  report: "Show the Report of a Run",
  documentation: "Open Documentation",
  restart: "Restart the Language Server",
} as const satisfies Readonly<Record<string, string>>;

/** The command of lenses, whose argument is the arguments of a command line (docs/editor.md); in no menu. */
export const lensCommand = "vlmo.run";

/** What VS Code calls a command line of ours that it runs. */
export const taskType = "vlmo";

/** A command's name for VS Code. */
export function idOf(name: keyof typeof fileCommands | keyof typeof ownCommands): string {
  return `vlmo.${name}`;
}
