/** Ways of signing in that lead away from the page and back: the site's own issuer (OpenID Connect with PKCE), and
 * the application whose webview shows the page. What proves that a return is ours rests in this tab until it is used. */
import { currentLanguage, text } from "../i18n/language";
import { ask, SignInFailed } from "./asking";

export interface Issuer {
  name: string;
  client_id: string;
  scope: string;
  authorization_endpoint: string;
  end_session_endpoint: string | null;
}

export interface Platform {
  id: string;
  kind: "wecom" | "dingtalk";
  name: string;
  authorize_address: string;
}

export interface Ways {
  issuer: Issuer | undefined;
  /** Those of the application that shows the page. */
  platforms: readonly Platform[];
  /** The issuer could not be asked. */
  fault: string;
}

export interface IssuerTokens {
  access_token: string;
  expires_in: number;
  refresh_token: string | null;
  id_token: string | null;
  name: string | null;
}

interface Begun {
  state: string;
  /** Where the reader was. */
  next: string;
  /** In a window of its own, which closes afterwards. */
  beside: boolean;
  platform?: string;
  verifier?: string;
  nonce?: string;
}

export type Returned =
  | { by: "issuer"; next: string; beside: boolean; tokens: IssuerTokens }
  | { by: "platform"; next: string; beside: boolean; ticket: string; linked: boolean };

export const START = "/sign-in/start";
export const RETURN = "/sign-in/return";
const BEGUN = "duban.sign-in";
const TRIED = "duban.sign-in-tried";
const PROJECTS = "/api/projects/v1";
const NOWHERE: Ways = { issuer: undefined, platforms: [], fault: "" };

let ways: Ways = NOWHERE;

/** Asks where people sign in; without an answer by name and password, as far as the page knows. */
export async function startWays(): Promise<void> {
  try {
    const { issuer } = await ask<{ issuer: Issuer | null }>("/sign-in.json", undefined, currentLanguage());
    ways = { ...NOWHERE, issuer: issuer ?? undefined };
    const kind = webview(navigator.userAgent);
    if (!issuer && kind) {
      const { items } = await ask<{ items: Platform[] }>(`${PROJECTS}/sign-in-platforms/offered`, undefined, currentLanguage());
      ways = { ...ways, platforms: items.filter((it) => it.kind === kind) };
    }
  } catch (error) {
    if (error instanceof SignInFailed && error.code === "console.issuer_silent") ways = { ...NOWHERE, fault: error.message };
  }
}

export function currentWays(): Ways {
  return ways;
}

/** The application whose webview shows the page. */
export function webview(agent: string): Platform["kind"] | undefined {
  if (/wxwork/i.test(agent)) return "wecom";
  return /dingtalk/i.test(agent) ? "dingtalk" : undefined;
}

/** Goes to the issuer. Raises SignInFailed where the browser keeps its cryptography for encrypted pages. */
export async function goToIssuer(issuer: Issuer, next: string, beside: boolean): Promise<void> {
  if (!("subtle" in crypto)) throw new SignInFailed(0, "", text("session.needsHttps"));
  const [state, nonce, verifier] = [random(), random(), random()];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  remember({ state, next, beside, verifier, nonce });
  const asked = new URLSearchParams({
    client_id: issuer.client_id,
    response_type: "code",
    scope: issuer.scope,
    redirect_uri: returnAddress(),
    state,
    nonce,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    ui_locales: currentLanguage(),
  });
  // Whoever sits at a page that locked itself proves anew who they are.
  if (beside) asked.set("prompt", "login");
  const to = new URL(issuer.authorization_endpoint);
  asked.forEach((value, name) => to.searchParams.set(name, value));
  window.location.assign(to);
}

/** Goes to the application's own page, which sends the browser back with a code. */
export function goToPlatform(platform: Platform, next: string): void {
  const state = random();
  remember({ state, next, beside: false, platform: platform.id });
  noteTried();
  const filled: Record<string, string> = { redirect_uri: returnAddress(), state };
  window.location.assign(platform.authorize_address.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(filled[name] ?? "")));
}

/** Goes there by itself, once: whoever came back without having signed in, or signed out, is left alone. */
export function goToPlatformOnce(): boolean {
  const [platform] = ways.platforms;
  if (!platform || sessionStorage.getItem(TRIED)) return false;
  goToPlatform(platform, here());
  return true;
}

export function noteTried(): void {
  sessionStorage.setItem(TRIED, "1");
}

/** What came of a sign-in that was begun in this tab. Raises SignInFailed, or TypeError when nobody answers. */
export async function comeBack(query: URLSearchParams): Promise<Returned> {
  const begun = recall();
  // Used or not, it is good once: the same address shown again finds nothing.
  if (!begun || query.get("state") !== begun.state) throw new SignInFailed(0, "state", text("session.stateUnknown"));
  const code = query.get("code") ?? query.get("authCode");
  if (!code) throw new SignInFailed(0, query.get("error") ?? "", text("session.refusedThere"));
  const { next, beside } = begun;
  if (begun.platform) {
    const told = { platform_id: begun.platform, code };
    return { by: "platform", next, beside, ...(await ask<{ ticket: string; linked: boolean }>(`${PROJECTS}/platform-tickets`, told, currentLanguage())) };
  }
  const from = query.get("iss");
  if (from && from !== ways.issuer?.name) throw new SignInFailed(0, "state", text("session.stateUnknown"));
  const told = { code, code_verifier: begun.verifier ?? "", nonce: begun.nonce ?? "", redirect_uri: returnAddress() };
  return { by: "issuer", next, beside, tokens: await ask<IssuerTokens>("/sign-in/tokens", told, currentLanguage()) };
}

/** Where the issuer ends its own session and sends the browser back from. */
export function endAddress(issuer: Issuer, idToken: string | undefined): string | undefined {
  if (!issuer.end_session_endpoint) return undefined;
  const to = new URL(issuer.end_session_endpoint);
  to.searchParams.set("client_id", issuer.client_id);
  to.searchParams.set("post_logout_redirect_uri", `${window.location.origin}/`);
  if (idToken) to.searchParams.set("id_token_hint", idToken);
  return to.href;
}

export function here(): string {
  const { pathname, search } = window.location;
  return pathname === START || pathname === RETURN ? "/" : pathname + search;
}

function returnAddress(): string {
  return window.location.origin + RETURN;
}

function remember(begun: Begun): void {
  sessionStorage.setItem(BEGUN, JSON.stringify(begun));
}

function recall(): Begun | undefined {
  const kept = sessionStorage.getItem(BEGUN);
  sessionStorage.removeItem(BEGUN);
  return kept ? (JSON.parse(kept) as Begun) : undefined;
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
