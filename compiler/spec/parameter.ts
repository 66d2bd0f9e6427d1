// One tensor of a model or a head: name, shape, role, initial value, weight decay; and constructors for the usual ones.
import { sizeOf, type Shape } from "../ir/types.js";
import type { InitScheme, ModelSpec } from "./spec.js";

/** A leaf of the tree of parts that selectors name (docs/language/reference.md). */
export type Role =
  | { readonly part: "attention" | "norm1" | "layer_scale"; readonly layer: number }
  | { readonly part: "experts"; readonly expert: string; readonly layer: number }
  | { readonly part: "final_norm" | "pooler" | "position" | "embed.image" | "embed.text" | "embed.type" }
  | { readonly part: "heads"; readonly head: string };

/** What a path in that tree may begin with: `experts` of `experts.vision`. */
export const partNames: ReadonlySet<string> = new Set([
  "attention",
  "norm1",
  "layer_scale",
  "experts",
  "final_norm",
  "pooler",
  "position",
  "embed",
  "heads",
] satisfies FirstOf<Role["part"]>[]);

type FirstOf<Path extends string> = Path extends `${infer First}.${string}` ? First : Path;

/** The initial value of a parameter. `truncated`: normal, truncated at ±2 (absolute); `uniform`: within ±`bound`. */
export type Initial =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "normal" | "truncated"; readonly std: number }
  | { readonly kind: "uniform"; readonly bound: number };

/** One tensor, before it has values. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: Shape;
  /** Number of scalars. */
  readonly size: number;
  readonly role: Role;
  readonly initial: Initial;
  /** Whether weight decay applies: by role (matrices and embedding tables), and in the original (its modules/vlmo_utils.py). */
  readonly decay: { readonly by_role: boolean; readonly original: boolean };
}

/**
 * Parameters of one leaf of the role tree, in one layer if it has layers: the unit of selection, reachability and
 * hand-over.
 */
export interface ParameterGroup {
  readonly role: Role;
  /** `rolePath` of the role. */
  readonly path: string;
  readonly parameters: readonly ParameterSpec[];
  /** Number of scalars. */
  readonly size: number;
}

type Kind = "matrix" | "bias" | "norm" | "norm_bias" | "scale" | "table" | "token";

/**
 * Standard deviation of initial weights: 0.02 in BEiT and BERT, whose width is 768; `scaled` preserves the scale of a
 * layer's output at other widths. At width 96, 0.02 leaves the class token nearly the same for every image, and
 * contrastive learning does not start.
 */
function deviation(scheme: InitScheme, width: number): number {
  return scheme === "scaled" ? 0.02 * Math.sqrt(768 / width) : 0.02;
}

/** What initial values depend on. */
export type InitSettings = Pick<ModelSpec, "init" | "width">;

/** Initial value of the trunk's matrices: normal, truncated at ±2 except under `bert`. */
export const trunk = ({ init, width }: InitSettings): Initial => drawn("truncated", init, width);
/** Initial value of the text embeddings' and heads' matrices: normal, not truncated, as in BERT. */
export const bert = ({ init, width }: InitSettings): Initial => drawn("normal", init, width);

/** The standard deviation follows from the scheme and, under `scaled`, from the width. */
export function drawn(kind: "truncated" | "normal", scheme: InitScheme, width: number): Initial {
  return { kind: scheme === "bert" ? "normal" : kind, std: deviation(scheme, width) };
}

/** The path of a role in the tree: `experts.vision`, `embed.image`. */
export function rolePath(role: Role): string {
  if (role.part === "experts") return `experts.${role.expert}`;
  if (role.part === "heads") return `heads.${role.head}`;
  return role.part;
}

/** The layer a role belongs to, or null. */
export function roleLayer(role: Role): number | null {
  return "layer" in role ? role.layer : null;
}

/** Groups consecutive parameters of one role. */
export function inGroups(parameters: readonly ParameterSpec[]): ParameterGroup[] {
  const runs: { role: Role; parameters: ParameterSpec[] }[] = [];
  for (const parameter of parameters) {
    const last = runs.at(-1);
    if (last?.role === parameter.role) last.parameters.push(parameter);
    else runs.push({ role: parameter.role, parameters: [parameter] });
  }
  return runs.map((run) => ({ ...run, path: rolePath(run.role), size: totalOf(run.parameters) }));
}

/** Number of scalars in parameters, or in groups of them. */
export function totalOf(parts: readonly { readonly size: number }[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0);
}

/** For biases, and for tables that start without effect. */
export const zero: Initial = { kind: "constant", value: 0 };
const one: Initial = { kind: "constant", value: 1 };

/** Scale (1) and shift (0) of a layer norm, [width] each. */
export function norm(prefix: string, width: number, role: Role): [ParameterSpec, ParameterSpec] {
  return [
    parameter(`${prefix}.weight`, [width], role, "norm", one),
    parameter(`${prefix}.bias`, [width], role, "norm_bias", zero),
  ];
}

/** Weight [out, in] as in PyTorch, and bias. */
export function linear(
  prefix: string,
  [out, input]: readonly [number, number],
  role: Role,
  initial: Initial,
): ParameterSpec[] {
  return [
    parameter(`${prefix}.weight`, [out, input], role, "matrix", initial),
    parameter(`${prefix}.bias`, [out], role, "bias", zero),
  ];
}

const decays = {
  matrix: { by_role: true, original: true },
  table: { by_role: true, original: true },
  bias: { by_role: false, original: false },
  norm: { by_role: false, original: false },
  norm_bias: { by_role: false, original: false },
  scale: { by_role: false, original: true },
  token: { by_role: false, original: true },
} satisfies Record<Kind, ParameterSpec["decay"]>;

/** A tensor whose weight decay follows from its kind. */
// eslint-disable-next-line max-params -- one row of the list above; an options object would double its length
export function parameter(name: string, shape: Shape, role: Role, kind: Kind, initial: Initial): ParameterSpec {
  return { name, shape, size: sizeOf(shape), role, initial, decay: decays[kind] };
}
