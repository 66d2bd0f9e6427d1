// Codes of tensor files, checkpoints and resumed runs: V920–V935.

/** By code. */
export const checkpointCodes = {
  V920: {
    message: (h: { file: string; reason: string }) => `cannot read \`${h.file}\`: ${h.reason}`,
    help: "check the path, and that the file may be read",
    explain: "A checkpoint or tensor file is missing, is a folder, or may not be read.",
  },
  V921: {
    message: (h: { file: string; reason: string }) => `\`${h.file}\` is damaged: ${h.reason}`,
    help: "copy or download the file again; a cut-off copy is the usual cause",
    explain:
      "A tensor file contradicts itself: cut off, offsets that overlap or lead out of it, a header that is not one.",
  },
  V922: {
    message: (h: { file: string; tensor: string; reason: string }) =>
      `the tensor \`${h.tensor}\` of \`${h.file}\` cannot be read: ${h.reason}`,
    help: "save the tensor as float32, float16, bfloat16 or int32",
    explain:
      "Tensors become float32 or int32 here; a value or an element type that fits neither is never rounded silently.",
  },
  V923: {
    message: (h: { file: string; reason: string }) => `cannot write \`${h.file}\`: ${h.reason}`,
    help: "check that the folder exists and may be written, and that the disk has room",
    explain: "Files are written beside their place and renamed when whole, so what stood there before is untouched.",
  },
  V924: {
    message: (h: { file: string; reason: string }) =>
      `\`${h.file}\` is not a tensor file that can be read: ${h.reason}`,
    help: "name a file of tensors that torch.save wrote, or a .safetensors file; `vlmo inspect` shows what is in a file",
    explain:
      "Read are .safetensors files, what torch.save writes (also before torch 1.6), the index of a checkpoint in several " +
      "files, and a folder with one of these. Files are recognised by their first bytes, not by their names.",
  },
  V925: {
    message: (h: { file: string; what: string }) =>
      `the checkpoint \`${h.file}\` cannot be read without running \`${h.what}\`; only tensors are read`,
    help: "where you trust the file, load it in PyTorch and save its tensors alone: torch.save(model.state_dict(), …)",
    explain:
      "A pickle can run any code while it is read. This reader builds tensors and plain data and runs nothing; objects of " +
      "other classes stay what they are and are reported, and only what a tensor depends on is an error.",
  },
  V545: {
    message: (h: { folder: string; what: string }) =>
      `\`${h.folder}\` is one checkpoint, of which ${h.what} cannot be chosen`,
    help: "leave that out, or name the run folder",
    explain:
      "`--stage` and `--best` (`stage` and `best` of the library) say which checkpoint of a run is meant. Of a checkpoint that is named itself they would have no effect.",
  },
  V926: {
    message: (h: { file: string; problems: string }) => `\`${h.file}\` does not fit the model: ${h.problems}`,
    help: "choose the stage and layout that the file was saved for; `vlmo import` takes `--allow-missing NAMES` for what the file may lack, `--allow-unknown NAMES` for what it may have besides",
    explain:
      "Importing accounts for every key of the file and every parameter of the model; nothing is left out silently.",
  },
  V927: {
    message: (h: { file: string; reason: string }) => `there is no checkpoint at \`${h.file}\`: ${h.reason}`,
    help: "name a folder that `vlmo train` or `vlmo import` has written: it holds manifest.json",
    explain: "A checkpoint is a folder with manifest.json, parameters.safetensors and optimizer.safetensors.",
  },
  V928: {
    message: (h: { file: string; reason: string }) => `the checkpoint \`${h.file}\` cannot be used: ${h.reason}`,
    help: "use the version of vlmo that wrote it, or an older checkpoint",
    explain: "The manifest of a checkpoint is of another format version, or not as this version writes it.",
  },
  V929: {
    message: (h: { file: string; reason: string }) =>
      `the checkpoint \`${h.file}\` is not what its manifest says: ${h.reason}`,
    help: "bring back a whole copy; of a run, move that folder away: `train --resume` and `eval` then take the checkpoint before it",
    explain:
      "The manifest holds the SHA-256 of the tensor files, and of itself; what differs from it was changed or damaged after " +
      "it was written, and is not loaded.",
  },
  V930: {
    message: (h: { stage: string; head: string; loss: string; step: number; items: string }) =>
      `stage \`${h.stage}\`: the loss of \`${h.head}\` is ${h.loss} at step ${h.step}; the batch held ${h.items}`,
    help: "lower `lr`, use a longer warm-up or clip gradients in the optimizer, then train the stage again from its start",
    explain:
      "A loss that is NaN or infinite ends the run. The last checkpoint whose loss was a number stays; one whose " +
      "parameters gave none is dropped. With a changed optimizer it is another run: give another --out, or remove the " +
      "stage's checkpoints from the run folder and --resume.",
  },
  V931: {
    message: (h: { stage: string; changed: string }) =>
      `stage \`${h.stage}\` is not the one this run began: ${h.changed}`,
    help: "resume with the specification as it was, or start a new run with another --out",
    explain:
      "A checkpoint holds a hash of what its stage means; going on with another stage would mix two runs. To train only " +
      "this stage again, remove its checkpoints from the run folder, then --resume.",
  },
  V932: {
    message: (h: { folder: string; stage: string; step: number }) =>
      `\`${h.folder}\` already holds a run: stage \`${h.stage}\`, step ${h.step}`,
    help: "resume it with --resume, or give another folder with --out",
    explain: "A run is never overwritten.",
  },
  V933: {
    message: (h: { stage: string; before: string; folder: string }) =>
      `stage \`${h.stage}\` starts from \`${h.before}\`, which \`${h.folder}\` does not hold finished`,
    help: "train that stage first: leave out --stage to train all stages in order",
    explain:
      "A stage takes over the parameters of its predecessor, which must have been trained in the same run folder.",
  },
  V934: {
    message: (h: { stage: string; data: string }) =>
      `stage \`${h.stage}\`: the data ${h.data} are not what this run began with`,
    help: "resume with the data as they were, or start a new run with another --out",
    explain:
      "A checkpoint holds a digest of its stage's data: the records and the sizes of the files they name. With other data " +
      "the steps that are left would not be those of the run that was stopped.",
  },
  V935: {
    message: (h: { stage: string; file: string; difference: string }) =>
      `stage \`${h.stage}\`: its vocabulary is not that of \`${h.file}\`: ${h.difference}`,
    help: 'name the checkpoint\'s own vocabulary in the model: wordpiece(file: "…/vocabulary.txt")',
    explain:
      "Word embeddings mean something only with the vocabulary that they were trained with. A checkpoint holds it as " +
      "vocabulary.txt, and is never used with another.",
  },
};
