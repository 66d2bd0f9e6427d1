import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "runs", "test/fixtures", "node_modules"] },
  ...tseslint.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      "max-params": ["error", 4],
      complexity: ["error", 15],
      "no-console": "error",
      eqeqeq: "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "NewExpression[callee.name='TextDecoder'] > Literal[value=/latin1|8859/]",
          message:
            "TextDecoder's latin1 is Windows-1252, on Node 20 and 22 by mistake not: write Buffer's toString(\"latin1\").",
        },
      ],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  {
    // A promise that is not awaited ends the process when it rejects, also one marked with `void`.
    files: ["{grammar,compiler,editor,view,runtime}/**/*.ts"],
    languageOptions: { parserOptions: { projectService: true } },
    rules: { "@typescript-eslint/no-floating-promises": ["error", { ignoreVoid: false }] },
  },
  {
    files: ["test/**", "bench/**", "docs/**", "specs/**", "editor/vscode/package.js"],
    rules: { "max-lines-per-function": "off", "no-console": "off" },
  },
);
