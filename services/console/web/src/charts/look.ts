/** What all charts look like. */
import type { EChartsCoreOption } from "echarts/core";
import { number } from "../format";

export interface Look {
  ink: string;
  grid: string;
  accent: string;
  good: string;
  watch: string;
  bad: string;
}

export function look(dark: boolean): Look {
  return dark
    ? { ink: "#b3bdcc", grid: "#2a3542", accent: "#5b9bff", good: "#4caf50", watch: "#e89a2b", bad: "#e05252" }
    : { ink: "#4b5565", grid: "#e6eaf0", accent: "#1554b8", good: "#2e7d32", watch: "#c77700", bad: "#c01f1f" };
}

export type Point = [number | string, number | null];

const QUARTER_MS = 15 * 60_000;

/** A day's values at equal distances, at the beginnings of their slots; the offices' zone has no summer time. */
export function slotsOf(day: string, values: readonly (number | null)[]): Point[] {
  const midnight = Date.parse(`${day}T00:00:00+08:00`);
  const step = values.length ? 86_400_000 / values.length : QUARTER_MS;
  return values.map((value, slot): Point => [midnight + slot * step, value]);
}

/** Quarters of an hour from an instant on. */
export function quartersFrom(first: string, values: readonly (number | null)[]): Point[] {
  const from = Date.parse(first);
  return values.map((value, slot): Point => [from + slot * QUARTER_MS, value]);
}

export const LINE = { type: "line", showSymbol: false, connectNulls: false } as const;

/** Ends the name of a band's lower edge, which only carries it. */
const LOWER = " ▁";

/** A band between two lines, drawn as a transparent one with a filled one upon it. */
export function bandOf(name: string, low: readonly Point[], high: readonly Point[], colour: string): Series[] {
  const flat = { ...LINE, stack: name, lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false } };
  const width = high.map(([at, value], slot): Point => {
    const from = low[slot]?.[1];
    return [at, value === null || from === null || from === undefined ? null : value - from];
  });
  return [
    { ...flat, name: `${name}${LOWER}`, data: low, itemStyle: { color: "transparent" } },
    { ...flat, name, data: width, areaStyle: { color: colour, opacity: 0.18 }, itemStyle: { color: colour } },
  ];
}

/** What is drawn; only what has a name of its own stands in the legend. */
export interface Series {
  name: string;
  silent?: boolean;
  [facts: string]: unknown;
}

interface Framed {
  dark: boolean;
  series: readonly Series[];
  unit: string;
  axis?: "time" | "category";
  digits?: number;
}

/** Axes, legend and tooltip around the series of a page. */
export function framed({ dark, series, unit, axis = "time", digits = 0 }: Framed): EChartsCoreOption {
  const { ink, grid } = look(dark);
  const names = series.filter((it) => !it.name.endsWith(LOWER)).map((it) => it.name);
  return {
    grid: { left: 64, right: 20, top: 44, bottom: 32 },
    legend: { top: 4, textStyle: { color: ink }, icon: "roundRect", itemHeight: 8, data: names },
    tooltip: {
      trigger: "axis",
      // Text drawn on the canvas: the page's policy lets nobody write styles into it.
      renderMode: "richText",
      valueFormatter: (value: unknown) => (typeof value === "number" ? `${number(value, digits)} ${unit}` : "–"),
    },
    xAxis: { type: axis, axisLine: { lineStyle: { color: grid } }, axisLabel: { color: ink, hideOverlap: true } },
    yAxis: {
      type: "value",
      name: unit,
      nameTextStyle: { color: ink, align: "right" },
      axisLabel: { color: ink },
      splitLine: { lineStyle: { color: grid } },
    },
    series: [...series],
  };
}
