/** Shifts handed over, and what stands in what two people sign. */
import { useQuery } from "@tanstack/react-query";
import { alerts, ok, type Alerts } from "../api/client";
import { allItems, useList } from "../api/pages";
import type { Severity, Stage } from "../alerts/model";
import { inLanguage } from "../i18n/language";
import type { Principal } from "../session/session";

export type Handover = Alerts["schemas"]["HandoverRead"];
export type WholeHandover = Alerts["schemas"]["HandoverDetail"];

/** Of the API an object without a contract: it is signed as it was written, and an older one may lack what is newer. */
export interface Statement {
  at?: string;
  note?: string;
  open_alerts_total?: number;
  open_alerts?: readonly StatedAlert[];
  mutes?: readonly { id: string; kind: string; reason: string; author: string; ends_at: string | null }[];
  failed_deliveries?: readonly { kind: string; error: string | null; count: number }[];
  findings?: readonly { kind: string; object_id: string; found_at: string }[];
  doctor?: readonly { code: string; state: string; says: string }[];
}

export interface StatedAlert {
  id: string;
  number: number;
  severity: Severity;
  stage: Stage;
  title_zh: string;
  title_en: string;
  occurred_at: string;
  responsible_person_id: string | null;
  promised_at: string | null;
  promises_broken: number;
  muted_by: string | null;
  muted_until: string | null;
}

export function useHandovers(roster: string) {
  return useList<Handover>(["handovers", "list", roster], (part) =>
    ok(alerts.GET("/v1/duty-handovers", { params: { query: { ...part, ...(roster && { "filter[roster_code][eq]": roster }) } } })),
  );
}

/** Asked again until the second signature is there: it is given on another desk. */
export function useHandover(id: string) {
  return useQuery({
    queryKey: ["handovers", "one", id],
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.taken_at ? false : 15_000),
    queryFn: () => ok(alerts.GET("/v1/duty-handovers/{handover_id}", { params: { path: { handover_id: id } } })),
  });
}

/** What would be signed now; asked again while somebody reads it. */
export function usePreview(roster: string) {
  return useQuery({
    queryKey: ["handovers", "preview", roster],
    enabled: roster !== "",
    staleTime: 0,
    refetchInterval: 30_000,
    queryFn: async () => (await ok(alerts.GET("/v1/duty-handovers/preview", { params: { query: { roster_code: roster } } }))).statement as Statement,
  });
}

/** How many of the newest are looked through for those that wait for a second signature. */
const LATELY = 20;

/** Shifts that somebody is to take over. */
export function useShiftsToTake(me: Principal | undefined) {
  const person = me?.person_id;
  return useQuery({
    queryKey: ["handovers", "mine", person],
    enabled: Boolean(person) && me?.role !== "enterprise",
    refetchInterval: 60_000,
    queryFn: async () => {
      const query = { limit: LATELY, "filter[taker_id][eq]": person ?? "", sort: "-given_at" };
      return (await ok(alerts.GET("/v1/duty-handovers", { params: { query } }))).items.filter((it) => it.taken_at === null);
    },
  });
}

/** Rosters by code; an office has few of them. */
export function useRosters() {
  const query = useQuery({
    queryKey: ["rosters"],
    staleTime: 10 * 60_000,
    queryFn: () => allItems((cursor) => ok(alerts.GET("/v1/duty-rosters", { params: { query: { limit: 1000, ...(cursor && { cursor }) } } }))),
  });
  const rosters = query.data ?? [];
  const names = new Map(rosters.map((it) => [it.code, inLanguage(it.name_zh, it.name_en)]));
  return {
    query,
    options: rosters.map((it) => ({ value: it.code, label: names.get(it.code) ?? it.code })),
    name: (code: string) => names.get(code) ?? code,
  };
}
