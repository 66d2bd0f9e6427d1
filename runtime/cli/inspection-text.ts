// The findings of `vlmo inspect` as text: the kind of file, what follows from it, then the tensors in columns.
import { counted } from "../../grammar/index.js";
import { bytesText } from "../../compiler/front-end.js";
import type {
  CheckpointInspection,
  FileInspection,
  Inspection,
  RunInspection,
  TensorEntry,
  TensorsFound,
} from "../checkpoint/index.js";
import { atMost, layoutText, rowsOf, type TensorRow } from "../checkpoint/index.js";
import { excerpt } from "../printable.js";
import { shortName, valueText } from "../report/words.js";

/** The most rows of tensors printed unless all are requested. */
const rowLimit = 300;

/** Its lines; `all`: one for every tensor. */
export function inspectionText(inspection: Inspection, all: boolean): string[] {
  switch (inspection.kind) {
    case "run":
      return runText(inspection);
    case "checkpoint":
      return [...checkpointText(inspection), ...tensorsText(inspection, all)];
    case "file":
      return [...fileText(inspection), ...tensorsText(inspection, all)];
  }
}

function runText({ path, spec, checkpoints, damaged }: RunInspection): string[] {
  const rows = checkpoints.map(({ name, manifest: { stage, step, finished, metrics } }) => [
    name,
    stage,
    step.toLocaleString("en"),
    finished ? "finished" : "under way",
    metricsText(metrics),
  ]);
  return [
    `${path}: a run${spec === null ? "" : ` of ${spec}`}, ${counted(checkpoints.length, "checkpoint")}`,
    ...(rows.length === 0 ? [] : columns([["checkpoint", "stage", "step", "", "metrics"], ...rows], [2])),
    ...damaged.map(({ folder, reason }) => `  cannot be used: ${folder}: ${reason}`),
  ];
}

function metricsText(metrics: Readonly<Record<string, number | null>>): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${shortName(name)} ${valueText({ unit: "number", value })}`)
    .join(", ");
}

function checkpointText({ path, manifest, vocabulary }: CheckpointInspection): string[] {
  const { stage, step, finished, vlmo, saved, spec, provenance, engine, metrics } = manifest;
  const { imported, stages, data } = provenance;
  const trained = stages.map((each) => `${each.stage} (${each.steps} steps)`).join(", ");
  const state =
    imported !== null && stages.length === 0 ? "imported" : `step ${step}, ${finished ? "finished" : "under way"}`;
  return [
    `${path}: a checkpoint of stage ${stage}, ${state}`,
    `  written by vlmo ${vlmo} on ${saved}${spec.file === null ? "" : `, of ${spec.file}`}`,
    ...(imported === null ? [] : [`  imported from ${imported}`]),
    ...(trained === "" ? [] : [`  trained: ${trained} on ${data.join(", ")}; engine ${engine.name} ${engine.version}`]),
    ...(Object.keys(metrics).length === 0 ? [] : [`  metrics: ${metricsText(metrics)}`]),
    vocabulary === null
      ? "  no vocabulary"
      : `  vocabulary: ${counted(vocabulary.length, "token")}: ${atMost(vocabulary, 8).join(" ")}`,
  ];
}

const formatWords: Readonly<Record<FileInspection["format"], string>> = {
  safetensors: "a safetensors file",
  torch: "a file of torch.save",
  pickle: "a pickle (torch.save before torch 1.6, or pickle.dump)",
  index: "a checkpoint in several files",
};

function fileText({ path, format, shards, others, unknown }: FileInspection): string[] {
  const strangers = unknown.map(({ name, objects }) => `${excerpt(name)}${objects > 1 ? ` (${objects} times)` : ""}`);
  return [
    `${path}: ${formatWords[format]}`,
    ...(shards.length === 0
      ? []
      : [
          `  in ${atMost(
            shards.map((name) => excerpt(name)),
            4,
          ).join(", ")}`,
        ]),
    ...atMost(
      others.map(({ name, what }) => `${name === "" ? "" : `${excerpt(name)}: `}${what}`),
      12,
    ).map((line) => `  no tensor: ${line}`),
    ...(strangers.length === 0 ? [] : [`  unknown classes, not executed: ${atMost(strangers, 8).join(", ")}`]),
  ];
}

function tensorsText(found: TensorsFound, all: boolean): string[] {
  const { tensors, elements, bytes } = found;
  const total = `${counted(tensors.length, "tensor")}, ${elements.toLocaleString("en")} numbers, ${sizeText(bytes)}`;
  const rows = all ? tensors.map(alone) : rowsOf(tensors);
  const shown = all ? rows : rows.slice(0, rowLimit);
  const left = rows.length - shown.length;
  return [
    ...layoutText(found).map((line) => `  ${line}`),
    `  ${total}`,
    ...tableOf(shown),
    ...(left === 0 ? [] : [`  and ${left.toLocaleString("en")} more rows; --all shows them`]),
  ];
}

function alone(tensor: TensorEntry): TensorRow {
  return { ...tensor, count: 1 };
}

function tableOf(rows: readonly TensorRow[]): string[] {
  if (rows.length === 0) return [];
  const hasValues = rows.some(({ values, misfit }) => values !== undefined || misfit !== undefined);
  const titles = ["tensor", "type", "shape", "size", ...(hasValues ? ["least", "mean", "greatest", "not finite"] : [])];
  return columns(
    [titles, ...rows.map((row) => [...cellsOf(row), ...(hasValues ? valueCells(row) : [])])],
    [3, 4, 5, 6],
  );
}

function cellsOf({ name, element, shape, bytes, count }: TensorRow): string[] {
  const size = count === 1 ? sizeText(bytes) : `${count} × ${sizeText(bytes)}`;
  return [name === "" ? "(without a name)" : excerpt(name, 200), element, `[${shape.join(", ")}]`, size];
}

function sizeText(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : bytesText(bytes);
}

function valueCells({ values, misfit }: TensorRow): string[] {
  if (values === undefined) return misfit === undefined ? [] : ["·", "·", "·", misfit];
  const { min, mean, max, nan, infinite } = values;
  const bad = [...(nan > 0 ? [`${nan} NaN`] : []), ...(infinite > 0 ? [`${infinite} infinite`] : [])];
  return [...[min, mean, max].map((value) => (value === null ? "·" : shortNumber(value))), bad.join(", ")];
}

function shortNumber(value: number): string {
  const isPlain = value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6);
  return isPlain ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

/** Aligned rows; the columns in `numbers` are right-aligned. */
function columns(rows: readonly (readonly string[])[], numbers: readonly number[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => rows.reduce((widest, row) => Math.max(widest, row[i]?.length ?? 0), 0));
  return rows.map((row) =>
    `  ${row.map((cell, i) => (numbers.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join("  ")}`.trimEnd(),
  );
}
