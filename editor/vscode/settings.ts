// The extension's settings, for the manifest and the extension alike.

/** By the name that follows `vlmo.`. */
export const settings = {
  path: {
    type: "string",
    default: "",
    scope: "machine-overridable",
    order: 1,
    markdownDescription:
      "The `vlmo` to use: a program, or the path of its `dist/bundle/main.js`. Empty: the language server is the extension's own, and commands run the `vlmo` of the folder's `node_modules` or on the PATH.",
  },
  "trace.server": {
    type: "string",
    enum: ["off", "messages", "verbose"],
    default: "off",
    scope: "window",
    order: 2,
    description: "How much of the communication with the language server is shown in the output.",
  },
} as const;
