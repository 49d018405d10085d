/** From day curves to what the chart draws. */
import type { EChartsCoreOption } from "echarts/core";
import { look } from "../charts/look";
import { number } from "../format";
import { term, text } from "../i18n/language";
import type { Condition, Curve } from "./data";

const SLOT_MS = 60_000;
// In a longer span the names of what was detected would lie over each other.
const NAMED_DAYS = 31;
type Point = [number, number | null];

/** Interval-beginning instants of a day's slots; the offices' zone has no summer time. */
export function points(curves: readonly Curve[]): Point[] {
  return curves.flatMap((curve) => {
    const midnight = Date.parse(`${curve.date}T00:00:00+08:00`);
    return curve.values.map((value, slot): Point => [midnight + slot * curve.interval_minutes * SLOT_MS, value]);
  });
}

/** Slots that were not measured, by what they are instead. */
export function unmeasured(curves: readonly Curve[]): Map<string, Point[]> {
  const found = new Map<string, Point[]>();
  for (const curve of curves) {
    const midnight = Date.parse(`${curve.date}T00:00:00+08:00`);
    curve.quality.forEach((quality, slot) => {
      const value = curve.values[slot];
      if (quality === "measured" || value === null || value === undefined) return;
      const point: Point = [midnight + slot * curve.interval_minutes * SLOT_MS, value];
      found.set(quality, [...(found.get(quality) ?? []), point]);
    });
  }
  return found;
}

interface Drawing {
  curves: readonly Curve[];
  reference: Point[] | undefined;
  conditions: readonly Condition[];
  dark: boolean;
  unit: string;
}

const QUALITY_COLOURS: Record<string, string> = { estimated: "#d48806", edited: "#722ed1" };

export function optionOf({ curves, reference, conditions, dark, unit }: Drawing): EChartsCoreOption {
  const { ink, grid, accent } = look(dark);
  const others = unmeasured(curves);
  const names = [
    text("energy.load"),
    ...(conditions.length ? [text("energy.expected")] : []),
    ...(reference ? [text("energy.reference")] : []),
    ...[...others.keys()].map((quality) => term("quality", quality)),
  ];
  const line = { type: "line", showSymbol: false, sampling: "lttb", connectNulls: false } as const;
  return {
    color: [accent],
    grid: { left: 64, right: 20, top: 44, bottom: 70 },
    // The lower edge of the band is drawn only to carry it.
    legend: { top: 4, textStyle: { color: ink }, icon: "roundRect", itemHeight: 8, data: names },
    tooltip: {
      trigger: "axis",
      // Text drawn on the canvas: the page's policy lets nobody write styles into it.
      renderMode: "richText",
      valueFormatter: (value: unknown) => (typeof value === "number" ? `${number(value, 1)} ${unit}` : "–"),
    },
    xAxis: { type: "time", axisLine: { lineStyle: { color: grid } }, axisLabel: { color: ink, hideOverlap: true } },
    yAxis: {
      type: "value",
      name: unit,
      nameTextStyle: { color: ink, align: "right" },
      axisLabel: { color: ink },
      splitLine: { lineStyle: { color: grid } },
      scale: true,
    },
    dataZoom: [
      { type: "inside", throttle: 30 },
      { type: "slider", height: 22, bottom: 14, borderColor: grid, textStyle: { color: ink } },
    ],
    series: [
      { ...line, name: text("energy.load"), data: points(curves), lineStyle: { width: 1.6 }, markArea: markedAreas(conditions, curves.length <= NAMED_DAYS) },
      ...band(conditions, dark),
      ...(reference
        ? [{ ...line, name: text("energy.reference"), data: reference, lineStyle: { width: 1.2, type: "dashed", color: ink }, itemStyle: { color: ink } }]
        : []),
      ...[...others].map(([quality, data]) => ({
        type: "scatter",
        name: term("quality", quality),
        data,
        symbolSize: 4,
        large: true,
        itemStyle: { color: QUALITY_COLOURS[quality] ?? "#8c8c8c" },
      })),
    ],
  };
}

/** What was expected where something was detected, as a band below the curve. */
function band(conditions: readonly Condition[], dark: boolean) {
  const lows: Point[] = [];
  const widths: Point[] = [];
  for (const it of [...conditions].sort((one, other) => one.opened_at.localeCompare(other.opened_at))) {
    const [from, to] = spanOf(it);
    for (const at of [from, to]) {
      lows.push([at, it.expected_low_kw]);
      widths.push([at, it.expected_high_kw - it.expected_low_kw]);
    }
    lows.push([to + 1, null]);
    widths.push([to + 1, null]);
  }
  if (lows.length === 0) return [];
  const flat = { type: "line", stack: "expected", showSymbol: false, lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false } };
  const colour = dark ? "#49aa19" : "#389e0d";
  return [
    { ...flat, name: text("energy.expectedLow"), data: lows, itemStyle: { color: "transparent" } },
    { ...flat, name: text("energy.expected"), data: widths, areaStyle: { color: colour, opacity: 0.25 }, itemStyle: { color: colour } },
  ];
}

function spanOf(it: Condition): [number, number] {
  const from = Date.parse(it.opened_at);
  return [from, from + Math.max(15, it.lasted_minutes) * SLOT_MS];
}

function markedAreas(conditions: readonly Condition[], named: boolean) {
  return {
    silent: true,
    itemStyle: { color: "rgba(207, 19, 34, 0.12)" },
    label: { show: named, color: "#cf1322", fontSize: 11, position: "insideTop" },
    data: conditions.map((it) => {
      const [from, to] = spanOf(it);
      return [{ name: term("kind", it.kind), xAxis: from }, { xAxis: to }];
    }),
  };
}
