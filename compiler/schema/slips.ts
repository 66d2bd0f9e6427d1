// Terms from PyTorch, Hugging Face, Lightning, OpenCLIP, timm and Hydra, and their equivalents here. Data: `meant.ts`
// looks terms up, and a test checks every form and name below against the schemas.

/** Words separated by blanks; case, `_` and `-` are ignored. */
type Words = string;

/** The blocks that a key may belong to. */
export type Block = "model" | "stage" | "head" | "data" | "evaluate";

/**
 * How keys are written in their block, `…` for the value, with their names in other tools. A unit after `…` is added to
 * a number that is given without one.
 */
export const keySlips: Readonly<Record<Block, Readonly<Record<string, Words>>>> = {
  model: {
    "layers: …": "num_layers n_layers n_layer num_hidden_layers depth num_blocks encoder_layers",
    "width: …": "hidden_size hidden_dim d_model embed_dim embedding_dim emb_dim n_embd model_dim dim hidden",
    "attention { heads: … }": "num_heads n_heads n_head num_attention_heads attention_heads",
    "attention { bias: … }": "qkv_bias attention_bias",
    "attention { position: … }":
      "positions position_embedding pos_embed pos_emb positional_encoding use_rel_pos_bias rel_pos_bias use_abs_pos_emb",
    "attention { position: relative(span: …) }": "max_position_embeddings relative_span",
    "norm: layer_norm(eps: …)": "layer_norm_eps ln_eps norm_layer_eps rms_norm_eps",
    "norm: …": "norm_layer layernorm",
    "init: …": "initializer_range init_std weight_init",
    "layer_scale: …": "layer_scale_init_value init_values layerscale_value",
    "drop_path: …": "drop_path_rate stochastic_depth stoch_depth",
    "image { size: …px }": "image_size img_size input_size resolution input_resolution image_resolution crop_size",
    "image { patch: …px }": "patch_size vit_patch_size",
    "image { channels: … }": "in_chans in_channels num_channels",
    "text { tokenizer: … }": "text_tokenizer tokenizer_name",
    "text { tokenizer: wordpiece(vocabulary: …) }": "vocab_size n_vocab num_tokens vocab",
    "text { tokenizer: wordpiece(file: …) }": "vocab_file vocab",
    "text { length: … }":
      "max_text_len max_text_length max_length max_len max_seq_len max_seq_length seq_len context_length",
    "text { dropout: … }": "drop_rate hidden_dropout hidden_dropout_prob dropout_rate dropout_prob p_drop",
    "experts { vision: ffn(image, ratio: …) }": "mlp_ratio ffn_ratio",
    "experts { vision: ffn(image, activation: …) }": "hidden_act act act_layer activation_function",
  },
  stage: {
    "model: …": "arch architecture backbone network net",
    "data: …": "dataset datasets train_data train_dataset train_datasets dataloader train_dataloader datamodule",
    "learn: …": "loss losses loss_names objective objectives criterion tasks heads",
    "train: …": "trainable unfreeze",
    "freeze: …": "frozen frozen_layers freeze_layers frozen_stages lock",
    "batch: …": "batch_size bs global_batch_size total_batch_size effective_batch_size train_batch_size",
    "micro: …": "micro_batch micro_batch_size per_device_train_batch_size per_device_batch_size per_gpu_batch_size",
    "steps: …": "max_steps num_steps total_steps max_iters num_iters iterations iters train_steps num_train_steps",
    "epochs: …": "num_epochs max_epochs n_epochs num_train_epochs",
    "optimizer: …": "optim opt optimizer_name optim_type opt_name",
    "optimizer: adamw(lr: …)": "learning_rate base_lr peak_lr max_lr init_lr blr",
    "optimizer: adamw(betas: …)": "adam_betas opt_betas beta1 beta2 adam_beta1 adam_beta2",
    "optimizer: adamw(eps: …)": "adam_eps adam_epsilon opt_eps epsilon",
    "optimizer: adamw(weight_decay: …)": "wd l2 decay_rate",
    "optimizer: adamw(clip: …)":
      "clip_grad grad_clip gradient_clip gradient_clip_val max_grad_norm clip_grad_norm max_norm grad_clip_norm",
    "optimizer: adamw(factors: …)": "param_groups lr_mult lr_multipliers",
    "optimizer: adamw(layer_decay: …)": "layerwise_lr_decay lr_layer_decay llrd layer_wise_decay",
    "schedule: …": "scheduler lr_scheduler lr_schedule lr_scheduler_type sched lr_policy",
    "schedule: linear(warmup: … steps)":
      "warmup_steps num_warmup_steps warmup_iters warmup_iterations warmup_ratio warmup_proportion",
    "schedule: linear(warmup: … epochs)": "warmup_epochs num_warmup_epochs",
    "schedule: linear(end: …)": "min_lr end_lr final_lr lr_min eta_min",
    "schedule: polynomial(power: …)": "decay_power lr_power poly_power",
    "augment: …": "augmentation augmentations transform transforms train_transform aug data_augmentation",
    "mix: [mixup]": "mixup mixup_alpha",
    "mix: [cutmix]": "cutmix cutmix_alpha",
    "validate: every … steps":
      "eval_every val_every eval_interval val_interval eval_steps validation_steps eval_iters val_check_interval",
    "validate: every … epochs": "eval_epochs check_val_every_n_epoch val_freq",
    "best: …": "monitor metric_for_best_model save_best best_metric",
    "patience: …": "early_stopping early_stopping_patience stop stop_after num_bad_epochs",
    "gather_gradient: …": "gather_with_grad local_loss",
    "seed: …": "random_seed manual_seed rng_seed seed_everything",
  },
  head: {
    "mask: …": "mlm_probability mlm_prob mask_ratio mask_rate mask_prob mask_probability masking_ratio",
    "whole_word: …": "whole_word_mask whole_word_masking wwm",
    "temperature: …": "tau temp logit_scale init_temperature",
    "negatives: …": "hard_negatives negative_sampling",
    "classes: …": "num_classes num_labels n_classes nb_classes num_class num_answers",
    "hidden: …": "hidden_size hidden_dim mlp_dim",
    "targets: …": "target labels",
    "share: …": "tie tied tie_weights share_weights",
    "beams: …": "num_beams beam_size",
  },
  data: {
    "format: …": "type dataset_type loader reader source",
    "records: …":
      "path file jsonl json train_file data_path data_file data_files annotation_file ann_file manifest index csv",
    "images: …": "image_dir image_folder image_root images_dir img_dir image_path root data_root folder dir",
    "annotations: …": "ann_path karpathy_split_file",
    "shards: …": "urls url tars train_shards",
    "files: …": "texts corpus text_file text_files",
    "items: …": "num_samples n_samples num_items num_examples size length train_num_samples max_samples limit",
    "classes: …": "class_names labels label_names id2label categories",
    "fields { image: … }": "image_key image_column image_field",
    "fields { text: … }": "text_key text_column text_field caption_column caption_key caption",
    "fields { label: … }": "label_key label_column label_field target",
    "fields { answers: … }": "answer answer_key answer_column",
    "on_error: …": "skip_errors ignore_errors strict handler",
    "split: …": "subset partition mode",
    "group_by: …": "together groupby group group_key",
    "crop_grid { boxes: … }": "tiles tile crop_boxes",
    "seed: …": "data_seed world_seed",
  },
  evaluate: {
    "batch: …": "batch_size bs eval_batch_size val_batch_size test_batch_size per_device_eval_batch_size",
  },
};

