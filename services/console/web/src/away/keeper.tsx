/** Keeps what the tasks of the day need, while there is a network; and says how old it is when there is none. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { session, useSession } from "../session/session";
import { choose, forgetAway, isChosen, keepAway, readAway, type Answer } from "./store";

const CALM_MS = 1_500;
/** The beginnings of what is asked on the page of tasks, in a report, and of names. */
const KEPT: readonly (readonly string[])[] = [["tasks"], ["alerts", "tasks"], ["projects", "reportable"], ["regions"], ["notices"]];

const listeners = new Set<() => void>();

export function useAwayChoice(): boolean {
  const { me } = useSession();
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isChosen(me?.subject),
  );
}

/** Kept on this device, or no longer. */
export async function chooseAway(wanted: boolean): Promise<void> {
  const { me } = session.current();
  if (wanted && me) choose(me.subject);
  else await forgetAway();
  listeners.forEach((listener) => listener());
}

export function AwayKeeper() {
  const queries = useQueryClient();
  const chosen = useAwayChoice();
  const { phase, me, username, keptAt } = useSession();
  const wasAway = useRef(false);
  useEffect(() => {
    // What was kept is replaced by what is.
    if (wasAway.current && keptAt === 0) void queries.invalidateQueries();
    wasAway.current = keptAt > 0;
  }, [keptAt, queries]);
  useEffect(() => {
    if (!chosen || phase !== "in" || !me) return undefined;
    // Its code too is fetched before it is needed.
    void import("../tasks/page").catch(() => undefined);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const keep = () => void keepAway({ username, me, at: Date.now(), answers: answersOf(queries) });
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(keep, CALM_MS);
    };
    soon();
    const stop = queries.getQueryCache().subscribe(({ type, query }) => {
      if (type === "updated" && query.state.status === "success" && isKept(query.queryKey as readonly unknown[])) soon();
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [chosen, phase, me, username, queries]);
  return null;
}

function isKept(key: readonly unknown[]): boolean {
  return KEPT.some((beginning) => beginning.every((word, place) => key[place] === word));
}

function answersOf(queries: QueryClient): Answer[] {
  const found = queries.getQueryCache().findAll({ predicate: ({ queryKey, state }) => isKept(queryKey) && state.data !== undefined });
  return found.map(({ queryKey, state }) => ({ key: queryKey, data: state.data, at: state.dataUpdatedAt }));
}

/** Gives the pages what is kept, before they ask; true when they have it. */
export function useKeptAnswers(queries: QueryClient): boolean {
  const { phase } = useSession();
  const [isReady, setReady] = useState(phase !== "away");
  useEffect(() => {
    if (isReady) return;
    void readAway()
      .then((away) => away?.answers.forEach(({ key, data, at }) => queries.setQueryData(key, data, { updatedAt: at })))
      .finally(() => setReady(true));
  }, [isReady, queries]);
  return isReady;
}
