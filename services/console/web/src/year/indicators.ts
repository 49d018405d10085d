/** What enterprises report and what is added up. */
import { useQuery } from "@tanstack/react-query";
import { ok, projects, type Projects } from "../api/client";

export type Indicator = Projects["schemas"]["services__projects__economy__schemas__catalogue__IndicatorRead"];

/** The indicators in use, in the order of the form. */
export function useIndicators() {
  return useQuery({
    queryKey: ["economy", "indicators"],
    staleTime: 10 * 60_000,
    queryFn: async () => (await ok(projects.GET("/v1/economy-indicators"))).items.filter((it) => it.active),
  });
}
