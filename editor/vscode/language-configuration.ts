// The language for VS Code without a server: comments, brackets, auto-closing, indentation, folding.

/** The file's contents; patterns are JavaScript regular expressions. */
export const languageConfiguration = {
  comments: { lineComment: "//" },
  brackets: [
    ["{", "}"],
    ["[", "]"],
    ["(", ")"],
  ],
  autoClosingPairs: [
    { open: "{", close: "}" },
    { open: "[", close: "]" },
    { open: "(", close: ")" },
    { open: '"', close: '"', notIn: ["string", "comment"] },
  ],
  surroundingPairs: [
    ["{", "}"],
    ["[", "]"],
    ["(", ")"],
    ['"', '"'],
  ],
  autoCloseBefore: ";:.,=}])> \n\t",
  wordPattern: "[A-Za-z_][A-Za-z0-9_]*",
  indentationRules: {
    // A bracket that the line does not close, outside strings and comments.
    increaseIndentPattern:
      '^(?:[^"/]|"(?:[^"\\\\]|\\\\.)*"|/(?!/))*[{(\\[](?:[^"/{}()\\[\\]]|"(?:[^"\\\\]|\\\\.)*"|/(?!/))*(?://.*)?$',
    decreaseIndentPattern: "^\\s*[})\\]]",
  },
  folding: { markers: { start: "^\\s*//\\s*#?region\\b", end: "^\\s*//\\s*#?endregion\\b" } },
  onEnterRules: [
    { beforeText: "^\\s*///(?!/).*$", action: { indent: "none", appendText: "/// " } },
    { beforeText: "^\\s*//(?!/).*$", afterText: "^\\s*\\S", action: { indent: "none", appendText: "// " } },
  ],
} as const;
