// The language server without a connection: what a page in a browser, and the tests, hold.
export { capabilities } from "./server/capabilities.js";
export type { ClientAbilities, Host, OpenDocument, Published } from "./server/host.js";
export { createServer, type Server } from "./server/server.js";
