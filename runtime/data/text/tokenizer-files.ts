// A tokenizer as files for Hugging Face's libraries: these add the special tokens, as the code here does.
import { SPECIAL_TOKENS, configuration, type Tokenizer } from "./tokenizer.js";

/** File contents by name, for texts of `length` tokens. */
export function tokenizerFiles({ vocabulary, special }: Tokenizer, length: number): Map<string, string> {
  const ids = new Map(vocabulary.map((token, id) => [token, id]));
  const { pad, unknown, cls, sep, mask } = SPECIAL_TOKENS;
  const tokenizer = {
    ...configuration(ids),
    truncation: { max_length: length, strategy: "LongestFirst", stride: 0, direction: "Right" },
    padding: {
      strategy: { Fixed: length },
      direction: "Right",
      pad_to_multiple_of: null,
      pad_id: special.pad,
      pad_type_id: 0,
      pad_token: pad,
    },
    added_tokens: Object.values(SPECIAL_TOKENS).map((content) => ({
      id: ids.get(content),
      content,
      ...{ single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
    })),
    post_processor: {
      type: "BertProcessing",
      sep: [sep, special.sep],
      cls: [cls, special.cls],
    },
  };
  const settings = {
    tokenizer_class: "BertTokenizer",
    do_lower_case: true,
    model_max_length: length,
    ...{ cls_token: cls, sep_token: sep, pad_token: pad, mask_token: mask, unk_token: unknown },
  };
  return new Map([
    ["vocab.txt", vocabulary.map((token) => `${token}\n`).join("")],
    ["tokenizer.json", `${JSON.stringify(tokenizer, undefined, 2)}\n`],
    ["tokenizer_config.json", `${JSON.stringify(settings, undefined, 2)}\n`],
  ]);
}
