// Graph optimizers of ONNX Runtime that are disabled. Each sorts the whole graph before it looks for matches, which takes time
// quadratic in its depth; these change none of the programs of the shipped specifications.
const idle = [
  // Already done by the compiler's passes.
  "CommonSubexpressionElimination",
  "ConstantSharing",
  "GatherSliceToSplitFusion",
  "GatherToSliceFusion",
  "GeluFusionL1",
  "GeluFusionL2",
  "LayerNormFusionL1",
  "LayerNormFusionL2",
  "MatMulScaleFusion",
  "MatmulTransposeFusion",
  "ReshapeFusion",
  "SimplifiedLayerNormFusion",
  // For convolutions with constant weights, or followed by an activation: here weights are inputs, and the activation precedes
  // the convolution.
  "ConvActivationFusion",
  "ConvAddActivationFusion",
  "NchwcTransformer",
  "NhwcTransformer",
  // For layers of other models.
  "AttentionFusion",
  "BiasDropoutFusion",
  "BiasSkipLayerNormFusion",
  "BiasSoftmaxFusion",
  "EmbedLayerNormFusion",
  "FastGeluFusion",
  "GemmActivationFusion",
  "GroupQueryAttentionFusion",
  "GroupQueryAttentionPreNormFusion",
  "MatMulActivationFusion",
  "QuickGeluFusion",
  "SliceConcatToSpaceToDepthFusion",
  // For element types other than float32 and int32.
  "DoubleQDQPairsRemover",
  "DynamicQuantizeMatMulFusion",
  "EnsureUniqueDQForNodeUnit",
  "FuseFp16InitializerToFp32NodeTransformer",
  "MatMulIntegerToFloatFusion",
  "MatMulNBitsFusion",
  "QDQFinalCleanupTransformer",
  "QDQPropagationTransformer",
  "QDQS8ToU8Transformer",
  "QDQSelectorActionTransformer",
  "WeightBiasQuantization",
  "WhereDummyDq",
] as const;

/** In the format of ONNX Runtime's option. */
export const idleRewritings: string = idle.join(";");
