import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The slowest files, though several of them are short: one started last would run alone. */
const longest = [
  "runtime/rehearse",
  "conformance/heads",
  "runtime/cli/interrupted",
  "compiler/programs",
  "runtime/train/cached",
  "fuzz/fuzz",
].map((name) => `/test/${name}.test.ts`);

/** The slowest first, the others as in vitest: by their last duration, or by size where that is unknown. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification): boolean => longest.some((name) => moduleId.endsWith(name));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    // Modules have no side effects: loading all of them again for each file would take a third of the time.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
});
