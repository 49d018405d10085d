/** One stream a tab for all that shows alerts: it patches what the lists know, and tells who listens. */
import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { alerts, ok } from "../api/client";
import { allItems } from "../api/pages";
import { listen, type StreamState } from "../api/stream";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { advanced, isLive, lineOf, type AlertLine, type AlertState } from "./model";

export const OPEN_ALERTS = ["alerts", "open"] as const;
const MOST = 10_000;
const CALM_MS = 400;

type Heard = (state: AlertState, type: string) => void;

let streamState: StreamState = "connecting";
const stateListeners = new Set<() => void>();
const heard = new Set<Heard>();

/** Starts the stream with the session; used once, by the frame. */
export function useAlertStream(): void {
  const queries = useQueryClient();
  const { me } = useSession();
  const listens = may(me, "seeAlerts");
  useEffect(() => {
    if (!listens) return undefined;
    const patches = new Patches(queries);
    return listen("/api/alerts/v1/alerts/stream", {
      onState: (state) => {
        streamState = state;
        stateListeners.forEach((listener) => listener());
      },
      onEvent: ({ type, data }) => {
        if (type === "gap") void queries.invalidateQueries({ queryKey: ["alerts"] });
        if (!type.startsWith("alerts.alert.")) return;
        const state = JSON.parse(data) as AlertState;
        patches.add(state);
        heard.forEach((listener) => listener(state, type));
      },
    });
  }, [queries, me?.subject, listens]);
}

/** Gathers events for a moment: a storm of thousands is then one change of the page, not thousands. */
class Patches {
  private waiting: AlertState[] = [];

  constructor(private readonly queries: QueryClient) {}

  add(state: AlertState): void {
    this.waiting.push(state);
    if (this.waiting.length === 1) setTimeout(() => this.apply(), CALM_MS);
  }

  private apply(): void {
    const states = this.waiting.splice(0);
    this.queries.setQueryData<AlertLine[]>(OPEN_ALERTS, (lines) => lines && patched(lines, states));
    for (const id of new Set(states.map((state) => state.alert_id))) {
      void this.queries.invalidateQueries({ queryKey: ["alert", id] });
    }
  }
}

export function patched(lines: AlertLine[], states: AlertState[]): AlertLine[] {
  const byId = new Map(lines.map((line) => [line.id, line]));
  const fresh: AlertLine[] = [];
  for (const state of states) {
    const known = byId.get(state.alert_id);
    const line = advanced(known, state);
    if (!isLive(line)) byId.delete(line.id);
    else {
      if (!known) fresh.unshift(line);
      byId.set(line.id, line);
    }
  }
  const freshIds = new Set(fresh.map((line) => line.id));
  const ordered = [...fresh.map((line) => byId.get(line.id)), ...[...byId.values()].filter((it) => !freshIds.has(it.id))];
  return ordered.filter((line) => line !== undefined);
}

export function useStreamState(): StreamState {
  return useSyncExternalStore(
    (listener) => {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    () => streamState,
  );
}

export function useHeard(listener: Heard): void {
  useEffect(() => {
    heard.add(listener);
    return () => void heard.delete(listener);
  }, [listener]);
}

/** All alerts that are not over, newest first, kept up to date by the stream. */
export function useOpenAlerts() {
  return useQuery({
    queryKey: OPEN_ALERTS,
    staleTime: 5 * 60_000,
    queryFn: () =>
      allItems<AlertLine>(async (cursor) => {
        const query = { limit: 1000, "filter[status][in]": "open,acknowledged", ...(cursor && { cursor }) };
        const page = await ok(alerts.GET("/v1/alerts", { params: { query } }));
        return { ...page, items: page.items.map(lineOf) };
      }, MOST),
  });
}