/** Parts of a stage's header that are written as keys elsewhere. */
export const headerSlips: Readonly<Record<string, Words>> = {
  "stage NAME from …": "from init_from starts_from parent",
  "stage NAME from checkpoint(…)":
    "checkpoint pretrained weights ckpt ckpt_path load_path load_from pretrained_path pretrained_weights init_checkpoint",
  "stage NAME extends …": "extends base inherits",
};

/** Names that require arguments, with these. */
export const calledNames: Readonly<Record<string, string>> = {
  adamw: "adamw(lr: …)",
  sgd: "sgd(lr: …)",
  lion: "lion(lr: …)",
  lamb: "lamb(lr: …)",
  ffn: "ffn(pair)",
  wordpiece: "wordpiece(vocabulary: …)",
};

/** Settings that are options of `vlmo train`. */
export const optionSlips: Readonly<Record<string, Words>> = {
  "--workers N": "workers num_workers dataloader_num_workers n_workers",
  "--engine torch": "device accelerator engine",
  "--threads N": "threads num_threads n_threads",
  "--out FOLDER": "output_dir out_dir save_dir log_dir checkpoint_dir work_dir out output logdir",
  "--resume": "resume resume_from resume_from_checkpoint auto_resume",
};

/** Names by kind, as V208 and V209 call it, with their equivalents in other tools. */
export const nameSlips: Readonly<Record<string, Readonly<Record<string, Words>>>> = {
  optimizer: {
    adamw: "adam adamw_torch adamw_hf fused_adamw adamw_fused",
    sgd: "momentum sgdm nesterov sgd_momentum",
    lion: "lion_w",
    lamb: "fused_lamb",
  },
  schedule: {
    linear: "linear_with_warmup linear_warmup linear_decay",
    cosine: "cosine_with_warmup cosine_annealing cosine_annealing_lr cosine_decay warmup_cosine",
    polynomial: "poly poly_decay polynomial_decay polynomiallr",
    constant: "constant_with_warmup fixed flat",
  },
  augmentation: {
    flip: "hflip horizontal_flip random_flip random_horizontal_flip fliplr",
    resized_crop: "random_resized_crop random_crop rrc",
    rand_augment: "rand_aug auto_augment",
  },
  mask: { blockwise: "block beit", random: "uniform mae" },
  target: { pixels: "pixel mae", tokens: "dvae vqkd vq discrete codes" },
  position: {
    relative: "rel rel_pos relative_position relative_position_bias t5 rpe",
    absolute: "abs learned learnable learnt embedding",
    sincos: "sinusoidal sine_cosine sincos_2d 2d_sincos fixed",
  },
  norm: { layer_norm: "ln layer" },
  tokenizer: { wordpiece: "bert bert_tokenizer bert_base_uncased bpe" },
  expert: { ffn: "mlp feed_forward expert" },
  head: {
    masked_tokens: "mlm masked_lm masked_language_modeling masked_words",
    masked_patches: "mim mae beit masked_image_modeling masked_images",
    contrastive: "itc clip contrast info_nce clip_loss ntxent",
    matching: "itm match image_text_matching",
    classify: "classifier classification vqa linear_probe imagenet",
    compare: "nlvr2 nlvr pair_classifier",
    segment: "segmentation upernet seg",
    caption: "captioning lm generation",
    visual_tokenizer: "dvae vqkd vqgan",
  },
  metric: {
    "recall(1)": "r1 r_at_1 recall1 recall_at_1 hits_at_1",
    "recall(5)": "r5 r_at_5 recall5 recall_at_5",
    "recall(10)": "r10 r_at_10 recall10 recall_at_10",
    recall: "retrieval irtr ir_recall tr_recall mean_recall",
    accuracy: "acc top_1 top1_acc acc_1 top_1_accuracy precision",
    vqa_score: "vqa vqa_acc vqa_accuracy",
    mean_iou: "miou iou jaccard",
    perplexity: "ppl pplx",
  },
  "kind of data": {
    pairs: "image_text image_text_pairs captions caption image_caption retrieval",
    labelled_images: "labeled_images imagenet classification image_folder image_classification",
    images: "image unlabelled_images",
    texts: "text corpus sentences",
    questions: "vqa visual_question_answering question_answering",
    statements: "nlvr nlvr2",
    masks: "segmentation ade20k",
  },
  "data format": formats(),
  format: formats(),
  type: {
    count: "int integer uint long number",
    real: "float double float32",
    ratio: "percent percentage probability share fraction",
    px: "pixel pixels",
    string: "str text path file",
    flag: "bool boolean",
    duration: "steps epochs",
    bytes: "memory",
    time: "seconds",
  },
  activation: { gelu: "gelu_new gelu_tanh quick_gelu" },
  loss: { cross_entropy: "ce softmax", bce: "binary_cross_entropy bce_with_logits sigmoid" },
  layout: { vlmo: "original microsoft unilm", beit: "beit_base", vlmo_ts: "own ours" },
  on_error: { skip: "ignore continue warn", stop: "raise fail error strict" },
};

/** Names that earlier versions of the language had, by kind, and their replacements. */
export const droppedNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  augmentation: {
    shuffle_tiles: "it is gone: lay the boxes of an image out in several orders, each as an image with its record",
    swap_colours: "it is gone: write images in other colours, with their texts, as records of their own",
  },
};

function formats(): Readonly<Record<string, Words>> {
  return {
    jsonl: "json ndjson json_lines",
    csv: "tsv table delimited",
    vqa2: "vqa vqa_v2",
    folder: "image_folder directory dir",
    lines: "txt text plain",
    webdataset: "wds tar tars shards",
    karpathy: "karpathy_json",
    shapes: "synthetic generated toy dummy",
  };
}
