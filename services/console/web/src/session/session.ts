/** Who is signed in. The token lives in memory only: of this tab, of its sister tabs, and of the service worker
 * for as long as one of them is open, so that a reload need not ask for the password. */
import { useSyncExternalStore } from "react";
import type { Projects } from "../api/client";
import { text } from "../i18n/language";
import { ask, SignInFailed } from "./asking";
import { currentWays, endAddress, noteTried, type IssuerTokens } from "./ways";
import { isReachable } from "../away/reach";
import { forgetAway, readAway } from "../away/store";
import { keepInWorker, readFromWorker } from "./worker";

export { SignInFailed } from "./asking";

export type Principal = Projects["schemas"]["PrincipalRead"];
export type LockReason = "expired" | "idle" | "away";

export interface SessionState {
  /** Away: nobody could be asked when the page was opened; what was kept is shown, and what is written waits. */
  phase: "starting" | "out" | "in" | "locked" | "away";
  username: string;
  me: Principal | undefined;
  reason: LockReason | undefined;
  expiresAt: number;
  /** When it should have been extended by itself; 0 where it cannot be. */
  renewAt: number;
  /** When what is shown was kept; 0 unless away. */
  keptAt: number;
}

export interface Kept {
  token: string;
  /** Some issuers give none: then the session ends with its token. */
  refreshToken: string | undefined;
  expiresAt: number;
  renewAt: number;
  username: string;
  me: Principal;
  /** Signed in at the site's own issuer, to which this names the sign-in when it is to end. */
  issuer?: { idToken: string | undefined };
}

type Said = { kind: "ask" } | { kind: "tell"; kept: Kept } | { kind: "out" } | { kind: "active" };

export const IDLE_MS = 30 * 60_000;
const ASK_MS = 250;
const LOOK_MS = 5_000;
const KEEP_MS = 20_000;
/** A token is renewed so long before it ends, while somebody is there. */
const RENEW_MS = 5 * 60_000;
const TOKENS = "/api/projects/v1/tokens";
const ME = "/api/projects/v1/me";

/** What somebody shows to be let in; the code is that of the second factor, the new password replaces the other. */
export interface Proof {
  username: string;
  password: string;
  code: string;
  newPassword?: string;
}

