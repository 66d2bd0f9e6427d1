// PyTorch: a readable module with its weights, and nothing that the model does not use.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Tensor } from "../../tensor.js";
import { filesBeside } from "../beside.js";
import type { Exporting, Files } from "../format.js";
import { vlmoError } from "../../errors/vlmo-error.js";
import { writtenHead } from "./heads.js";
import { moduleText } from "./module.js";
import { torchName } from "./names.js";
import { neededBy } from "./needed.js";

/** `model.py`, its weights, and the files needed beside them. Throws V971 where no head answers. */
export function torchFiles({ model: trained, version }: Exporting): Files {
  const { stage, parameters } = trained;
  const heads = stage.heads.filter((head) => writtenHead(head, stage.model) !== null);
  if (heads.length === 0)
    throw vlmoError("V971", { format: "PyTorch", reason: `the stage \`${stage.name}\` has no head that answers` });
  const owners = new Set(heads.map(({ parametersOf }) => parametersOf));
  const tensors = new Map<string, Tensor>();
  const left: string[] = [];
  for (const [name, tensor] of parameters) {
    const [, head] = /^heads\.([^.]+)\./.exec(name) ?? [];
    const key = head === undefined || owners.has(head) ? torchName(name) : null;
    if (key === null) left.push(head === undefined ? name : `heads.${head}`);
    else tensors.set(key, tensor);
  }
  const own = moduleText(stage, heads, (name) => parameters.has(name));
  const methods = [...own.matchAll(/def (forward_\w+)/g)].map(([, name = ""]) => name);
  const twice = methods.find((name, i) => methods.indexOf(name) < i);
  if (twice !== undefined)
    throw vlmoError("V971", { format: "PyTorch", reason: `two of its heads would have the method \`${twice}\`` });
  const parts = neededBy(`${own}\n${load}`, readFileSync(join(import.meta.dirname, "modules.py"), "utf8"));
  const title = `"""${stage.model.name}, stage ${stage.name}, written by vlmo ${version}.\n\n${use}\n"""`;
  return {
    files: new Map([
      ["model.py", { text: `${[`${title}\n\n${parts.imports}`, parts.definitions, own, load].join("\n\n\n")}\n` }],
      ["model.safetensors", { tensors }],
      ...filesBeside(trained),
    ]),
    notes: [
      `methods: ${methods.join(", ")}`,
      ...[...new Set(left)].map((name) => `left out, since no answer needs it: ${name}`),
    ],
  };
} // prettier-ignore

const use = `    from model import load
    model = load()`;

const load = `def load(folder=Path(__file__).parent):
    """The model with its weights, ready to be asked."""
    model = Vlmo()
    model.load_state_dict(read_safetensors(Path(folder) / "model.safetensors"))
    return model.eval()`;
