// Attention by PyTorch's fused kernels, of which each device has its own: which attention of a graph they compute, and
// what the program calls.
import { nodesOf, type Graph, type Node } from "../../ir/graph.js";
import type { Precision } from "../../ir/precision.js";
import { at } from "../../ops/op.js";
import { match } from "../../passes/match.js";
import type { TorchRule } from "./rules.js";

/** `flash`: on the CPU. `efficient`: on CUDA devices, with a gradient for the bias too. */
export type AttentionKernel = keyof typeof kernels;

interface Kernel {
  /** Which attention of a graph it computes, gradient included, at least as fast as the expansion. */
  readonly takes: (graph: Graph, precision: Precision) => (node: Node) => boolean;
  /** `attend` and `attend_gradient` in Python. */
  readonly functions: readonly string[];
}

const isAttention = ({ op }: Node): boolean => op === "attention" || op === "attentionGradient";

/** As the target's rules write them. */
export const attentionRules = {
  attention: ({ inputs, attributes: { scale } }) => `attend(${inputs.join(", ")}, ${scale})`,
  attentionGradient: ({ inputs, attributes: { scale, bias } }) =>
    `attend_gradient(${inputs.join(", ")}, ${scale}, ${bias ? "True" : "False"})`,
} satisfies { readonly [Name in "attention" | "attentionGradient"]: TorchRule<Name> };

const fourAxes = [
  "def four_axes(bias, keys):",
  '    """A bias with its missing axes in front, and one number for each key."""',
  "    rows = bias[(None,) * (4 - bias.dim())]",
  "    return rows.expand(*rows.shape[:3], keys)",
];

const flash = [
  ...fourAxes,
  "",
  "",
  "def attend(q, k, v, bias, scale):",
  "    mask = four_axes(bias, k.shape[2])",
  "    return torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(q, k, v, attn_mask=mask, scale=scale)",
  "",
  "",
  "def attend_gradient(q, k, v, bias, y, sums, g, scale, of_bias):",
  "    mask = four_axes(bias, k.shape[2])",
  "    kernel = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward",
  "    return kernel(g, q, k, v, y, sums, 0.0, False, attn_mask=mask, scale=scale)",
];

// The keys are not split (`num_splits_key=1`): splits run in parallel, and sum the queries' gradients in a varying
// order. The kernels pad each head's log-sum-exp to a multiple of 32, with infinity.
const efficient = [
  ...fourAxes,
  "",
  "",
  "def aligned(bias, q, k):",
  '    """For every item, head and query, in rows that begin at multiples of 16 bytes: the kernels read no others."""',
  "    keys = k.shape[2]",
  "    rows = four_axes(bias, keys)",
  "    # Padding would keep the order in which the axes of a bias lie, and with it rows that are apart in memory.",
  "    room = rows.new_zeros((*rows.shape[:3], keys + -keys % 8))",
  "    room[..., :keys] = rows",
  "    return room[..., :keys].expand(*q.shape[:3], keys)",
  "",
  "",
  "def attend(q, k, v, bias, scale):",
  "    kernel = torch.ops.aten._scaled_dot_product_efficient_attention",
  "    y, sums, _, _ = kernel(q, k, v, aligned(bias, q, k), True, scale=scale)",
  "    return y, sums[..., : q.shape[2]]",
  "",
  "",
  "def attend_gradient(q, k, v, bias, y, sums, g, scale, of_bias):",
  "    by_token = [x.transpose(1, 2) for x in (g, q, k, v)]",
  '    sums = torch.nn.functional.pad(sums, (0, -sums.shape[2] % 32), value=float("inf"))',
  "    nothing_dropped = q.new_empty((), dtype=torch.int64)",
  "    *factors, dbias = torch.ops.aten._efficient_attention_backward(",
  "        *by_token, aligned(bias, q, k), y.transpose(1, 2).contiguous(), None, None, q.shape[2], k.shape[2], sums, 0.0,",
  "        nothing_dropped, nothing_dropped, 0, of_bias, scale=scale, num_splits_key=1,",
  "    )",
  "    factors = [x.transpose(1, 2) for x in factors]",
  "    if not of_bias:",
  "        return factors",
  "    own = (1,) * (4 - bias.dim()) + tuple(bias.shape)",
  "    shared = [axis for axis, size in enumerate(dbias.shape) if own[axis] != size]",
  "    dbias = dbias.sum(dim=shared, keepdim=True, dtype=torch.float32) if shared else dbias.float()",
  "    return [*factors, dbias.reshape(bias.shape)]",
];

const kernels = {
  flash: {
    // In bfloat16 its gradient takes two to eight times as long as the expansion. It also has no gradient for a bias:
    // there the attention weights are needed anyway, and shared with the forward pass.
    takes: (graph, precision) => {
      const ofBias = nodesOf(graph).filter((node) => match(node, "attentionGradient")?.attributes.bias === true);
      const needed = new Set([...ofBias, ...ofBias.map(({ inputs }) => at(inputs, 5).node)]);
      return (node) => precision !== "bfloat16" && !needed.has(node);
    },
    functions: flash,
  },
  efficient: {
    // Tensor cores multiply bfloat16 in groups of eight.
    takes: () => (node) => (at(node.inputs, 0).type.shape[3] ?? 0) % 8 === 0,
    functions: efficient,
  },
} satisfies Readonly<Record<string, Kernel>>;

/** Which attention a kernel computes; none if there is no kernel. */
export function attentionTaken(
  kernel: AttentionKernel,
  precision: Precision,
): (graph: Graph) => (node: Node) => boolean {
  return (graph) => {
    const isTaken = kernels[kernel].takes(graph, precision);
    return (node) => !isAttention(node) || isTaken(node);
  };
}

/** The kernels of all devices. */
export const attentionKernels = Object.keys(kernels) as readonly AttentionKernel[]; // the keys of the table

/** Whether a lowered graph contains whole attention, which requires a kernel. */
export function hasAttention(lowered: Graph): boolean {
  return nodesOf(lowered).some(isAttention);
}

/** The Python functions that a program with whole attention calls, as lines. */
export function attentionFunctions(graph: Graph, kernel: AttentionKernel | null): readonly string[] {
  if (!hasAttention(graph)) return [];
  if (kernel === null) throw new Error("internal: attention was left whole without a kernel for it");
  return kernels[kernel].functions;
}
