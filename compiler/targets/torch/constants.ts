// Constants as expressions of PyTorch: those that follow a rule by that rule, so that programs for large batches, whose identities and
// numbers of samples are constants, stay small.
import type { OpAttributes } from "../../ops/index.js";
import type { TensorType } from "../../ir/types.js";
import { number, tuple } from "./literals.js";

type Data = OpAttributes<"constant">["data"];

/** What makes the numbers, in a shape that they may have already. */
interface Form {
  readonly shape: readonly number[];
  /** A call, but for the dtype and the device that end it. */
  readonly call: string;
}

/** Shorter progressions are read more easily as they are. */
const leastProgression = 4;
/** Whole numbers up to here, in size, are exact in float32. */
const mostExact = 2 ** 24;

/** The rules that constants may follow; null where one does not. */
const rules: readonly ((data: Data, shape: readonly number[]) => Form | null)[] = [
  (data, shape) => {
    const first = data[0] ?? 0;
    return data.every((value) => Object.is(value, first))
      ? { shape, call: `torch.full(${tuple(shape)}, ${number(first)}` }
      : null;
  },
  (data) => {
    const [first = 0, second = 0] = data;
    const [step, end] = [second - first, first + (second - first) * data.length];
    const isExact = [first, step, end].every((each) => Number.isInteger(each) && Math.abs(each) <= mostExact);
    if (data.length < leastProgression || !isExact || data.some((value, i) => !Object.is(value, first + i * step)))
      return null;
    const bounds = [...(first === 0 && step === 1 ? [] : [first]), end, ...(step === 1 ? [] : [step])];
    return { shape: [data.length], call: `torch.arange(${bounds.join(", ")}` };
  },
  (data) => {
    const size = Math.sqrt(data.length);
    const isOne = (i: number): boolean => i % (size + 1) === 0;
    return Number.isInteger(size) && data.every((value, i) => Object.is(value, isOne(i) ? 1 : 0))
      ? { shape: [size, size], call: `torch.eye(${size}` }
      : null;
  },
];

/** The constant of that type whose numbers are `data`, row by row. */
export function constantExpression(data: Data, { dtype, shape }: TensorType): string {
  const found = rules.reduce<Form | null>((form, rule) => form ?? rule(data, shape), null);
  const { shape: made, call } = found ?? {
    shape: [data.length],
    call: `torch.tensor([${[...data].map(number).join(", ")}]`,
  };
  const written = `${call}, dtype=torch.${dtype}, device=device)`;
  return made.join() === shape.join() ? written : `${written}.reshape(${tuple(shape)})`;
}
