// Run before each file of tests; what it imports is run once in a process.
import "./support/equality.js";
