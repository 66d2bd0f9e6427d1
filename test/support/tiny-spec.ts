// The smallest specification with a model in it.

/** Its text. */
export function tinySpec(layers: number): string {
  return `vlmo 1

model Tiny {
  layers: ${layers}
  width: 8
  attention { heads: 2 }
  image { size: 8px, patch: 4px }
  text { tokenizer: wordpiece(vocabulary: 13), length: 5 }
  experts {
    vision: ffn(image) on all
    language: ffn(text) on all
    fusion: ffn(pair) on top 1
  }
}
`;
}
