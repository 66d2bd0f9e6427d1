// A model for tests of noise: drop-path, dropout, and relative positions of both views.

/** The declaration of the model `Tiny`. */
export const noisyModel = `model Tiny {
  layers: 2
  width: 8
  drop_path: 30%
  attention { heads: 2, position: relative(span: 32) }
  image { size: 32px, patch: 16px }
  text { tokenizer: wordpiece(vocabulary: 120), length: 16, dropout: 20% }
  experts { vision: ffn(image) on all, language: ffn(text) on all, fusion: ffn(pair) on top 1 }
}`;
