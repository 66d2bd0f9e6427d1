// ONNX Runtime's rewritings of a graph at load that are left out. Each sorts the whole graph before it looks at it, in time
// that grows with the square of its depth; these change no program of the specifications that we ship.
const idle = [
  // What the compiler's passes have done.
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
  // Of convolutions with constant weights, or followed by an activation: here weights are inputs, and the activation is in
  // front of the convolution.
  "ConvActivationFusion",
  "ConvAddActivationFusion",
  "NchwcTransformer",
  "NhwcTransformer",
  // Of other models' layers.
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
  // Of other numbers than float32 and int32.
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

/** As ONNX Runtime wants them. */
export const idleRewritings: string = idle.join(";");
