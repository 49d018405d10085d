/** What the situation is made of; every figure is asked for again by itself, and alerts come with the stream. */
import { useQuery } from "@tanstack/react-query";
import { energy, ok, projects, type Energy, type Projects } from "../api/client";
import { allItems } from "../api/pages";

export type Rate = Projects["schemas"]["RateRead"];
export type Stage = Projects["schemas"]["ProjectRead"]["stage"];
export type Health = "good" | "watch" | "bad";

const MINUTE = 60_000;

export interface StageCount {
  stage: Stage;
  good: number;
  watch: number;
  bad: number;
}

export const STAGES: readonly Stage[] = [
  "planned",
  "signed",
  "started",
  "completed",
  "in_production",
  "at_capacity",
  "opened",
  "suspended",
  "terminated",
];

/** Projects by stage; red where something of the second level is open, amber where of the first. */
export function useStages() {
  return useQuery({
    queryKey: ["situation", "stages"],
    refetchInterval: 2 * MINUTE,
    queryFn: async () => {
      const [all, open] = await Promise.all([
        allItems((cursor) =>
          ok(projects.GET("/v1/projects", { params: { query: { limit: 1000, fields: "id,stage", ...(cursor && { cursor }) } } })),
        ),
        allItems((cursor) =>
          ok(
            projects.GET("/v1/conditions", {
              params: {
                query: { limit: 1000, fields: "project_id,level", "filter[open][eq]": true, ...(cursor && { cursor }) },
              },
            }),
          ),
        ),
      ]);
      const worst = new Map<string, number>();
      for (const { project_id, level } of open) {
        if (project_id) worst.set(project_id, Math.max(level, worst.get(project_id) ?? 0));
      }
      const counts = new Map<Stage, StageCount>(STAGES.map((stage) => [stage, { stage, good: 0, watch: 0, bad: 0 }]));
      for (const { id, stage } of all) {
        const level = worst.get(id) ?? 0;
        const count = counts.get(stage);
        if (count) count[level >= 2 ? "bad" : level === 1 ? "watch" : "good"] += 1;
      }
      return [...counts.values()].filter((count) => count.good + count.watch + count.bad > 0);
    },
  });
}

/** The five rates, each by its first basis. */
export function useRates(region: string | null | undefined) {
  return useQuery({
    queryKey: ["situation", "rates", region],
    refetchInterval: 5 * MINUTE,
    queryFn: async () => {
      const { total } = await ok(
        projects.GET("/v1/rates", { params: { query: region ? { region_code: region } : {} } }),
      );
      const first = new Map<string, Rate>();
      for (const rate of total) if (!first.has(rate.rate)) first.set(rate.rate, rate);
      return [...first.values()];
    },
  });
}

export function useBalances() {
  return useQuery({
    queryKey: ["situation", "balances"],
    refetchInterval: MINUTE,
    queryFn: async () => {
      const query = { limit: 200, "filter[kind][in]": "area,substation" };
      return (await ok(energy.GET("/v1/grid-balances", { params: { query } }))).items;
    },
  });
}

export type EnergyCondition = Energy["schemas"]["ConditionRead"];

/** What is open on meters now, the newest first. */
export function useMeterConditions() {
  return useQuery({
    queryKey: ["situation", "conditions"],
    refetchInterval: MINUTE / 2,
    queryFn: async () => {
      const query = { limit: 8, "filter[status][eq]": "open" };
      return (await ok(energy.GET("/v1/conditions", { params: { query } }))).items;
    },
  });
}
