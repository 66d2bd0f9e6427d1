// Selection of stages.
import { withPredecessors, type Spec, type StageSpec } from "../../compiler/front-end.js";
import { closest } from "../../grammar/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { entryPath } from "./disk.js";

/** The stage for a command: the one named, or the only one. Throws V960, V961. */
export function stageOf(spec: Spec, file: string, name: string | undefined): StageSpec {
  const names = [...spec.stages.keys()];
  if (name === undefined) {
    const [only, second] = spec.stages.values();
    if (only === undefined) throw unknownName("stage", "", names);
    if (second === undefined) return only;
    throw vlmoError(
      "V960",
      { file, stages: names.join(", ") },
      { help: `say which one with --stage, such as --stage ${names.at(-1)}` },
    );
  }
  const stage = spec.stages.get(name);
  if (stage === undefined) throw unknownName("stage", name, names);
  return stage;
}

/**
 * The stages that `train` trains, predecessors first: the one named, or all that the file itself declares with their
 * predecessors. Throws V961.
 */
export function stagesToTrain(spec: Spec, file: string, name: string | undefined): StageSpec[] {
  if (name !== undefined) return [stageOf(spec, file, name)];
  const own = ownStages(spec, file);
  if (own.length === 0) throw unknownName("stage", "", []);
  return withPredecessors(spec, own);
}

/** The stages that the file itself declares. */
export function ownStages(spec: Spec, file: string): StageSpec[] {
  return [...spec.stages.values()].filter((stage) => stage.span.file.path === entryPath(file));
}

/** The error for a name that the file does not declare; an empty name where any would do and there is none. */
export function unknownName(what: string, name: string, names: readonly string[]): Error {
  const near = closest(name, names);
  const known = names.length === 0 ? `the file declares no ${what}` : `the file has ${names.join(", ")}`;
  const missing = name === "" ? what : `${what} \`${name}\``;
  const none = `write ${/^[aeiou]/.test(what) ? "an" : "a"} ${what}, or name another file`;
  return vlmoError(
    "V961",
    { missing, known },
    { help: names.length === 0 ? none : near && `did you mean \`${near}\`?` },
  );
}
