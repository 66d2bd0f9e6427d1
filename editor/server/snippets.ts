// Snippets for declarations, with tab stops.

/** A keyword that begins a declaration, with its snippet. */
export interface Beginning {
  readonly label: string;
  readonly text: string;
  readonly snippet: string;
}

function beginning(label: string, snippet: string): Beginning {
  return { label, text: `${label} `, snippet };
}

/** All snippets, in the order of declarations in a file. */
export const beginnings: readonly Beginning[] = [
  beginning("import", 'import { $2 } from "./$1.vlmo"'),
  beginning("param", "param ${1:name} = $0"),
  beginning("model", "model ${1:Name} {\n  $0\n}"),
  beginning("data", "data ${1:name}: ${2:pairs} {\n  format: $0\n}"),
  beginning("head", "head ${1:name}: $0"),
  beginning("stage", "stage ${1:name} {\n  model: $2\n  data: $3\n  learn: $0\n}"),
  beginning("finetune", "finetune ${1:name} from ${2:stage} {\n  data: $3\n  learn: $0\n}"),
  beginning("evaluate", "evaluate ${1:name} on ${2:data} using ${3:stage} {\n  $0\n}"),
  beginning("expect", 'expect "${1:what is true}" {\n  $0\n}'),
  beginning("test", 'test "${1:what is true}" {\n  $0\n}'),
];
