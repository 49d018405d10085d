/** Names of regions by their code; there are few and they hardly change. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ok, projects } from "./client";
import { allItems } from "./pages";

export interface Regions {
  name: (code: string | null | undefined) => string;
  all: readonly { code: string; name: string }[];
}

export function useRegions(): Regions {
  const query = useQuery({
    queryKey: ["regions"],
    staleTime: 10 * 60_000,
    queryFn: () =>
      allItems((cursor) =>
        ok(projects.GET("/v1/regions", { params: { query: { limit: 1000, ...(cursor && { cursor }) } } })),
      ),
  });
  return useMemo(() => {
    const all = (query.data ?? []).map(({ code, name }) => ({ code, name }));
    const names = new Map(all.map((region) => [region.code, region.name]));
    return { all, name: (code) => (code ? (names.get(code) ?? code) : "–") };
  }, [query.data]);
}
