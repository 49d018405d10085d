/** Meters, their curves, and what was detected on them. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { energy, ok, type Energy } from "../api/client";
import { addDays, today } from "../clock";

export type Meter = Energy["schemas"]["MeterRead"];
export type Curve = Energy["schemas"]["CurveRead"];
export type CurvePage = Energy["schemas"]["CurvePage"];
export type Condition = Energy["schemas"]["ConditionRead"];
export type Span = "day" | "week" | "month" | "year";

export const DAYS: Record<Span, number> = { day: 1, week: 7, month: 31, year: 366 };
export const COMPARABLE = 62;

export function useMeters(words: string) {
  return useQuery({
    queryKey: ["meters", words],
    placeholderData: keepPreviousData,
    queryFn: async () => {
      const named = { limit: 50, sort: "meter_no" };
      const by = (field: "meter_no" | "name") =>
        ok(energy.GET("/v1/meters", { params: { query: { ...named, ...(words && { [`filter[${field}][contains]`]: words }) } } }));
      const [byNumber, byName] = await Promise.all([by("meter_no"), words ? by("name") : Promise.resolve({ items: [] })]);
      const found = new Map([...byNumber.items, ...byName.items].map((meter) => [meter.meter_no, meter]));
      return [...found.values()];
    },
  });
}

export function useMeter(no: string | null) {
  return useQuery({
    queryKey: ["meter", no],
    enabled: !!no,
    queryFn: () => ok(energy.GET("/v1/meters/{meter_no}", { params: { path: { meter_no: no ?? "" } } })),
  });
}

/** The days of a span that ends on `to`. */
export function firstOf(span: Span, to: string): string {
  return addDays(to, 1 - DAYS[span]);
}

export function useCurves(no: string | null, from: string, to: string) {
  return useQuery({
    queryKey: ["curves", no, from, to],
    enabled: !!no,
    placeholderData: keepPreviousData,
    refetchInterval: to >= today() ? 60_000 : false,
    // The address gives CSV and Arrow as well; JSON is what is asked for.
    queryFn: async () =>
      (await ok(
        energy.GET("/v1/meters/{meter_no}/curves", { params: { path: { meter_no: no ?? "" }, query: { from, to } } }),
      )) as CurvePage,
  });
}

export function useComparison(no: string | null, from: string, to: string, against: string) {
  return useQuery({
    queryKey: ["comparison", no, from, to, against],
    enabled: !!no && !!against,
    queryFn: () =>
      ok(
        energy.GET("/v1/meters/{meter_no}/comparison", {
          params: { path: { meter_no: no ?? "" }, query: { from, to, against } },
        }),
      ),
  });
}

export function useConditions(no: string | null, from: string, to: string) {
  return useQuery({
    queryKey: ["meter-conditions", no, from, to],
    enabled: !!no,
    queryFn: async () => {
      const query = {
        limit: 200,
        "filter[meter_no][eq]": no ?? "",
        "filter[opened_at][gte]": `${from}T00:00:00+08:00`,
        "filter[opened_at][lt]": `${addDays(to, 1)}T00:00:00+08:00`,
      };
      return (await ok(energy.GET("/v1/conditions", { params: { query } }))).items;
    },
  });
}
