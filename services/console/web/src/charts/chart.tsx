/** ECharts with the parts that this page needs; loaded when a chart is shown, not before. */
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import {
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
} from "echarts/components";
import { init, use as register, type EChartsCoreOption } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { FONTS, useDark } from "../shell/appearance";

register([
  BarChart,
  LineChart,
  ScatterChart,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  CanvasRenderer,
]);

interface ChartProps {
  option: EChartsCoreOption;
  /** What the picture says, for those who do not see it. */
  label: string;
  height?: number;
}

export default function Chart({ option, label, height = 360 }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const dark = useDark();
  const chart = useRef<ReturnType<typeof init>>(undefined);
  useEffect(() => {
    if (!place.current) return;
    const made = init(place.current, dark ? "dark" : undefined, { renderer: "canvas" });
    chart.current = made;
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(place.current);
    return () => {
      watch.disconnect();
      made.dispose();
    };
  }, [dark]);
  useEffect(() => {
    chart.current?.setOption(
      { backgroundColor: "transparent", textStyle: { fontFamily: FONTS }, animation: false, ...option },
      { notMerge: true },
    );
  }, [option, dark]);
  return <div ref={place} role="img" aria-label={label} style={{ height }} />;
}
