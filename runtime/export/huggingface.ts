// A folder in the layout of the Hugging Face Hub: configuration, weights in our names, tokenizer, image processor, model card.
import { featureText, type HeadSpec, type ImageSpec } from "../../compiler/index.js";
import type { TrainedModel } from "../predict/model.js";
import { imageSettings, tokenizerOf } from "./beside.js";
import { json, type Exporting, type Files } from "./format.js";
import { modelCard } from "./model-card.js";

/** The folder's files. */
export function huggingfaceFiles(exporting: Exporting): Files {
  const { model, version } = exporting;
  const { image } = model.stage.model;
  return {
    files: new Map([
      ["config.json", json(configuration(model, version))],
      ["model.safetensors", { tensors: model.parameters, metadata: new Map([["format", "pt"]]) }],
      ...tokenizerOf(model),
      ...(image === null ? [] : [["preprocessor_config.json", json(imageProcessor(image))] as const]),
      ["README.md", { text: modelCard(exporting) }],
    ]),
    notes: ["the license in README.md is for you to fill in"],
  };
}

/** Sizes under the names that `transformers` uses, the rest under our own. */
function configuration({ stage, labels }: TrainedModel, version: string): object {
  const { model } = stage;
  const { image, text, attention } = model;
  const [only, other] = [...labels.values()];
  return {
    ...{ model_type: "vlmo", vlmo_version: version, torch_dtype: "float32" },
    ...{ name: model.name, stage: stage.name },
    ...{ hidden_size: model.width, num_hidden_layers: model.layers, num_attention_heads: attention.heads },
    ...{ layer_norm_eps: model.normEps, layer_scale_init_value: model.layerScale, drop_path_rate: model.dropPath },
    ...{ attention: { bias: attention.bias, share: attention.share, position: attention.position } },
    ...(image !== null && { image_size: image.size, patch_size: image.patch, num_channels: image.channels }),
    ...(text !== null && {
      vocab_size: text.tokenizer.vocabulary,
      max_position_embeddings: text.length,
      text_layer_norm_eps: text.normEps,
    }),
    experts: model.experts.map(({ name, views, ratio, activation, layers }) => ({ name, views, ratio, activation, layers })),
    heads: stage.heads.map(headSettings),
    ...(only !== undefined && other === undefined && labelled(only)),
  };
} // prettier-ignore

/** Its kind, its features, and those of its settings that are plain values; no local file paths. */
function headSettings({ features, ...settings }: HeadSpec): object {
  const isPlain = (value: unknown): boolean => value === null || typeof value !== "object";
  const plain = Object.entries(settings).filter(([key, value]) => key !== "file" && isPlain(value));
  return { ...Object.fromEntries(plain), features: features.map(featureText) };
}

function labelled(names: readonly string[]): object {
  return {
    id2label: Object.fromEntries(names.entries()),
    label2id: Object.fromEntries(names.map((name, id) => [name, id])),
  };
}

/** As `ViTImageProcessor` of `transformers` takes it. */
function imageProcessor(image: ImageSpec): object {
  const { size, scale, mean, std } = imageSettings(image);
  return {
    ...{ image_processor_type: "ViTImageProcessor", do_convert_rgb: image.channels === 3 },
    ...{ do_resize: true, size: { height: size, width: size }, resample: BICUBIC },
    ...{ do_rescale: true, rescale_factor: scale, do_normalize: true, image_mean: mean, image_std: std },
  };
}

/** PIL.Image.Resampling.BICUBIC. */
const BICUBIC = 3;