/** Proved, and not in yet: recovery codes are seen once, before the page changes. */
export interface Admitted {
  recoveryCodes: string[];
  /** Why the identity of the application around the page could not be linked. */
  linkFault: string;
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
  private state: SessionState = { phase: "starting", username: "", me: undefined, reason: undefined, expiresAt: 0, renewAt: 0, keptAt: 0 };
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
    else await this.startWithout();
  }

  /** Without a network whoever chose to be kept on this device begins with what was kept. */
  private async startWithout(): Promise<void> {
    const away = await readAway();
    const isAway = away !== undefined && !(await isReachable());
    if (this.state.phase !== "starting") return;
    if (isAway) this.set({ phase: "away", username: away.username, me: away.me, keptAt: away.at });
    else this.set({ phase: "out" });
  }

  /** There is a network again: the same person signs in, and what waits is sent. */
  private async comeBack(): Promise<void> {
    if (this.state.phase === "away" && (await isReachable()) && this.state.phase === "away") this.set({ phase: "locked", reason: "away" });
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

  /** A service no longer takes this token: locks, and resolves when the person has signed in again. A token that was
   * renewed meanwhile is no reason to lock. */
  renewed(refused: string | undefined): Promise<void> {
    if (refused === undefined || refused === this.kept?.token) this.lock("expired");
    return this.ready();
  }

  /** With a ticket, the identity it stands for is linked to the account. Raises SignInFailed, or TypeError when
   * nobody answers. */
  async signIn(proof: Proof, language: string, ticket?: string): Promise<Admitted> {
    const tokens = await ask<Tokens>(TOKENS, body(proof), language);
    const admitted = await this.admit(ownOf(tokens), proof.username, language);
    const linkFault = ticket ? await link(tokens.access_token, ticket, language) : "";
    return { ...admitted, recoveryCodes: tokens.recovery_codes, linkFault };
  }

  /** By a ticket alone: the application around the page has said who it is. Raises as signIn. */
  async signInByTicket(ticket: string, code: string, language: string): Promise<Admitted> {
    const tokens = await ask<Tokens>(`${TOKENS}/platform`, code ? { ticket, code } : { ticket }, language);
    const admitted = await this.admit(ownOf(tokens), "", language);
    return { ...admitted, recoveryCodes: tokens.recovery_codes };
  }

  /** With what the site's own issuer gave. Raises as signIn. */
  admitFromIssuer(tokens: IssuerTokens, language: string): Promise<Admitted> {
    return this.admit(issuedOf(tokens), tokens.name ?? "", language);
  }

  private async admit(kept: Omit<Kept, "me" | "username">, username: string, language: string): Promise<Admitted> {
    const me = await ask<Principal>(ME, undefined, language, kept.token).catch((error: unknown) => {
      // The issuer knows the person, and nothing of what it says makes a caller of this system.
      const unknown = error instanceof SignInFailed && (error.status === 401 || error.status === 403);
      throw unknown ? new SignInFailed(error.status, error.code, text("session.notAdmitted")) : error;
    });
    const enter = () => {
      const before = this.state.me;
      this.share({ ...kept, username: username || text("session.me"), me });
      // Another person must not find what the one before had open.
      if (before && before.subject !== me.subject) window.location.assign("/");
    };
    return { recoveryCodes: [], linkFault: "", enter };
  }

  /** A second factor for an account that has to have one. Raises as signIn. */
  setUpSecondFactor(proof: Proof, language: string): Promise<SecondFactor> {
    return ask<SecondFactor>("/api/projects/v1/second-factors", body(proof), language);
  }

  signOut(): void {
    const { issuer } = currentWays();
    const end = issuer && endAddress(issuer, this.kept?.issuer?.idToken);
    this.channel.postMessage({ kind: "out" } satisfies Said);
    this.revoke();
    noteTried();
    // What was kept for a day without a network goes with who leaves.
    void forgetAway();
    this.leave();
    // Whoever sits down next would be signed in again by the issuer, without being asked.
    if (end) window.location.assign(end);
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
    this.set({ phase: "in", username, me, expiresAt, renewAt: kept.refreshToken ? kept.renewAt : 0, reason: undefined, keptAt: 0 });
    this.waiting.splice(0).forEach((resolve) => resolve());
  }

  private leave(): void {
    this.kept = undefined;
    keepInWorker(undefined);
    this.set({ phase: "out", username: "", me: undefined, reason: undefined, expiresAt: 0, renewAt: 0, keptAt: 0 });
  }

  private noteActivity(): void {
    this.activeAt = Date.now();
    if (this.activeAt - this.saidActiveAt > KEEP_MS) {
      this.saidActiveAt = this.activeAt;
      this.channel.postMessage({ kind: "active" } satisfies Said);
    }
  }

  private look(): void {
    if (this.state.phase === "away") void this.comeBack();
    if (!this.kept) return;
    if (Date.now() >= this.kept.expiresAt) this.lock("expired");
    else if (Date.now() - this.activeAt > IDLE_MS && !isWall()) this.lock("idle");
    else if (Date.now() > this.kept.renewAt) void this.renew();
  }

  /** One tab renews for all: a renewal token is good once. What fails is tried again until the token ends. */
  private async renew(): Promise<void> {
    await navigator.locks.request("duban-renew", { ifAvailable: true }, async (held) => {
      const kept = this.kept;
      if (!held || !kept?.refreshToken || Date.now() <= kept.renewAt) return;
      try {
        const renewed = { ...kept, ...(await renewalOf(kept, kept.refreshToken)) };
        this.take(renewed);
        this.channel.postMessage({ kind: "tell", kept: renewed } satisfies Said);
      } catch (error) {
        if (error instanceof SignInFailed && error.status === 401) this.lock("expired");
      }
    });
  }

  /** Ends the sign-in for all services; whoever is offline leaves all the same. */
  private revoke(): void {
    if (!this.kept || this.kept.issuer) return;
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

type Fresh = Omit<Kept, "me" | "username">;

function ownOf(tokens: Tokens): Fresh {
  const expiresAt = Date.now() + tokens.expires_in * 1000;
  return { token: tokens.access_token, refreshToken: tokens.refresh_token, expiresAt, renewAt: expiresAt - RENEW_MS };
}

/** Issuers' tokens may live for a minute only; they are renewed in the second half of their lives. */
function issuedOf(tokens: IssuerTokens): Fresh {
  const [now, life] = [Date.now(), tokens.expires_in * 1000];
  const renewAt = now + Math.max(life / 2, life - RENEW_MS);
  const [refreshToken, idToken] = [tokens.refresh_token ?? undefined, tokens.id_token ?? undefined];
  return { token: tokens.access_token, refreshToken, expiresAt: now + life, renewAt, issuer: { idToken } };
}

async function renewalOf(kept: Kept, refreshToken: string): Promise<Fresh> {
  const told = { refresh_token: refreshToken };
  if (!kept.issuer) return ownOf(await ask<Tokens>(`${TOKENS}/refresh`, told, ""));
  const fresh = issuedOf(await ask<IssuerTokens>("/sign-in/renewals", told, ""));
  // A renewal need not bring another ID token; the first one names the sign-in as well.
  return { ...fresh, issuer: { idToken: fresh.issuer?.idToken ?? kept.issuer.idToken } };
}

/** Links the account to whom the ticket stands for; why not, or nothing. */
async function link(token: string, ticket: string, language: string): Promise<string> {
  try {
    await ask(`${ME}/linked-identities`, { ticket }, language, token);
    return "";
  } catch (error) {
    return error instanceof SignInFailed && error.message ? error.message : text("session.unreachable");
  }
}

function body({ username, password, code, newPassword }: Proof): Record<string, string> {
  return { username, password, ...(code && { code }), ...(newPassword && { new_password: newPassword }) };
}

/** A wall shows and is not touched: it is not idle, and its token still ends. */
function isWall(): boolean {
  return new URLSearchParams(window.location.search).has("screen");
}

export const session = new Session();

export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, session.current);
}
