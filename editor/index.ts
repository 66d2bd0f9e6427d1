// The language server without a connection, for a page in a browser and for tests.
export { capabilities } from "./server/capabilities.js";
export type { ClientAbilities, Host, OpenDocument, Published } from "./server/host.js";
export { createServer, type Server } from "./server/server.js";
