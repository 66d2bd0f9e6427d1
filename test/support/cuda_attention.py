"""Runs worker.py as on a CUDA device, with CUDA's attention kernels emulated on the CPU. They accept and return the same memory
layouts as PyTorch's (aten/src/ATen/native/transformers/cuda/attention.cu, attention_backward.cu).

Arguments are those of Python: `-B`, the path of worker.py, and worker.py's own arguments.
"""

import runpy
import sys

import torch

# Each head's log-sum-exps start at a multiple of this.
ROOM = 32


def expect(holds, what):
    if not holds:
        raise RuntimeError(f"the kernel does not take {what}")


def scores_of(q, k, bias, scale):
    """Scores by item, head, query and key; q and k are by item, head and token."""
    expect(q.stride(-1) == 1 and k.stride(-1) == 1, "heads that are apart in memory")
    expect(q.shape[-1] % 8 == 0, "heads of such a size")
    expect(bias.dtype == q.dtype, "a bias of another type")
    expect(bias.shape == (*q.shape[:3], k.shape[2]), "a bias of another shape")
    expect(bias.stride(3) == 1 and all(stride % 8 == 0 for stride in bias.stride()[:3]), "rows that are not aligned")
    return torch.matmul(q.float(), k.float().mT) * scale + bias.float()


def by_token(x, like):
    """Contiguous by item, token and head, the memory layout of the kernels' results."""
    return x.to(like.dtype).transpose(1, 2).contiguous()


def forward(q, k, v, bias, compute_log_sumexp, dropout_p=0.0, is_causal=False, *, scale=None):
    expect(compute_log_sumexp and dropout_p == 0.0 and not is_causal, "this")
    expect(v.stride(-1) == 1, "heads that are apart in memory")
    scores = scores_of(q, k, bias, scale)
    weights = torch.softmax(scores, dim=-1).to(q.dtype).float()
    tokens = q.shape[2]
    sums = scores.new_full((*q.shape[:2], -(-tokens // ROOM) * ROOM), float("nan"))
    sums[..., :tokens] = scores.logsumexp(-1)
    nothing = torch.empty((), dtype=torch.int64)
    return by_token(torch.matmul(weights, v.float()), q).transpose(1, 2), sums, nothing, nothing


def backward(g, q, k, v, bias, y, cu_q, cu_k, max_q, max_k, sums, dropout_p, seed, offset, mask, of_bias, *, scale=None, num_splits_key=None, window_size=None, shared_storage_dqdkdv=False):  # fmt: skip
    expect(cu_q is None and cu_k is None and dropout_p == 0.0 and mask == 0 and num_splits_key == 1, "this")
    expect((max_q, max_k) == (q.shape[1], k.shape[1]), "other lengths")
    expect(y.is_contiguous() and sums.is_contiguous() and sums.shape[2] % ROOM == 0, "results that lie otherwise")
    expect(y.dtype == g.dtype == q.dtype and sums.dtype == torch.float32, "results of another type")
    g, q, k, v, y = (x.transpose(1, 2) for x in (g, q, k, v, y))
    scores = scores_of(q, k, bias, scale)
    weights = torch.exp(scores - sums[..., : q.shape[2], None])
    shared = (g.float() * y.float()).sum(-1, keepdim=True)
    ds = weights * (torch.matmul(g.float(), v.float().mT) - shared)
    rounded = ds.to(q.dtype).float()
    dq = torch.matmul(rounded, k.float()) * scale
    dk = torch.matmul(rounded.mT, q.float()) * scale
    dv = torch.matmul(weights.to(q.dtype).float().mT, g.float())
    dbias = ds.to(q.dtype) if of_bias else q.new_empty(0)
    return by_token(dq, q), by_token(dk, q), by_token(dv, q), dbias


kernels = torch.library.Library("aten", "IMPL")
kernels.impl("_scaled_dot_product_efficient_attention", forward, "CPU")
kernels.impl("_efficient_attention_backward", backward, "CPU")
sys.argv = sys.argv[2:]
sys.path.insert(0, sys.argv[0].rpartition("/")[0])
import worker

worker.Worker.attention = lambda self: "efficient"
if sys.argv[0].endswith("/worker.py"):
    worker.main()
else:
    runpy.run_path(sys.argv[0], run_name="__main__")
