// Sessions that are released after their test.
import { expect } from "vitest";
import { OrtError } from "../../../../runtime/engines/ort/error.js";
import { createSession, type HostArray, type OrtSession } from "../../../../runtime/engines/ort/session.js";
import { options } from "./models.js";

/** Arrays by input or output name. */
export type Arrays = Record<string, HostArray>;

const open: OrtSession[] = [];

export async function create(bytes: Uint8Array, overrides: Partial<typeof options> = {}): Promise<OrtSession> {
  const session = await createSession(bytes, { ...options, ...overrides });
  open.push(session);
  return session;
}

export async function run(session: OrtSession, inputs: Arrays, outputs: Arrays): Promise<void> {
  await session.run(new Map(Object.entries(inputs)), new Map(Object.entries(outputs)));
}

/** The engine error of a promise that must reject. */
export async function refusal(attempt: Promise<unknown>): Promise<OrtError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OrtError);
  return error as OrtError;
}

export function releaseAll(): void {
  open.splice(0).forEach((session) => session.release());
}
