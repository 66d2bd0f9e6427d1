// `passed failed skipped` of a vitest JSON report. What failed without being a test counts as a failure: a file that
// does not load, an error outside tests, a run that ended without a report.
import { readFileSync } from "node:fs";

const [, , file, status] = process.argv;
const report = read(file);
const unloaded = report.testResults.filter(
  ({ status: result, assertionResults }) =>
    result === "failed" && !assertionResults.some((test) => test.status === "failed"),
).length;
let failed = report.numFailedTests + unloaded;
if (failed === 0 && status !== "0") failed = 1;
process.stdout.write(`${[report.numPassedTests, failed, report.numPendingTests + report.numTodoTests].join(" ")}\n`);

function read(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return { testResults: [], numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  }
}
