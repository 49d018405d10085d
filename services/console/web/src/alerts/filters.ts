/** The list's question, as it stands in the page's address. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { LIVE_STAGES } from "./model";

const NAMES = ["severity", "stage", "region", "kind", "text", "mine", "sort"] as const;
export type FilterName = (typeof NAMES)[number];
export type Filters = Partial<Record<FilterName, string>>;

export const EVERY_STAGE = "all";

export interface SavedFilter {
  name: string;
  search: string;
}

const KEPT = "duban.alerts.filters";

export function useFilters(): [Filters, (change: Filters) => void, string] {
  const [search, setSearch] = useSearchParams();
  const filters = useMemo(
    () => Object.fromEntries(NAMES.flatMap((name) => (search.get(name) ? [[name, search.get(name)]] : []))) as Filters,
    [search],
  );
  const change = useCallback(
    (wanted: Filters) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [name, value] of Object.entries(wanted)) {
            if (value) after.set(name, value);
            else after.delete(name);
          }
          return after;
        },
        { replace: true },
      ),
    [setSearch],
  );
  return [filters, change, search.toString()];
}

/** As the service's list understands it. */
export function queryOf(filters: Filters, personId: string | null | undefined) {
  const stage = filters.stage ?? LIVE_STAGES.join(",");
  return {
    ...(stage !== EVERY_STAGE && { "filter[stage][in]": stage }),
    ...(filters.severity && { "filter[severity][in]": filters.severity }),
    ...(filters.region && { "filter[region_code][within]": filters.region }),
    ...(filters.kind && { "filter[condition_kind][in]": filters.kind }),
    ...(filters.text && { "filter[object_label][contains]": filters.text }),
    ...(filters.mine && personId && { "filter[responsible_person_id][eq]": personId }),
    ...(filters.sort && { sort: filters.sort }),
  };
}

export function savedFilters(): SavedFilter[] {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "[]") as SavedFilter[];
  } catch {
    return [];
  }
}

export function keepFilters(saved: SavedFilter[]): void {
  localStorage.setItem(KEPT, JSON.stringify(saved));
}
