/** Projects and what belongs to one. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ok, projects, tagged, type Projects } from "../api/client";
import { allItems, LARGEST_PAGE, type Page } from "../api/pages";

export type Project = Projects["schemas"]["ProjectRead"];
export type Milestone = Project["plan"][number]["milestone"];

const LEDGER_PAGE = 200;
const LEDGER_FIELDS = [
  ...["id", "code", "name", "kind", "stage", "region_code", "is_key", "key_level", "total_investment_yuan"],
  ...["contract_amount_yuan", "invested_yuan", "verified_funds_yuan", "percent", "signed_on", "last_progress_on"],
  ...["plan", "sector_code", "park_code", "channel", "version"],
].join(",");

const TOGETHER_FIELDS = [LEDGER_FIELDS, "location", "allowed_stages"].join(",");
/** More than that nobody overlooks; the filters narrow it. */
export const TOGETHER = 3_000;

export type Query = Record<string, string>;

/** The address' parameters as the service's list understands them. */
export function queryOf(search: URLSearchParams): Query {
  const query: Query = {};
  const put = (name: string, filter: string) => {
    const value = search.get(name);
    if (value) query[filter] = value;
  };
  put("stage", "filter[stage][in]");
  put("kind", "filter[kind][in]");
  put("region", "filter[region_code][within]");
  put("text", "filter[name][contains]");
  put("key", "filter[is_key][eq]");
  put("sort", "sort");
  return query;
}

/** As the service keeps it under a name; its own words, so that every client reads it. */
export function savedQuery(search: URLSearchParams): string {
  return new URLSearchParams(queryOf(search)).toString();
}

export function searchOf(query: string): URLSearchParams {
  const names: Record<string, string> = {
    "filter[stage][in]": "stage",
    "filter[kind][in]": "kind",
    "filter[region_code][within]": "region",
    "filter[name][contains]": "text",
    "filter[is_key][eq]": "key",
    sort: "sort",
  };
  const search = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(query)) if (names[name]) search.set(names[name], value);
  return search;
}

export function useLedger(query: Query) {
  const list = useInfiniteQuery({
    queryKey: ["projects", query],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      ok(
        projects.GET("/v1/projects", {
          params: { query: { ...query, limit: LEDGER_PAGE, fields: LEDGER_FIELDS, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ) as Promise<Page<Project>>,
    getNextPageParam: (page) => page.next_cursor || undefined,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  return { ...list, rows };
}

/** All projects of a question, for pages that show them together. */
export function useProjectsTogether(query: Query) {
  return useQuery({
    queryKey: ["projects", "together", query],
    placeholderData: keepPreviousData,
    queryFn: () =>
      allItems(
        (cursor) =>
          ok(
            projects.GET("/v1/projects", {
              params: { query: { ...query, limit: LARGEST_PAGE, fields: TOGETHER_FIELDS, ...(cursor && { cursor }) } },
            }),
          ) as Promise<Page<Project>>,
        TOGETHER,
      ),
  });
}

type Behind = Projects["schemas"]["BehindRead"];
export type RatePart = "numerator" | "outstanding" | "unusable";

/** The projects behind a rate's figure. */
export function useRateProjects(rate: string, basis: string | null, part: RatePart, region: string | null | undefined) {
  return useQuery({
    queryKey: ["rate-projects", rate, basis, part, region],
    queryFn: async () => {
      const query = {
        part,
        limit: 500,
        ...(basis && { basis: basis as "all" }),
        ...(region && { region_code: region }),
      };
      return (await ok(projects.GET("/v1/rates/{rate}/projects", { params: { path: { rate: rate as "start" }, query } })))
        .items satisfies Behind[];
    },
  });
}

export function useProject(id: string) {
  return useQuery({
    queryKey: ["project", id],
    queryFn: async () => {
      const { body, tag } = await tagged(projects.GET("/v1/projects/{project_id}", { params: { path: { project_id: id } } }));
      return { project: body, tag };
    },
  });
}

export function useProblems(id: string) {
  return useQuery({
    queryKey: ["project", id, "problems"],
    queryFn: async () => {
      const query = { limit: 200, "filter[project_id][eq]": id };
      return (await ok(projects.GET("/v1/problems", { params: { query } }))).items;
    },
  });
}

export function useActions(id: string) {
  return useQuery({
    queryKey: ["project", id, "actions"],
    queryFn: async () => {
      const query = { limit: 200, "filter[project_id][eq]": id };
      return (await ok(projects.GET("/v1/action-items", { params: { query } }))).items;
    },
  });
}

export function useDocuments(id: string) {
  return useQuery({
    queryKey: ["project", id, "documents"],
    queryFn: async () => {
      const query = { limit: 200, "filter[owner_id][eq]": id, "filter[withdrawn][eq]": false };
      return (await ok(projects.GET("/v1/documents", { params: { query } }))).items;
    },
  });
}

export function useHistory(id: string) {
  return useQuery({
    queryKey: ["project", id, "history"],
    queryFn: async () => {
      const named = { path: { project_id: id }, query: { limit: 200, sort: "-version" } };
      return (await ok(projects.GET("/v1/projects/{project_id}/history", { params: named }))).items;
    },
  });
}

export function useApprovals(id: string) {
  return useQuery({
    queryKey: ["project", id, "approvals"],
    queryFn: async () => {
      const query = { limit: 200, "filter[project_id][eq]": id };
      return (await ok(projects.GET("/v1/approval-cases", { params: { query } }))).items;
    },
  });
}

/** The planned course and what was reported: the S-curve. A project without a plan has none. */
export function useCourse(id: string) {
  return useQuery({
    queryKey: ["project", id, "course"],
    queryFn: async () => {
      const path = { project_id: id };
      const [plan, progress] = await Promise.all([
        ok(projects.GET("/v1/projects/{project_id}/plan-curve", { params: { path } })),
        ok(projects.GET("/v1/projects/{project_id}/progress-entries", { params: { path, query: { limit: 1000 } } })),
      ]);
      return { plan, progress: progress.items };
    },
  });
}
