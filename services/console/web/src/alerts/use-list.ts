/** The pages of the list, all of them in the end, and what the stream tells of them. */
import { useInfiniteQuery, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { alerts, ok } from "../api/client";
import { FIRST_PAGE, LARGEST_PAGE, type Page } from "../api/pages";
import { queryOf, type Filters } from "./filters";
import { useHeard } from "./live";
import { advanced, lineOf, type AlertLine, type AlertState } from "./model";

export const MOST = 20_000;
const CALM_MS = 500;

export function useAlertList(filters: Filters, personId: string | null | undefined) {
  const queries = useQueryClient();
  const asked = useMemo(() => queryOf(filters, personId), [filters, personId]);
  const key = useMemo(() => ["alerts", "list", asked] as const, [asked]);
  const list = useInfiniteQuery({
    queryKey: key,
    initialPageParam: "",
    staleTime: 60_000,
    queryFn: ({ pageParam, signal }) =>
      readPage({ ...asked, ...(pageParam ? { limit: LARGEST_PAGE, cursor: pageParam } : { limit: FIRST_PAGE }) }, signal),
    getNextPageParam: (page) => page.next_cursor || undefined,
  });
  const lines = useMemo(() => unique(list.data?.pages ?? []), [list.data]);
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = list;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError && lines.length < MOST) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, lines.length, fetchNextPage]);

  const waiting = useRef<AlertState[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const absorb = useCallback(async () => {
    const states = waiting.current.splice(0);
    queries.setQueryData<InfiniteData<Page<AlertLine>>>(key, (data) => data && withStates(data, states));
    // What is new is asked for by the list's own question: only the service knows what belongs to it.
    const known = new Set(lines.map((line) => line.id));
    if (states.every((state) => known.has(state.alert_id))) return;
    const head = await readPage({ ...asked, limit: 100 });
    queries.setQueryData<InfiniteData<Page<AlertLine>>>(key, (data) => data && withHead(data, head));
  }, [queries, key, asked, lines]);
  const latest = useRef(absorb);
  useEffect(() => {
    latest.current = absorb;
  }, [absorb]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useHeard(
    useCallback((state: AlertState) => {
      waiting.current.push(state);
      if (waiting.current.length === 1) {
        timer.current = setTimeout(() => void latest.current().catch(() => undefined), CALM_MS);
      }
    }, []),
  );
  return { ...list, lines, isComplete: !hasNextPage || lines.length >= MOST };
}

type Asked = ReturnType<typeof queryOf> & { limit: number; cursor?: string };

async function readPage(query: Asked, signal?: AbortSignal): Promise<Page<AlertLine>> {
  const page = await ok(alerts.GET("/v1/alerts", { params: { query }, ...(signal && { signal }) }));
  return { ...page, items: page.items.map(lineOf) };
}

function unique(pages: Page<AlertLine>[]): AlertLine[] {
  const byId = new Map<string, AlertLine>();
  for (const page of pages) for (const line of page.items) if (!byId.has(line.id)) byId.set(line.id, line);
  return [...byId.values()];
}

function withStates(data: InfiniteData<Page<AlertLine>>, states: AlertState[]): InfiniteData<Page<AlertLine>> {
  const byId = new Map(states.map((state) => [state.alert_id, state]));
  const pages = data.pages.map((page) => ({
    ...page,
    items: page.items.map((line) => {
      const state = byId.get(line.id);
      return state ? advanced(line, state) : line;
    }),
  }));
  return { ...data, pages };
}

function withHead(data: InfiniteData<Page<AlertLine>>, head: Page<AlertLine>): InfiniteData<Page<AlertLine>> {
  const [first, ...others] = data.pages;
  if (!first) return data;
  const known = new Set(data.pages.flatMap((page) => page.items.map((line) => line.id)));
  const fresh = head.items.filter((line) => !known.has(line.id));
  return { ...data, pages: [{ ...first, items: [...fresh, ...first.items] }, ...others] };
}
