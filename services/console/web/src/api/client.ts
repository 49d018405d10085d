/** Typed clients of the three services, through the console's own address. */
import createClient from "openapi-fetch";
import { currentLanguage } from "../i18n/language";
import { session } from "../session/session";
import type { paths as AlertsPaths } from "./generated/alerts";
import type { paths as EnergyPaths } from "./generated/energy";
import type { paths as ProjectsPaths } from "./generated/projects";

export type { components as Alerts } from "./generated/alerts";
export type { components as Energy } from "./generated/energy";
export type { components as Projects } from "./generated/projects";

interface FieldFault {
  pointer?: string;
  parameter?: string;
  message: string;
}

/** A refusal of a service, in the reader's language. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly faults: readonly FieldFault[] = [],
  ) {
    super(detail || title);
  }
}

/** Nobody answered: no network, or the service is away. What was sent may be sent again. */
export class Unreachable extends Error {}

export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function attempt(request: Request): Promise<Response> {
  const headers = new Headers(request.headers);
  const token = session.token();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  headers.set("Accept-Language", currentLanguage());
  try {
    return await fetch(new Request(request, { headers }));
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable(String(error));
  }
}

/** Sends a request; where the session has run out, waits until the same person signed in again, and goes on. */
export async function send(request: Request): Promise<Response> {
  if (request.method === "POST" && !request.headers.has("Idempotency-Key")) {
    request.headers.set("Idempotency-Key", randomId());
  }
  const again = request.clone();
  // Nobody is signed in who could ask: a page says so, where it would otherwise wait.
  if (session.current().phase === "away") throw new Unreachable("away");
  await session.ready();
  const token = session.token();
  const answer = await attempt(request);
  if (answer.status !== 401) return answer;
  await session.renewed(token);
  return attempt(again);
}

const origin = window.location.origin;
const options = { fetch: send, querySerializer: serialize };

export const projects = createClient<ProjectsPaths>({ baseUrl: `${origin}/api/projects`, ...options });
export const energy = createClient<EnergyPaths>({ baseUrl: `${origin}/api/energy`, ...options });
export const alerts = createClient<AlertsPaths>({ baseUrl: `${origin}/api/alerts`, ...options });

/** Names like filter[status][in] are keys of their own, not nested objects. */
function serialize(query: Record<string, unknown>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === "") continue;
    for (const each of Array.isArray(value) ? value : [value]) search.append(name, String(each));
  }
  return search.toString();
}

interface Answered<T> {
  data?: T;
  response: Response;
  error?: unknown;
}

/** The body of an answer that succeeded. Throws Problem or Unreachable. */
export async function ok<T>(call: Promise<Answered<T>>): Promise<NonNullable<T>> {
  return (await tagged(call)).body;
}

/** The body with its ETag, which a change has to name. Throws Problem or Unreachable. */
export async function tagged<T>(call: Promise<Answered<T>>): Promise<{ body: NonNullable<T>; tag: string }> {
  const { data, error, response } = await call;
  if (response.ok) return { body: data as NonNullable<T>, tag: response.headers.get("ETag") ?? "" };
  throw problemOf(response.status, error);
}

export function problemOf(status: number, body: unknown): Error {
  const told = (typeof body === "object" && body !== null ? body : {}) as Partial<Problem> & {
    errors?: FieldFault[];
  };
  if (status === 503 && told.code === "console.service_unreachable") return new Unreachable(told.detail);
  if (status === 502 || (status >= 500 && !told.code)) return new Unreachable(String(status));
  return new Problem(status, told.code ?? "", told.title ?? String(status), told.detail ?? "", told.errors ?? []);
}
