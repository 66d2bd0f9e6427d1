// What a constructor takes.
import type { z } from "zod";

/** A constructor: the schema of its arguments, and which of them go without a name. */
export interface Signature<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly doc: string;
  readonly schema: z.ZodObject<Shape>;
  /** Arguments that may be given by position, in this order. */
  readonly positional?: readonly (keyof Shape & string)[];
  /** The argument that takes all unnamed ones as a list. */
  readonly rest?: keyof Shape & string;
}

/** The arguments of any constructor, and which of them go without a name. */
export interface Placed {
  readonly schema: z.ZodObject;
  readonly positional?: readonly string[];
  readonly rest?: string;
}
