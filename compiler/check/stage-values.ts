// The values of a stage's block as its schema gives them.
import type { z } from "zod";
import type { stageSchema } from "../schema/blocks.js";

export type StageValues = z.output<typeof stageSchema>;
