// The catalogue of the checker: codes V1xx to V6xx, in one table whose parts are in codes/.
import { createReporter } from "../grammar/index.js";
import { dataCodes } from "./codes/data.js";
import { changeCodes } from "./codes/changes.js";
import { evaluationCodes } from "./codes/evaluations.js";
import { expectationCodes } from "./codes/expectations.js";
import { headCodes } from "./codes/heads.js";
import { modelCodes } from "./codes/models.js";
import { nameCodes } from "./codes/names.js";
import { stageCodes } from "./codes/stages.js";
import { typeCodes } from "./codes/types.js";

/** Every code of the checker with its message, page and examples. */
export const compilerCodes = {
  ...nameCodes,
  ...typeCodes,
  ...modelCodes,
  ...headCodes,
  ...stageCodes,
  ...dataCodes,
  ...expectationCodes,
  ...evaluationCodes,
  ...changeCodes,
};

/** A code of the checker, as `diagnose` takes it. */
export type CompilerCode = keyof typeof compilerCodes;

/** Makes a diagnostic of the checker; a wrong code or a missing placeholder does not compile. */
export const diagnose = createReporter(compilerCodes);
