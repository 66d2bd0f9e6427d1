// vlmo's own layout: one key for each parameter, of the same name and shape.
import { positionTable } from "../../../compiler/index.js";
import { single, type Layout } from "./layout.js";

const known =
  /^(embed\.(image|text|type)|layers\.\d+\.(norm1|attention|layer_scale|experts)|final_norm|heads\.[^.]+)\.|^pooler\.(weight|bias)$/;

/** The layout of vlmo checkpoints. */
export const vlmoTs: Layout = {
  name: "vlmo_ts",
  whose: "this program's own",
  sizes: {
    width: [
      ["final_norm.weight", 0],
      ["embed.image.cls", 0],
      ["embed.text.word.weight", 1],
    ],
    patch: [["embed.image.patch.weight", 3]],
    layer: /^layers\.(\d+)\./,
    firstLayer: 1,
    headsOfAll: [["position.relative", 1]],
    headsOfOne: [],
    imageTokens: [["position.image", 0]],
    imageRows: [],
    vocabulary: [["embed.text.word.weight", 0]],
    text: [
      ["position.text", 0],
      ["embed.text.unread_positions", 0],
    ],
  },
  knows: (key) => known.test(key) || positionTable(key) !== undefined,
  writes: () => true,
  map: (targets) => ({ mappings: targets.map((target) => single(target, target.name)), fresh: [], unmapped: [] }),
  ignored: () => undefined,
};
