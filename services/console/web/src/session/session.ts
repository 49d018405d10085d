/** Who is signed in. The token lives in memory only: of this tab, of its sister tabs, and of the service worker
 * for as long as one of them is open, so that a reload need not ask for the password. */
import { useSyncExternalStore } from "react";
import type { Projects } from "../api/client";
import { keepInWorker, readFromWorker } from "./worker";

export type Principal = Projects["schemas"]["PrincipalRead"];
export type LockReason = "expired" | "idle";

export interface SessionState {
  phase: "starting" | "out" | "in" | "locked";
  username: string;
  me: Principal | undefined;
  reason: LockReason | undefined;
  expiresAt: number;
}

export interface Kept {
  token: string;
  expiresAt: number;
  username: string;
  me: Principal;
}

export class SignInFailed extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

type Said = { kind: "ask" } | { kind: "tell"; kept: Kept } | { kind: "out" } | { kind: "active" };

export const IDLE_MS = 30 * 60_000;
const ASK_MS = 250;
const LOOK_MS = 5_000;
const KEEP_MS = 20_000;

class Session {
  private kept: Kept | undefined;
  private state: SessionState = { phase: "starting", username: "", me: undefined, reason: undefined, expiresAt: 0 };
  private readonly listeners = new Set<() => void>();
  private waiting: (() => void)[] = [];
  private activeAt = Date.now();
  private saidActiveAt = 0;
  private readonly channel = new BroadcastChannel("duban-session");

  constructor() {
    this.channel.onmessage = ({ data }: MessageEvent<Said>) => this.hear(data);
    for (const input of ["pointerdown", "keydown", "wheel", "touchstart"]) {
      window.addEventListener(input, () => this.noteActivity(), { passive: true, capture: true });
    }
    setInterval(() => this.look(), LOOK_MS);
    setInterval(() => this.kept && keepInWorker(this.kept), KEEP_MS);
  }

  /** Looks for a session in sister tabs and in the worker; once, before the page is shown. */
  async start(): Promise<void> {
    this.channel.postMessage({ kind: "ask" } satisfies Said);
    const fromWorker = await readFromWorker(ASK_MS);
    if (this.state.phase !== "starting") return;
    if (fromWorker && fromWorker.expiresAt > Date.now()) this.take(fromWorker);
    else this.set({ phase: "out" });
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  current = (): SessionState => this.state;

  token(): string | undefined {
    return this.state.phase === "in" ? this.kept?.token : undefined;
  }

  /** Resolves when somebody is signed in and not locked. */
  ready(): Promise<void> {
    if (this.state.phase === "in") return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** A service no longer takes the token: locks, and resolves when the person has signed in again. */
  renewed(): Promise<void> {
    this.lock("expired");
    return this.ready();
  }

  /** Raises SignInFailed, or TypeError when nobody answers. */
  async signIn(username: string, password: string, language: string): Promise<void> {
    const answer = await fetch("/api/projects/v1/tokens", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": language },
      body: JSON.stringify({ username, password }),
    });
    const body = (await answer.json().catch(() => ({}))) as Record<string, string> & { expires_in?: number };
    if (!answer.ok) throw new SignInFailed(answer.status, body.detail || body.title || "");
    const token = body.access_token ?? "";
    const asked = await fetch("/api/projects/v1/me", { headers: { Authorization: `Bearer ${token}` } });
    if (!asked.ok) throw new SignInFailed(asked.status, "");
    const me = (await asked.json()) as Principal;
    const before = this.state.me;
    const kept = { token, expiresAt: Date.now() + (body.expires_in ?? 0) * 1000, username, me };
    this.take(kept);
    this.channel.postMessage({ kind: "tell", kept } satisfies Said);
    // Another person must not find what the one before had open.
    if (before && before.subject !== me.subject) window.location.assign("/");
  }

  signOut(): void {
    this.channel.postMessage({ kind: "out" } satisfies Said);
    this.leave();
  }

  lock(reason: LockReason): void {
    if (this.state.phase !== "in") return;
    this.kept = undefined;
    keepInWorker(undefined);
    this.set({ phase: "locked", reason });
  }

  private hear(said: Said): void {
    if (said.kind === "ask" && this.kept) this.channel.postMessage({ kind: "tell", kept: this.kept } satisfies Said);
    if (said.kind === "tell" && this.state.phase !== "in") {
      if (!this.state.me || this.state.me.subject === said.kept.me.subject) this.take(said.kept);
    }
    if (said.kind === "out" && this.state.phase !== "out") this.leave();
    if (said.kind === "active") this.activeAt = Date.now();
  }

  private take(kept: Kept): void {
    this.kept = kept;
    this.activeAt = Date.now();
    keepInWorker(kept);
    const { username, me, expiresAt } = kept;
    this.set({ phase: "in", username, me, expiresAt, reason: undefined });
    this.waiting.splice(0).forEach((resolve) => resolve());
  }

  private leave(): void {
    this.kept = undefined;
    keepInWorker(undefined);
    this.set({ phase: "out", username: "", me: undefined, reason: undefined, expiresAt: 0 });
  }

  private noteActivity(): void {
    this.activeAt = Date.now();
    if (this.activeAt - this.saidActiveAt > KEEP_MS) {
      this.saidActiveAt = this.activeAt;
      this.channel.postMessage({ kind: "active" } satisfies Said);
    }
  }

  private look(): void {
    if (!this.kept) return;
    if (Date.now() >= this.kept.expiresAt) this.lock("expired");
    else if (Date.now() - this.activeAt > IDLE_MS && !isWall()) this.lock("idle");
  }

  private set(change: Partial<SessionState>): void {
    this.state = { ...this.state, ...change };
    this.listeners.forEach((listener) => listener());
  }
}

/** A wall shows and is not touched: it is not idle, and its token still ends. */
function isWall(): boolean {
  return new URLSearchParams(window.location.search).has("screen");
}

export const session = new Session();

export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, session.current);
}
