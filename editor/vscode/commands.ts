// The extension's commands, for the manifest and the extension alike.

/** Commands that run `vlmo` on the open file, by the command's name: their titles, and the arguments that follow the file. */
export const fileCommands = {
  check: { title: "Check This File", options: [] },
  plan: { title: "Plan", options: [] },
  view: { title: "Show as a Picture", options: ["--open"] },
  rehearse: { title: "Rehearse", options: [] },
  train: { title: "Train", options: [] },
  test: { title: "Run Tests", options: [] },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly options: readonly string[] }>>;

/** Commands that the extension implements itself. */
export const ownCommands = {
  report: "Show the Report of a Run",
  documentation: "Open Documentation",
  restart: "Restart the Language Server",
} as const satisfies Readonly<Record<string, string>>;

/** The command of code lenses, whose argument is a list of command-line arguments (docs/editor.md); in no menu. */
export const lensCommand = "vlmo.run";

/** The type of our tasks in VS Code. */
export const taskType = "vlmo";

/** The identifier of a command in VS Code. */
export function idOf(name: keyof typeof fileCommands | keyof typeof ownCommands): string {
  return `vlmo.${name}`;
}
