// Tokenizers whose weights are in a file (`visual_tokenizer(image) { file: "…" }`): the published encoder of DALL-E, a whole
// module saved by torch.save, or its tensors by the same names in any tensor file. No code in the file is run.
import path from "node:path";
import {
  parametersOf,
  type HeadSpec,
  type ParameterSpec,
  type StageSpec,
  weightsFileOf,
} from "../../compiler/index.js";
import { fullName, openTensors, type FileTensor } from "../formats/tensor-file.js";
import { allPlacedAt, vlmoError } from "../errors/vlmo-error.js";
import type { Tensor, Tensors } from "../tensor.js";

/** A tokenizer of a stage with the file that holds it. */
interface Filed {
  readonly head: HeadSpec;
  readonly file: string;
  readonly parameters: readonly ParameterSpec[];
}

/** The tensors of tokenizer files, except those that the stage before hands on. Throws as `tryTokenizers`. */
export async function tokenizerTensors(stage: StageSpec, handed: Tensors): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  for (const filed of tokenizersIn(stage)) {
    const { parameters } = filed;
    if (parameters.every(({ name }) => handed.has(name))) continue;
    await withFile(filed, async (found) => {
      for (const { name } of parameters) {
        const tensor = await found.get(name)?.read();
        if (tensor !== undefined) tensors.set(name, tensor);
      }
    });
  }
  return tensors;
}

/** Compares the files of a stage's tokenizers with the stage. Throws V920–V926. */
export async function tryTokenizers(stage: StageSpec): Promise<void> {
  for (const filed of tokenizersIn(stage)) await withFile(filed, () => Promise.resolve());
}

function tokenizersIn({ model, heads }: StageSpec): Filed[] {
  return heads.flatMap((head) => {
    const named = weightsFileOf(head);
    if (named === null || head.parametersOf !== head.name) return [];
    const file = path.resolve(path.dirname(head.span.file.path), named);
    const prefix = `heads.${head.name}.`;
    return [{ head, file, parameters: parametersOf(model, [head]).filter(({ name }) => name.startsWith(prefix)) }];
  });
}

/** Opens a file and gives its tensors by our names, with names and shapes checked. */
async function withFile(
  { head, file, parameters }: Filed,
  use: (found: ReadonlyMap<string, FileTensor>) => Promise<void>,
): Promise<void> {
  const opened = await openTensors(file).catch((error: unknown) => {
    throw allPlacedAt(error, head.span);
  });
  try {
    const places = new Map(opened.tensors.map((tensor) => [plainName(fullName(tensor)), tensor]));
    const found = new Map<string, FileTensor>();
    const problems: string[] = [];
    for (const { name, shape } of parameters) {
      const key = keyOf(name.slice(`heads.${head.name}.`.length));
      const tensor = places.get(key);
      if (tensor === undefined) problems.push(`it does not hold \`${key}\``);
      else if (tensor.shape.join() !== shape.join())
        problems.push(`\`${key}\` is [${tensor.shape.join(", ")}] and should be [${shape.join(", ")}]`);
      else found.set(name, tensor);
    }
    if (problems.length > 0) throw notTheEncoder(head, file, problems);
    await use(found);
  } finally {
    await opened.close();
  }
}

function notTheEncoder({ name, span }: HeadSpec, file: string, problems: readonly string[]): Error {
  const [first = "", ...more] = problems;
  const shown = more.length === 0 ? first : `${first} (and ${more.length} more)`;
  const help = `name the encoder of DALL-E's discrete autoencoder, and give \`${name}\` its \`codes\` and \`hidden\``;
  return vlmoError("V926", { file, problems: shown }, { span, help });
}

/** The name of a tensor in DALL-E's file, by ours. */
function keyOf(name: string): string {
  return name.replace(/weight$/, "w").replace(/bias$/, "b");
}

/** Without the attributes (`_modules`, `_parameters`) in which PyTorch pickles the parts of a module, and without a prefix. */
function plainName(name: string): string {
  const plain = name.replaceAll(/(?:_modules|_parameters)\./g, "");
  return /(?:^|\.)(blocks\..*)$/.exec(plain)?.[1] ?? plain;
}
