/** The year on the morning's page: whose promises fall behind, and who stands where in the contest. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { ok, projects, type Projects } from "../api/client";
import { allItems } from "../api/pages";
import { today } from "../clock";
import { number } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import { Panel } from "../shell/panel";
import { Loaded } from "../shell/states";
import { Bars } from "./bars";

type Target = Projects["schemas"]["TargetRead"];

const EVERY_MS = 5 * 60_000;
const SHOWN = 6;
const FILLS: Record<string, string> = { green: "fill-good", yellow: "fill-watch", red: "fill-bad" };

/** Targets of the whole, not their divisions, the furthest behind first. */
function useTargets(year: number) {
  return useQuery({
    queryKey: ["situation", "targets", year],
    refetchInterval: EVERY_MS,
    queryFn: async () => {
      const about = { limit: 1000, "filter[first_year][lte]": year, "filter[last_year][gte]": year, "filter[withdrawn][eq]": false };
      const all = await allItems((cursor) => ok(projects.GET("/v1/targets", { params: { query: { ...about, ...(cursor && { cursor }) } } })));
      const known = new Set(all.map((it) => it.id));
      const roots = all.filter((it) => !it.parent_id || !known.has(it.parent_id));
      return roots.sort((one, other) => behind(other) - behind(one));
    },
  });
}

/** What cannot be told stands last. */
function behind({ standing }: Target): number {
  return standing?.behind_points == null ? -Infinity : Number(standing.behind_points);
}

export function TargetsPanel() {
  const t = useTexts();
  useLanguage();
  const year = Number(today().slice(0, 4));
  const targets = useTargets(year);
  return (
    <Panel id="pace" title={t("situation.targets")} extra={<Link to={`/year/targets?year=${year}`}>{t("situation.all")}</Link>}>
      <Loaded query={targets} empty={(data) => data.length === 0}>
        {(data) => (
          <Bars
            wide
            most={100}
            bars={data.slice(0, SHOWN).map((it) => {
              const done = it.standing?.completion_percent;
              return {
                key: it.id,
                name: it.name,
                to: `/year/targets?year=${year}&target=${it.id}`,
                parts: [{ value: Math.max(0, Number(done ?? 0)), className: FILLS[it.light ?? ""] ?? "fill-blue", label: term("verdict.target", it.verdict) }],
                figure: done == null ? term("verdict.target", it.verdict) : `${number(done, 1)}%`,
              };
            })}
          />
        )}
      </Loaded>
    </Panel>
  );
}

/** The year's first contest as it stands now. */
function useStanding(year: number, quarter: number) {
  return useQuery({
    queryKey: ["situation", "contest", year, quarter],
    refetchInterval: EVERY_MS,
    queryFn: async () => {
      const [contest] = (await ok(projects.GET("/v1/contests", { params: { query: { limit: 1, "filter[year][eq]": year } } }))).items;
      if (!contest) return { contest, places: [] };
      const path = { contest_id: contest.id };
      const { places } = await ok(projects.GET("/v1/contests/{contest_id}/live-standing", { params: { path, query: { quarter } } }));
      return { contest, places };
    },
  });
}

export function ContestPanel() {
  const t = useTexts();
  useLanguage();
  const day = today();
  const [year, quarter] = [Number(day.slice(0, 4)), Math.ceil(Number(day.slice(5, 7)) / 3)];
  const standing = useStanding(year, quarter);
  const to = `/year/contest?year=${year}&quarter=${quarter}`;
  return (
    <Panel id="contest" title={standing.data?.contest?.name ?? t("situation.contest")} extra={<Link to={to}>{t("situation.all")}</Link>}>
      <Loaded query={standing} empty={({ places }) => places.length === 0}>
        {({ contest, places }) => (
          <Bars
            bars={places.slice(0, SHOWN).map((it) => ({
              key: it.participant_id,
              name: `${it.rank ?? "–"} ${it.name}`,
              to: `${to}&contest=${contest?.id ?? ""}&participant=${it.participant_id}`,
              parts: [{ value: Math.max(0, Number(it.score ?? 0)), className: "fill-blue", label: it.name }],
              figure: number(it.score, 1),
            }))}
          />
        )}
      </Loaded>
    </Panel>
  );
}
