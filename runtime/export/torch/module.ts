// The class of an exported model in Python, from its specification: the sizes of its building blocks, and a method for each
// head. The building blocks are in modules.py.
import {
  patchesPerSide,
  type ExpertSpec,
  type HeadSpec,
  type ModelSpec,
  type PositionKind,
  type PositionSpec,
  type StageSpec,
} from "../../../compiler/index.js";
import { writtenHead } from "./heads.js";
import { freeName } from "./names.js";
import { list, range, real } from "./python.js";

/** The text of the class `Vlmo`, with these heads; `has`: whether the model has a parameter. */
export function moduleText(stage: StageSpec, heads: readonly HeadSpec[], has: (name: string) => boolean): string {
  const { model } = stage;
  const written = heads.flatMap((head) => writtenHead(head, model) ?? []);
  const own = heads.flatMap((head, i) =>
    head.parametersOf === head.name ? [`        self.heads["${freeName(head.name)}"] = ${written[i]?.module ?? ""}`] : [],
  );
  return [
    "class Vlmo(Trunk):",
    `    """The model \`${model.name}\` as the stage \`${stage.name}\` left it, for inference: without dropout.`,
    "",
    ...inputsOf(model).map((line) => `    ${line}`),
    '    """',
    "",
    "    def __init__(self):",
    "        super().__init__(",
    ...argumentsOf(model, has).map((line) => `            ${line}`),
    "        )",
    ...own,
    ...written.flatMap(({ methods }) => ["", methods]),
  ].join("\n");
} // prettier-ignore

function inputsOf({ image, text }: ModelSpec): string[] {
  return [
    ...(image === null ? [] : [`image: float32 [B, ${image.channels}, ${image.size}, ${image.size}], from -1 to 1`]),
    ...(text === null ? [] : [`text_ids: whole numbers [B, T], at most ${text.length} tokens`, "text_masks: [B, T], 1 for tokens and 0 for padding"]),
  ];
} // prettier-ignore

function argumentsOf(model: ModelSpec, has: (name: string) => boolean): string[] {
  const { width, layers, attention, normEps, layerScale, image, text, experts } = model;
  return [
    ...[`width=${width},`, `layers=${layers},`, `heads=${attention.heads},`, "experts={"],
    ...experts.map((expert) => `    ${expertOf(model, expert)}`),
    ...["},", `eps=${real(normEps)},`],
    `image_embedding=${image === null ? "None" : imageEmbedding(model, image)},`,
    `text_embedding=${text === null ? "None" : textEmbedding(model, text)},`,
    `modalities=${image === null ? 2 : 1 + image.types},`,
    `attention=${attention.share === "all" ? "Attention" : "SplitAttention"},`,
    `bias=${list(attention.bias)},`,
    `layer_scale=${layerScale === null ? "False" : "True"},`,
    ...positionsOf(model).trunk,
    ...(has("pooler.weight") ? [] : ["pooler=False,"]),
  ];
} // prettier-ignore

function expertOf({ width }: ModelSpec, { name, views, ratio, activation, layers }: ExpertSpec): string {
  const size = `hidden=${Math.round(ratio * width)}, activation=${activations[activation]}`;
  return `"${freeName(name)}": Expert(views=${list(views)}, ${size}, layers=${range(layers)}),`;
}

/** PyTorch's functions. */
const activations: { readonly [Name in ExpertSpec["activation"]]: string } = { gelu: "F.gelu", relu: "F.relu" };

function imageEmbedding(model: ModelSpec, { patch, channels }: NonNullable<ModelSpec["image"]>): string {
  const sizes = `${model.width}, patch=${patch}, channels=${channels}`;
  const position = positionsOf(model).image;
  return position === null ? `ImageEmbedding(${sizes})` : `ImageEmbedding(${sizes}, position=${position})`;
}

function textEmbedding(model: ModelSpec, text: NonNullable<ModelSpec["text"]>): string {
  const sizes = `${model.width}, vocabulary=${text.tokenizer.vocabulary}, eps=${real(text.normEps)}`;
  return positionsOf(model).text ? `TextEmbedding(${sizes}, positions=${text.length})` : `TextEmbedding(${sizes})`;
}

/** Where the positions enter the modules. */
interface WrittenPositions {
  /** Arguments of the trunk. */
  readonly trunk: readonly string[];
  /** The term added to an image's tokens; null for none. */
  readonly image: string | null;
  /** Whether a learned table is added to a text's tokens. */
  readonly text: boolean;
}

const nowhere: WrittenPositions = { trunk: [], image: null, text: false };

/** By kind. */
const positions: {
  readonly [Kind in PositionKind]: (
    position: Extract<PositionSpec, { kind: Kind }>,
    sizes: { readonly model: ModelSpec; readonly side: number },
  ) => WrittenPositions;
} = {
  relative: ({ span }, { model: { layers, attention }, side }) => {
    const sizes = `layers=${layers}, heads=${attention.heads}, side=${side}, span=${span}`;
    return { ...nowhere, trunk: [`relative_bias=RelativeBias(${sizes}),`] };
  },
  absolute: ({ image, text }, { model: { width }, side }) => ({
    ...nowhere,
    image: image ? `nn.Parameter(torch.zeros(${side ** 2 + 1}, ${width}))` : null,
    text,
  }),
  sincos: (_, { model: { width }, side }) => ({
    ...nowhere,
    image: `sincos_positions(${side}, ${width})`,
    text: true,
  }),
  none: () => nowhere,
};

function positionsOf(model: ModelSpec): WrittenPositions {
  const { position } = model.attention;
  const write = positions[position.kind] as (
    position: PositionSpec,
    sizes: { readonly model: ModelSpec; readonly side: number },
  ) => WrittenPositions; // Boundary: each row takes positions of its own kind
  return write(position, { model, side: patchesPerSide(model) });
}
