/** Reports that are sent when there is a network: in the order they were written, each once. */
import { useEffect, useSyncExternalStore } from "react";
import { Problem, problemOf, randomId, send, Unreachable } from "../api/client";
import { text } from "../i18n/language";
import { session, useSession } from "../session/session";
import { sentence } from "../shell/states";
import { amend, forget, keep, readAll, type Step, type Waiting } from "./store";

const FIRST_PAUSE_MS = 3_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** Services remember for a day what they carried out; what may have been carried out before that is not sent again by itself. */
const REMEMBERED_MS = 23 * 3_600_000;
/** What a service says when the same may simply be sent again later. */
const LATER = new Set([408, 425, 429, 503, 504]);
const IN_FLIGHT = "idempotency.in_flight";

type Listener = () => void;
type Told = (waiting: Waiting) => void;

class Outbox {
  private all: readonly Waiting[] = [];
  private readonly listeners = new Set<Listener>();
  private readonly sentListeners = new Set<Told>();
  private readonly channel = new BroadcastChannel("duban-outbox");
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pause = FIRST_PAUSE_MS;

  constructor() {
    this.channel.onmessage = () => void this.load();
    window.addEventListener("online", () => this.soon());
    session.subscribe(() => session.current().phase === "in" && this.soon());
    void this.load();
  }

  subscribe = (listener: Listener): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  onSent = (listener: Told): (() => void) => {
    this.sentListeners.add(listener);
    return () => this.sentListeners.delete(listener);
  };

  current = (): readonly Waiting[] => this.all;

  /** Keeps a report and sends it as soon as it can be; resolves when it is kept. */
  async add(report: Pick<Waiting, "kind" | "title" | "typed" | "steps"> & { id?: string | undefined }): Promise<void> {
    const subject = session.current().me?.subject ?? "";
    await keep({ ...report, id: report.id ?? randomId(), subject, at: Date.now(), state: "waiting" });
    await this.changed();
    this.soon();
  }

  async drop(id: string): Promise<void> {
    await forget(id);
    await this.changed();
  }

  async again(waiting: Waiting): Promise<void> {
    const { fault, ...rest } = waiting;
    void fault;
    // A person has looked: what nobody knew the end of is taken for not carried out.
    const steps = rest.steps.map(({ triedAt, ...step }) => (triedAt && isForgotten(triedAt) ? step : { ...step, ...(triedAt && { triedAt }) }));
    await keep({ ...rest, steps, state: "waiting" });
    await this.changed();
    this.soon();
  }

  private soon(): void {
    this.pause = FIRST_PAUSE_MS;
    void this.deliver();
  }

  /** One tab sends for all. */
  private async deliver(): Promise<void> {
    clearTimeout(this.timer);
    const isDone = await navigator.locks.request("duban-outbox", { ifAvailable: true }, (held) => (held ? this.sendAll() : false));
    if (isDone) return;
    this.timer = setTimeout(() => void this.deliver(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }

  /** False when something is left that may be sent later. */
  private async sendAll(): Promise<boolean> {
    const { phase, me } = session.current();
    if (phase !== "in" || !me) return true;
    for (const waiting of await readAll()) {
      if (waiting.subject !== me.subject || waiting.state !== "waiting") continue;
      try {
        for (const step of waiting.steps) await this.sendStep(waiting, step);
        await forget(waiting.id);
        this.sentListeners.forEach((listener) => listener(waiting));
      } catch (error) {
        // What is behind it need not be tried: nobody answers.
        if (isForLater(error)) return false;
        await amend({ ...waiting, state: "refused", fault: sentence(error) });
      } finally {
        await this.changed();
      }
    }
    return true;
  }

  private async sendStep(waiting: Waiting, step: Step): Promise<void> {
    if (step.done) return;
    if (step.triedAt && isForgotten(step.triedAt)) throw new Problem(0, "", text("outbox.unsure"), "");
    const triedBefore = step.triedAt;
    step.triedAt ??= Date.now();
    await amend(waiting);
    const headers = { "Content-Type": step.type, "Idempotency-Key": step.key };
    const answer = await send(new Request(`${window.location.origin}/api/${step.path}`, { method: "POST", headers, body: step.body }));
    if (!answer.ok) {
      const error = problemOf(answer.status, await answer.json().catch(() => ({})));
      // Refused is not carried out: the step may be sent anew at any time.
      if (!isForLater(error) && !triedBefore) delete step.triedAt;
      throw error;
    }
    step.done = true;
    await amend(waiting);
  }

  private async changed(): Promise<void> {
    await this.load();
    this.channel.postMessage("changed");
  }

  private async load(): Promise<void> {
    this.all = await readAll();
    this.listeners.forEach((listener) => listener());
  }
}

function isForgotten(triedAt: number): boolean {
  return Date.now() - triedAt > REMEMBERED_MS;
}

function isForLater(error: unknown): boolean {
  if (error instanceof Problem) return LATER.has(error.status) || error.code === IN_FLIGHT;
  return error instanceof Unreachable;
}

export const outbox = new Outbox();

export function postStep(path: string, body: object): Step {
  return { key: randomId(), path, type: "application/json", body: JSON.stringify(body), done: false };
}

export function fileStep(path: string, file: Blob): Step {
  return { key: randomId(), path, type: file.type, body: file, done: false };
}

/** What of mine waits, and how much somebody else left on this device. */
export function useOutbox(): { mine: readonly Waiting[]; others: number } {
  const { me } = useSession();
  const all = useSyncExternalStore(outbox.subscribe, outbox.current);
  const mine = all.filter((waiting) => waiting.subject === me?.subject);
  return { mine, others: all.length - mine.length };
}

export function useSent(listener: Told): void {
  useEffect(() => outbox.onSent(listener), [listener]);
}
