// How to fix an import that does not fit: options of `vlmo import`, or keys of a stage with `from checkpoint(…)`.

/** Help in the syntax of the place where the import was requested. */
export interface Remedies {
  readonly layout: (name: string) => string;
  readonly nest: (name: string) => string;
  /** For keys that only the file has, and for parameters that only the model has. */
  readonly leaveOut: (patterns: readonly string[]) => string;
  readonly begin: (patterns: readonly string[]) => string;
  readonly resize: (rules: readonly string[]) => string;
  /** The help if none of these suffices; null: the usual help of V926. */
  readonly general: string | null;
}

/** For `vlmo import`. */
export const inOptions: Remedies = {
  layout: (name) => `--layout ${name}`,
  nest: (name) => `--nest ${name}`,
  leaveOut: (patterns) => `--allow-unknown "${patterns.join(",")}"`,
  begin: (patterns) => `--allow-missing "${patterns.join(",")}"`,
  resize: (rules) => `--resize ${rules.join(",")}`,
  general: null,
};

/** For `from checkpoint(…) { … }`. */
export const inStage: Remedies = {
  layout: (name) => `\`layout: ${name}\``,
  nest: (name) => `\`nest: "${name}"\``,
  leaveOut: (patterns) => `\`drop: ${stringList(patterns)}\``,
  begin: (patterns) => `\`fresh: ${stringList(patterns)}\``,
  resize: (rules) => `\`resize: [${rules.join(", ")}]\``,
  general:
    "choose the model and layout that the file was saved for, whose keys `vlmo inspect FILE` shows; `drop` leaves out what " +
    "only the file has, `fresh` newly initialises what only the model has, `resize` fits tensors of another size",
};

function stringList(names: readonly string[]): string {
  return `[${names.map((name) => `"${name}"`).join(", ")}]`;
}
