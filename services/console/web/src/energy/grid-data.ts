/** The grid: its tree, what its parts bear, and what is expected of them. */
import { useQuery } from "@tanstack/react-query";
import { energy, ok, Problem, type Energy } from "../api/client";
import { useList } from "../api/pages";
import { addDays, today } from "../clock";

export type TreeNode = Energy["schemas"]["TreeRead"];
export type Balance = Energy["schemas"]["BalanceSummary"];
export type DayBalance = Energy["schemas"]["BalanceRead"];
export type ForecastDay = Energy["schemas"]["ForecastDayRead"];

const MINUTE = 60_000;
const RATE_DAYS = 31;

export function useGridTree(on: string) {
  return useQuery({
    queryKey: ["grid", "tree", on],
    queryFn: async () => (await ok(energy.GET("/v1/grid-tree", { params: { query: { on } } }))).items,
  });
}

/** Balances of a day, by the code of their node. */
export function useDayBalances(on: string) {
  return useList<Balance>(
    ["grid", "balances", on],
    (part) => ok(energy.GET("/v1/grid-balances", { params: { query: { ...part, on } } })),
    { every: on === today() ? MINUTE : false },
  );
}

/** What was measured and what was forecast of a node's day; either may not be there. */
export function useNodeDay(code: string, day: string) {
  return useQuery({
    queryKey: ["grid", "day", code, day],
    enabled: !!code,
    refetchInterval: day === today() ? MINUTE : false,
    queryFn: async () => {
      const balance = (basis: "measured" | "forecast") =>
        orNone(ok(energy.GET("/v1/grid-nodes/{code}/balances/{day}", { params: { path: { code, day }, query: { basis } } })));
      const forecast = orNone(ok(energy.GET("/v1/grid-nodes/{code}/forecasts/latest", { params: { path: { code }, query: { day } } })));
      const [measured, expected, curve] = await Promise.all([balance("measured"), balance("forecast"), forecast]);
      return { measured, expected, curve };
    },
  });
}

export function useLoadRates(code: string, to: string) {
  return useQuery({
    queryKey: ["grid", "rates", code, to],
    enabled: !!code,
    queryFn: async () => {
      const query = { from: addDays(to, 1 - RATE_DAYS), to, interval: "day" as const };
      return (await ok(energy.GET("/v1/grid-nodes/{code}/load-rates", { params: { path: { code }, query } }))).items;
    },
  });
}

/** What is not there is an answer here, not a failure. */
async function orNone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Problem && (error.status === 404 || error.status === 409)) return undefined;
    throw error;
  }
}
