// The signature of a constructor.
import type { z } from "zod";

/** A constructor: the schema of its arguments, and which of them may be positional. */
export interface Signature<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly doc: string;
  readonly schema: z.ZodObject<Shape>;
  /** Positional arguments, in order. */
  readonly positional?: readonly (keyof Shape & string)[];
  /** The argument that takes all unnamed ones as a list. */
  readonly rest?: keyof Shape & string;
}

/** The arguments of any constructor, and which of them may be positional. */
export interface Placed {
  readonly schema: z.ZodObject;
  readonly positional?: readonly string[];
  readonly rest?: string;
}
