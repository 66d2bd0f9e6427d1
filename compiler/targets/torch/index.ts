// The torch target: a graph becomes a Python module that computes it with PyTorch.
export { torch } from "./torch.js";
export { writeTorch } from "./write.js";
