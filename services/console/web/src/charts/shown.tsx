/** A chart that is loaded when it is shown, not before. */
import { Skeleton } from "antd";
import type { EChartsCoreOption } from "echarts/core";
import { lazy, Suspense } from "react";

const Chart = lazy(() => import("./chart"));

export function ShownChart(drawn: { option: EChartsCoreOption; label: string; height?: number }) {
  return (
    <Suspense fallback={<Skeleton active />}>
      <Chart {...drawn} />
    </Suspense>
  );
}
