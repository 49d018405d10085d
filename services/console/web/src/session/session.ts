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
  refreshToken: string;
  expiresAt: number;
  username: string;
  me: Principal;
}

export class SignInFailed extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
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
/** A token is renewed so long before it ends, while somebody is there. */
const RENEW_MS = 5 * 60_000;
const TOKENS = "/api/projects/v1/tokens";

/** What somebody shows to be let in; the code is that of the second factor. */
export interface Proof {
  username: string;
  password: string;
  code: string;
}

/** Proved, and not in yet: recovery codes are seen once, before the page changes. */
export interface Admitted {
  recoveryCodes: string[];
  enter: () => void;
}

interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  recovery_codes: string[];
}

export interface SecondFactor {
  secret: string;
  otpauth_uri: string;
}

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
    // A worker that came after the sign-in has not heard of it.
    navigator.serviceWorker?.addEventListener("controllerchange", () => this.kept && keepInWorker(this.kept));
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
  async signIn(proof: Proof, language: string): Promise<Admitted> {
    const tokens = await send<Tokens>(TOKENS, body(proof), language);
    const asked = await fetch("/api/projects/v1/me", { headers: { Authorization: `Bearer ${tokens.access_token}` } });
    if (!asked.ok) throw new SignInFailed(asked.status, "", "");
    const me = (await asked.json()) as Principal;
    const enter = () => {
      const before = this.state.me;
      this.share({ ...keptOf(tokens), username: proof.username, me });
      // Another person must not find what the one before had open.
      if (before && before.subject !== me.subject) window.location.assign("/");
    };
    return { recoveryCodes: tokens.recovery_codes, enter };
  }

  /** A second factor for an account that has to have one. Raises as signIn. */
  setUpSecondFactor(proof: Proof, language: string): Promise<SecondFactor> {
    return send<SecondFactor>("/api/projects/v1/second-factors", body(proof), language);
  }

  signOut(): void {
    this.channel.postMessage({ kind: "out" } satisfies Said);
    this.revoke();
    this.leave();
  }

  lock(reason: LockReason): void {
    if (this.state.phase !== "in") return;
    if (reason === "idle") this.revoke();
    this.kept = undefined;
    keepInWorker(undefined);
    this.set({ phase: "locked", reason });
  }

  private hear(said: Said): void {
    if (said.kind === "ask" && this.kept) this.channel.postMessage({ kind: "tell", kept: this.kept } satisfies Said);
    if (said.kind === "tell" && said.kept.expiresAt > (this.kept?.expiresAt ?? 0)) {
      if (!this.state.me || this.state.me.subject === said.kept.me.subject) this.take(said.kept);
    }
    if (said.kind === "out" && this.state.phase !== "out") this.leave();
    if (said.kind === "active") this.activeAt = Date.now();
  }

  private share(kept: Kept): void {
    this.activeAt = Date.now();
    this.take(kept);
    this.channel.postMessage({ kind: "tell", kept } satisfies Said);
  }

  private take(kept: Kept): void {
    this.kept = kept;
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
    else if (this.kept.expiresAt - Date.now() < RENEW_MS) void this.renew();
  }

  /** One tab renews for all: a renewal token is good once. What fails is tried again until the token ends. */
  private async renew(): Promise<void> {
    await navigator.locks.request("duban-renew", { ifAvailable: true }, async (held) => {
      const kept = this.kept;
      if (!held || !kept || kept.expiresAt - Date.now() >= RENEW_MS) return;
      try {
        const tokens = await send<Tokens>(`${TOKENS}/refresh`, { refresh_token: kept.refreshToken }, "");
        const { username, me } = kept;
        const renewed = { ...keptOf(tokens), username, me };
        this.take(renewed);
        this.channel.postMessage({ kind: "tell", kept: renewed } satisfies Said);
      } catch (error) {
        if (error instanceof SignInFailed && error.status === 401) this.lock("expired");
      }
    });
  }

  /** Ends the sign-in for all services; whoever is offline leaves all the same. */
  private revoke(): void {
    if (!this.kept) return;
    const told = JSON.stringify({ refresh_token: this.kept.refreshToken });
    void fetch(`${TOKENS}/revoke`, { method: "POST", headers: { "Content-Type": "application/json" }, body: told, keepalive: true }).catch(
      () => undefined,
    );
  }

  private set(change: Partial<SessionState>): void {
    this.state = { ...this.state, ...change };
    this.listeners.forEach((listener) => listener());
  }
}

function keptOf(tokens: Tokens): Pick<Kept, "token" | "refreshToken" | "expiresAt"> {
  return { token: tokens.access_token, refreshToken: tokens.refresh_token, expiresAt: Date.now() + tokens.expires_in * 1000 };
}

function body({ username, password, code }: Proof): Record<string, string> {
  return code ? { username, password, code } : { username, password };
}

async function send<T>(path: string, told: Record<string, string>, language: string): Promise<T> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (language) headers["Accept-Language"] = language;
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(told) });
  const said = (await answer.json().catch(() => ({}))) as Record<string, string>;
  if (!answer.ok) throw new SignInFailed(answer.status, said.code ?? "", said.detail || said.title || "");
  return said as T;
}

/** A wall shows and is not touched: it is not idle, and its token still ends. */
function isWall(): boolean {
  return new URLSearchParams(window.location.search).has("screen");
}

export const session = new Session();

export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, session.current);
}
