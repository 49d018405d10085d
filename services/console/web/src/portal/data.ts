/** What an enterprise is asked for and asks for; the services show it nothing of another. */
import { useQuery } from "@tanstack/react-query";
import { energy, ok, projects, tagged, type Energy, type Projects } from "../api/client";
import { useList } from "../api/pages";

export type ReportItem = Projects["schemas"]["ReportItem"];
export type Report = Projects["schemas"]["ReportRead"];
export type Line = Projects["schemas"]["LineRead"];
export type Appeal = Projects["schemas"]["AppealBrief"];
export type Order = Energy["schemas"]["services__energy__activations__schemas__OrderRead"];
export type Meter = Energy["schemas"]["MeterRead"];

export function useReports() {
  return useList<ReportItem>(["portal", "reports"], (part) =>
    ok(projects.GET("/v1/economy-reports", { params: { query: { ...part, sort: "-month" } } })),
  );
}

export function useReport(id: string) {
  return useQuery({
    queryKey: ["portal", "report", id],
    queryFn: async () => {
      const { body, tag } = await tagged(projects.GET("/v1/economy-reports/{report_id}", { params: { path: { report_id: id } } }));
      return { report: body, tag };
    },
  });
}

export function useOwnOrders() {
  return useList<Order>(
    ["portal", "orders"],
    (part) => ok(energy.GET("/v1/activation-orders", { params: { query: { ...part, sort: "-starts_at" } } })),
    { every: 15_000 },
  );
}

export function useAppeals() {
  return useList<Appeal>(["portal", "appeals"], (part) =>
    ok(projects.GET("/v1/appeals", { params: { query: { ...part, sort: "-accepted_at" } } })),
  );
}

export function useOwnMeters() {
  return useList<Meter>(["portal", "meters"], (part) => ok(energy.GET("/v1/meters", { params: { query: { ...part, sort: "meter_no" } } })), { most: 200 });
}
