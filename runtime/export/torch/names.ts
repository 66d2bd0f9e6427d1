// The names of parameters in the exported module: ours, except where PyTorch reserves them.

/** Attribute names of ModuleDict that the language allows as names. */
const taken = new Set(
  (
    "add_module apply bfloat16 buffers call_super_init children clear compile cpu cuda double dump_patches eval extra_repr float " +
    "forward get_buffer get_extra_state get_parameter get_submodule half ipu items keys load_state_dict modules mtia named_buffers " +
    "named_children named_modules named_parameters parameters pop register_backward_hook register_buffer register_forward_hook " +
    "register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook " +
    "register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook " +
    "requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train training type update values xpu zero_grad"
  ).split(" "),
);

/** The name of an expert or a head in a ModuleDict. */
export function freeName(name: string): string {
  return taken.has(name.replace(/_+$/, "")) ? `${name}_` : name;
}

/** The module's names for our parts; null for parts that none of its outputs use. */
const renamed: readonly (readonly [RegExp, string | null])[] = [
  [/^embed\.image\.mask$/, null],
  [/^embed\.text\.unread_positions$/, null],
  [/^position\.(image|text)$/, "$1_embedding.position"],
  [/^position\.relative$/, "relative_bias.table"],
  [/^embed\.type\./, "modality_embedding."],
  [/^embed\.(image|text)\./, "$1_embedding."],
];

/** The name of a parameter in the module's state dict, or null. */
export function torchName(name: string): string | null {
  const [pattern, to] = renamed.find(([each]) => each.test(name)) ?? [];
  if (to === null) return null;
  if (pattern !== undefined && to !== undefined) return name.replace(pattern, to);
  return name
    .replace(/^layers\.(\d+)\./, (_, number: string) => `layers.${Number(number) - 1}.`)
    .replace(
      /^(heads|layers\.\d+\.experts)\.([^.]+)\./,
      (_, place: string, own: string) => `${place}.${freeName(own)}.`,
    );
}
