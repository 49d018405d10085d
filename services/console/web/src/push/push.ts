/** Web Push of this browser: whoever switches it on is told of alerts while no page is open. */
import { useSyncExternalStore } from "react";
import { alerts, ok } from "../api/client";
import { currentLanguage } from "../i18n/language";
import { session } from "../session/session";

/** What the browser is asked to remember: whose channel its subscription is. */
interface Kept {
  id: string;
  subject: string;
  endpoint: string;
}

export type Refusal = "denied" | "unavailable";

const KEPT = "duban.push";
const listeners = new Set<() => void>();
let on = false;

export function canPush(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

export function usePush(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => on,
  );
}

/** Looks whether this browser tells the reader; a subscription that the browser has changed is told anew. */
export async function lookAfterPush(): Promise<void> {
  if (!canPush()) return;
  const kept = recall();
  const found = await subscription();
  const mine = kept !== undefined && found !== undefined && kept.subject === subject();
  if (mine && found.endpoint !== kept.endpoint) await tell(found);
  set(mine);
}

/** Nothing when it is on, else why it is not. Raises Problem or Unreachable. */
export async function turnOn(): Promise<Refusal | undefined> {
  if ((await Notification.requestPermission()) !== "granted") return "denied";
  const { public_key: key } = await ok(alerts.GET("/v1/web-push-key"));
  const registration = await navigator.serviceWorker.ready;
  let made: PushSubscription;
  try {
    // One that was made for another installation's key would never be told anything.
    const before = await registration.pushManager.getSubscription();
    if (before && !isFor(before, key)) await before.unsubscribe();
    made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  } catch {
    // Some browsers have the interface and no push service behind it, as in China those of Google's.
    return "unavailable";
  }
  await tell(made);
  set(true);
  return undefined;
}

/** Raises Problem or Unreachable; the browser is told nothing more in any case. */
export async function turnOff(): Promise<void> {
  const kept = recall();
  localStorage.removeItem(KEPT);
  set(false);
  await (await subscription())?.unsubscribe();
  if (kept && kept.subject === subject()) await alerts.DELETE("/v1/push-subscriptions/{subscription_id}", { params: { path: { subscription_id: kept.id } } });
}

const PATIENCE_MS = 2_000;

/** Before somebody signs out: the next at this screen is not to read the alerts of the one before. */
export async function silence(): Promise<void> {
  if (!on) return;
  const waited = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([turnOff().catch(() => undefined), waited]);
}

async function tell(made: PushSubscription): Promise<void> {
  const { endpoint, keys } = made.toJSON();
  const body = {
    name: nameOfBrowser(navigator.userAgent),
    language: currentLanguage(),
    subscription: { endpoint: endpoint ?? "", keys: { p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" } },
  };
  const { id } = await ok(alerts.POST("/v1/push-subscriptions", { body }));
  localStorage.setItem(KEPT, JSON.stringify({ id, subject: subject() ?? "", endpoint: made.endpoint } satisfies Kept));
}

async function subscription(): Promise<PushSubscription | undefined> {
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ?? undefined;
}

function subject(): string | undefined {
  return session.current().me?.subject;
}

function recall(): Kept | undefined {
  const kept = localStorage.getItem(KEPT);
  return kept ? (JSON.parse(kept) as Kept) : undefined;
}

function set(next: boolean): void {
  on = next;
  listeners.forEach((listener) => listener());
}

function isFor(known: PushSubscription, key: string): boolean {
  const raw = known.options.applicationServerKey;
  if (!raw) return false;
  const text = btoa(String.fromCharCode(...new Uint8Array(raw)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") === key;
}

/** As people call it: browser and system. */
function nameOfBrowser(agent: string): string {
  const first = (names: Record<string, RegExp>) => Object.entries(names).find(([, pattern]) => pattern.test(agent))?.[0];
  const browser = first({ Edge: /Edg/, Firefox: /Firefox|FxiOS/, Opera: /OPR/, Chrome: /Chrome|CriOS/, Safari: /Safari/ });
  const system = first({ Android: /Android/, iOS: /iPhone|iPad/, Windows: /Windows/, macOS: /Mac OS/, Linux: /Linux/ });
  return [browser ?? "?", system].filter(Boolean).join(", ");
}
