// Responses: JSON, a page, or a mask as a PNG.
import { forPrograms } from "../predict/for-programs.js";
import { maskOf, overlayOf } from "../predict/pictures.js";
import type { Prediction } from "../predict/answer.js";
import { refusal, type Headers, type Refusal } from "./refusal.js";
import type { Answered } from "./service.js";

/** A response, before it is sent. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Headers;
}

/** JSON in one line. */
export function json(body: object, status = 200, headers: Headers = {}): Reply {
  return { status, type: "application/json", body: `${JSON.stringify(body)}\n`, headers };
}

/** The mistakes of a refusal, in the format of `--json`. */
export function refused({ status, mistakes, headers }: Refusal): Reply {
  const errors = mistakes.map(({ code, message, help }) => ({ code, message, help }));
  return json({ errors }, status, headers);
}

/** The requested format of an answer. */
export interface Wanted {
  readonly accept: string;
  readonly overlay: boolean;
}

/** An answer in the format of `--json` with masks in base64, or a single mask where a PNG is requested. */
export async function answered({ head, predictions }: Answered, { accept, overlay }: Wanted): Promise<Reply> {
  if (wantsPng(accept)) return { status: 200, type: "image/png", body: await oneMask(predictions) };
  const shown: object[] = [];
  for (const prediction of predictions)
    shown.push({ ...forPrograms(prediction), ...(await pictures(prediction, overlay)) });
  return json({ head: head.name, predictions: shown });
}

function wantsPng(accept: string): boolean {
  const types = accept.split(",").map((type) => type.split(";")[0]?.trim().toLowerCase());
  return types.includes("image/png") && !types.some((type) => type === "application/json" || type === "*/*");
}

async function oneMask([prediction, second]: readonly Prediction[]): Promise<Uint8Array> {
  if (prediction?.answer.form === "regions" && second === undefined) return maskOf(prediction.answer);
  const help = "ask for application/json, or a head that segments about one image";
  throw refusal("accept", "only the answer about one image's regions is a picture", { help });
}

async function pictures({ question, answer }: Prediction, overlay: boolean): Promise<object> {
  const [image] = question.images;
  if (answer.form !== "regions" || image === undefined) return {};
  const mask = base64(await maskOf(answer));
  return overlay ? { mask, overlay: base64(await overlayOf(image, answer)) } : { mask };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
