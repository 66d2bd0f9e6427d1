// Outputs of a head on the reference engine, for tests of exported models.
import { buildAnswer, buildVector, type HeadSpec, type VectorName } from "../../compiler/index.js";
import { engines } from "../../runtime/engines/index.js";
import { aboutOnly } from "../../runtime/evaluate/pass.js";
import { askedData, imagesAsked } from "../../runtime/predict/heads.js";
import type { TrainedModel } from "../../runtime/predict/model.js";
import { createAll, readAll, readBy } from "../../runtime/program/results.js";
import type { Tensor, Tensors } from "../../runtime/tensor.js";
import { drawFrom } from "./draw.js";

/** An input of a program. */
export interface Wanted {
  readonly name: string;
  readonly dtype: "int32" | "float32";
  readonly shape: readonly (number | "batch")[];
}

/** A random image, and a random text of any length over 13 tokens. */
export function anyInputs(wanted: readonly Wanted[], batch: number): Tensors {
  const draw = drawFrom("inputs", batch);
  return new Map(
    wanted.map(({ name, dtype, shape }) => {
      const full = shape.map((size) => (size === "batch" ? batch : size));
      const tensor = dtype === "int32" ? draw.ids(full, 13) : draw.floats(full, -1, 1);
      const [, length = 1] = full;
      const mask = (i: number): number => Number(i % length < 2 + (Math.floor(i / length) % (length - 1)));
      return [name, name === "text_masks" ? { ...tensor, data: tensor.data.map((_, i) => mask(i)) } : tensor];
    }),
  );
}

/** A head, with a side if it is a contrast. */
export interface Answering {
  readonly model: TrainedModel;
  readonly head: HeadSpec;
  readonly side: VectorName | null;
}

/** The head's logits or vectors. */
export async function byEngine(
  { model: { stage, parameters }, head, side }: Answering,
  given: Tensors,
): Promise<Tensor> {
  const engine = await engines.reference({ threads: 1, backend: null });
  const only = aboutOnly({ stage, evaluation: { data: askedData(stage, imagesAsked(head)) } }, head);
  const sizes = { batch: [...given.values()][0]?.shape[0] ?? 0, capacity: new Map<string, number>() };
  const program = side === null ? buildAnswer(only, sizes, head) : buildVector(only, sizes, head, side);
  const executable = await engine.load(program.graph);
  const masked = new Map([...given].map(([name, tensor]) => [name === "text_ids" ? "text_ids_mlm" : name, tensor]));
  const handles = createAll(engine, new Map([...parameters, ...given, ...masked]));
  const [output] = (await readAll(engine, await executable.run(readBy(program, handles)))).values();
  engine.dispose();
  if (output === undefined) throw new Error("no output");
  return output;
}
