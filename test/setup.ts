// Run before each test file; its imports are evaluated once per process.
import "./support/equality.js";
