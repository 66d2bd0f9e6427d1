// What lets a child process of a test run the TypeScript sources.
const hooks = `import { register } from "node:module"; register(${JSON.stringify(new URL("typescript-loader.js", import.meta.url))});`;

/** Arguments of node that come before the script's. */
export const runsTypeScript = ["--import", `data:text/javascript,${encodeURIComponent(hooks)}`] as const;
