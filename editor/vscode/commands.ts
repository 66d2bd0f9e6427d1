// The extension's commands: what the manifest offers, and the extension does.

/** Commands that run `vlmo` with the file that is open, by the command's name: what they are called, and what stands behind the file. */
export const fileCommands = {
  check: { title: "Check This File", options: [] },
  plan: { title: "Plan", options: [] },
  view: { title: "Show as a Picture", options: ["--open"] },
  rehearse: { title: "Rehearse", options: [] },
  train: { title: "Train", options: [] },
  test: { title: "Run Tests", options: [] },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly options: readonly string[] }>>;

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
