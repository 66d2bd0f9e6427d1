// Whether a stage fits in memory at all, checked before anything is allocated; the error states the bytes it needs.
import { bytesText, optimizerRuleOf, parametersOf, sizeOf, type StageSpec } from "../../compiler/index.js";
import { memoryHere } from "../memory.js";
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";

const FLOAT = 4;

/** Bytes of a stage's parameters, and of gradients and optimizer state of the trained ones. */
export function bytesOf({ model, heads, trained, optimizer }: StageSpec): number {
  const { state } = optimizerRuleOf(optimizer);
  return parametersOf(model, heads).reduce((sum, { name, shape }) => {
    const tensors = trained.has(name) ? 2 + state.length : 1;
    return sum + FLOAT * tensors * sizeOf(shape);
  }, 0);
}

/** V987 if the parameters, gradients and optimizer state of a stage exceed the memory; activations are not counted. */
export function tooLarge(stage: StageSpec, memory = memoryHere()): VlmoError[] {
  const bytes = bytesOf(stage);
  if (bytes <= memory) return [];
  const needs = `${bytesText(bytes)} for its parameters, gradients and optimizer state alone`;
  const holes = { what: `stage \`${stage.name}\``, needs, has: bytesText(memory) };
  return [vlmoError("V987", holes, { span: stage.span })];
}
