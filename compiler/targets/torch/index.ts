// The torch target: a graph becomes a Python module that computes it with PyTorch.
export { attentionKernels, hasAttention, type AttentionKernel } from "./attention.js";
export { torch, torchWith } from "./torch.js";
export { writeTorch } from "./write.js";
