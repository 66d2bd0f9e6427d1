// Codes of specifications generated for data: V900 and V952.

/** The codes of `vlmo init`. */
export const initCodes = {
  V900: {
    message: (h: { file: string }) => `\`${h.file}\` exists already, and is not overwritten`,
    help: "name another file with --out, or move this one away",
    explain: "An existing specification, which may have been edited, is never replaced.",
  },
  V952: {
    message: (h: { folder: string; reason: string }) =>
      `no specification can be written for \`${h.folder}\`: ${h.reason}`,
    help: "put images, folders of images by class, captions, questions or texts into it; `vlmo help init` says what is recognised",
    explain:
      "`vlmo init` recognises images, images in a folder for each class, images with masks of the same names, records (JSON " +
      "lines, CSV) that name images, COCO's captions and outlines, Karpathy's splits, VQA v2, NLVR2, and text files.",
  },
};
