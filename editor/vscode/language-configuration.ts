// What VS Code knows of the language without a server: comments, brackets, what is closed by itself, indentation, folding.

/** The file as VS Code reads it; patterns are regular expressions of JavaScript. */
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
    // A bracket that the line does not close; what stands in strings and comments does not count.
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
