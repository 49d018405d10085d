/** Contests: who stands where, out of what, and where other weights would put them. */
import { useQuery } from "@tanstack/react-query";
import { App, Button, Drawer, Segmented, Select, Table } from "antd";
import { useState } from "react";
import { ok, projects, type Projects } from "../api/client";
import { download } from "../api/download";
import { useList } from "../api/pages";
import { today } from "../clock";
import { instant, number } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { Mark } from "../shell/mark";
import { Panel } from "../shell/panel";
import { Rows } from "../shell/rows";
import { Loaded, sentence } from "../shell/states";
import { Simulation } from "./contest-simulation";
import { points } from "./figures";
import { YearFilter } from "./year-filter";

type Schemas = Projects["schemas"];
type Contest = Schemas["ContestRead"];
type Standing = Schemas["ContestStandingRead"];
type Place = Schemas["PlaceRead"];
type PlacePart = Schemas["PlacePart"];
export type Component = Schemas["ComponentRead"];

const QUARTERS = [1, 2, 3, 4];
/** Of the choice between the frozen editions and the figures of now. */
const NOW = "now";

export default function ContestPage() {
  const t = useTexts();
  useLanguage();
  const [search, setAddress] = useAddress();
  const year = Number(search.get("year") ?? today().slice(0, 4));
  const quarter = Number(search.get("quarter") ?? Math.ceil(Number(today().slice(5, 7)) / 3));
  const contests = useList<Contest>(["contests", year], (part) =>
    ok(projects.GET("/v1/contests", { params: { query: { ...part, "filter[year][eq]": year } } })),
  );
  const contest = contests.data?.find((it) => it.id === search.get("contest")) ?? contests.data?.[0];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("contest.title")}</h1>
      </div>
      <div className="filters">
        <YearFilter year={year} onChange={(year) => setAddress({ year, contest: "" })} />
        <Segmented<number>
          aria-label={t("contest.quarter")}
          value={quarter}
          onChange={(value) => setAddress({ quarter: String(value), edition: "" })}
          options={QUARTERS.map((value) => ({ value, label: t("contest.quarterOf", { n: value }) }))}
        />
        <Select
          className="filter-wide"
          aria-label={t("contest.title")}
          value={contest?.id ?? null}
          onChange={(value: string | null) => setAddress({ contest: value ?? "", edition: "" })}
          options={(contests.data ?? []).map((it) => ({ value: it.id, label: `${it.name} · ${term("contest.kind", it.kind)}` }))}
        />
      </div>
      <Loaded query={contests} empty={(data) => data.length === 0}>
        {() => contest && <Standings key={`${contest.id}${quarter}`} contest={contest} quarter={quarter} />}
      </Loaded>
    </div>
  );
}

function Standings({ contest, quarter }: { contest: Contest; quarter: number }) {
  const t = useTexts();
  const { message } = App.useApp();
  const [search, setAddress] = useAddress();
  const [trying, setTrying] = useState(false);
  const standings = useList<Standing>(["contests", contest.id, "standings", quarter], (part) =>
    ok(
      projects.GET("/v1/contest-standings", {
        params: { query: { ...part, "filter[contest_id][eq]": contest.id, "filter[quarter][eq]": quarter, sort: "-edition" } },
      }),
    ),
  );
  const chosen = search.get("edition");
  const standing = chosen === NOW ? undefined : (standings.data?.find((it) => String(it.edition) === chosen) ?? standings.data?.[0]);
  const schemes = useList(["contests", contest.id, "schemes"], (part) =>
    ok(projects.GET("/v1/contests/{contest_id}/schemes", { params: { path: { contest_id: contest.id }, query: part } })),
  );
  const scheme = standing?.scheme ?? newestUntil(schemes.data ?? [], quarter);
  return (
    <Loaded query={standings}>
      {(editions) => (
        <Panel
          id="standing"
          title={standing ? t("contest.frozen", { n: standing.edition }) : t("contest.now")}
          extra={
            <>
              {standing && `${instant(standing.frozen_at)} ${standing.reason}`}
              <Select
                aria-label={t("contest.edition")}
                value={standing ? String(standing.edition) : NOW}
                onChange={(value: string) => setAddress({ edition: value })}
                options={[
                  { value: NOW, label: t("contest.now") },
                  ...editions.map((it) => ({ value: String(it.edition), label: t("contest.editionOf", { n: it.edition }) })),
                ]}
              />
              <Button size="small" disabled={!scheme} onClick={() => setTrying(true)}>
                {t("contest.simulate")}
              </Button>
              {standing && (
                <Button
                  size="small"
                  onClick={() =>
                    void download(`projects/v1/contest-standings/${standing.id}/export`, `${contest.code}-${quarter}.xlsx`).catch((error: unknown) =>
                      message.error(sentence(error)),
                    )
                  }
                >
                  {t("action.export")}
                </Button>
              )}
            </>
          }
        >
          <Places contest={contest} quarter={quarter} standing={standing} components={scheme?.components ?? []} />
          {trying && scheme && (
            <Simulation
              contestId={contest.id}
              quarter={quarter}
              edition={standing?.edition}
              components={scheme.components}
              onClose={() => setTrying(false)}
            />
          )}
        </Panel>
      )}
    </Loaded>
  );
}

function newestUntil(schemes: readonly Schemas["SchemeRead"][], quarter: number): Schemas["SchemeRead"] | undefined {
  return schemes.filter((it) => it.from_quarter <= quarter).sort((one, other) => other.revision - one.revision)[0];
}

interface PlacesProps {
  contest: Contest;
  quarter: number;
  standing: Standing | undefined;
  components: readonly Component[];
}

function Places({ contest, quarter, standing, components }: PlacesProps) {
  const t = useTexts();
  const [search, setAddress] = useAddress();
  const places = useQuery({
    queryKey: ["contests", contest.id, "places", quarter, standing?.id ?? NOW],
    queryFn: async () => {
      if (!standing) {
        const path = { contest_id: contest.id };
        return (await ok(projects.GET("/v1/contests/{contest_id}/live-standing", { params: { path, query: { quarter } } }))).places;
      }
      const path = { standing_id: standing.id };
      return (await ok(projects.GET("/v1/contest-standings/{standing_id}/participants", { params: { path, query: { limit: 1000 } } }))).items;
    },
  });
  const open = places.data?.find((it) => it.participant_id === search.get("participant"));
  return (
    <>
      <Rows<Place>
        query={places}
        rowKey={(row) => row.participant_id}
        width={720}
        onOpen={(row) => setAddress({ participant: row.participant_id })}
        columns={[
          { title: t("contest.rank"), width: 72, align: "right", render: (_, row) => row.rank ?? "–" },
          {
            title: t("contest.participant"),
            render: (_, row) => (
              <>
                <button type="button" className="plain-link" onClick={() => setAddress({ participant: row.participant_id })}>
                  {row.name}
                </button>{" "}
                {row.is_disqualified && <Mark tone="error">{t("contest.disqualified")}</Mark>}
              </>
            ),
          },
          ...components.map((component) => ({
            title: `${inLanguage(component.name_zh, component.name_en)} ${points(component.weight, 0)}`,
            align: "right" as const,
            render: (_: unknown, row: Place) => <PartScore part={row.parts.find((it) => it.component === component.code)} detailed={row.detailed} />,
          })),
          { title: t("contest.bonus"), align: "right", render: (_, row) => signed(row.bonus, row.deduction) },
          { title: t("contest.score"), align: "right", render: (_, row) => (row.score === null ? "–" : <strong>{number(row.score, 2)}</strong>) },
        ]}
      />
      {open && <PlaceDrawer contest={contest} quarter={quarter} standing={standing} place={open} components={components} onClose={() => setAddress({ participant: "" })} />}
    </>
  );
}

function PartScore({ part, detailed }: { part: PlacePart | undefined; detailed: boolean }) {
  const t = useTexts();
  if (!detailed) return <span className="no-figure">{t("contest.notShown")}</span>;
  if (!part || part.points === null) return <span className="no-figure">{part?.reason ? term("lack", part.reason) : "–"}</span>;
  return <>{number(part.points, 2)}</>;
}

/** Bonus and deduction in one: none of both is a dash, never a nought. */
function signed(bonus: string, deduction: string): string {
  const said = [Number(bonus) > 0 && `+${number(bonus, 2)}`, Number(deduction) > 0 && `−${number(deduction, 2)}`].filter(Boolean);
  return said.length ? said.join(" ") : "–";
}

interface PlaceDrawerProps {
  contest: Contest;
  quarter: number;
  standing: Standing | undefined;
  place: Place;
  components: readonly Component[];
  onClose: () => void;
}

/** One participant's score down to the rows that it is made of. */
function PlaceDrawer({ contest, quarter, standing, place, components, onClose }: PlaceDrawerProps) {
  const t = useTexts();
  const facts = useQuery({
    queryKey: ["contests", contest.id, "rows", quarter, standing?.id ?? NOW, place.participant_id],
    enabled: place.detailed,
    queryFn: async () => {
      const participant_id = place.participant_id;
      const answer = standing
        ? projects.GET("/v1/contest-standings/{standing_id}/participants/{participant_id}/rows", { params: { path: { standing_id: standing.id, participant_id } } })
        : projects.GET("/v1/contests/{contest_id}/live-standing/participants/{participant_id}/rows", {
            params: { path: { contest_id: contest.id, participant_id }, query: { quarter } },
          });
      return (await ok(answer)).items;
    },
  });
  return (
    <Drawer open size={760} title={place.name} onClose={onClose}>
      {[...place.vetoes, ...place.reasons].map((it) => (
        <p key={"id" in it ? it.id : `${it.component}${it.code}`} className="late">
          {"id" in it ? inLanguage(it.explanation_zh, it.explanation_en) : inLanguage(it.text_zh, it.text_en)}
        </p>
      ))}
      {place.adjustments.length > 0 && (
        <ul>
          {place.adjustments.map((it) => (
            <li key={`${it.kind}${it.code}${it.evidence}`}>
              {inLanguage(it.name_zh, it.name_en)} {it.kind === "deduction" ? "−" : "+"}
              {number(it.points, 2)} {it.evidence}
            </li>
          ))}
        </ul>
      )}
      {!place.detailed && <p className="no-figure">{t("contest.notShown")}</p>}
      {place.detailed &&
        components.map((component) => {
          const part = place.parts.find((it) => it.component === component.code);
          return (
            <section key={component.code} className="gap-below">
              <h3>{inLanguage(component.name_zh, component.name_en)}</h3>
              <PartLine part={part} component={component} />
              <Loaded query={facts} rows={2}>
                {(items) => <FactRows rows={items.find((it) => it.component === component.code)?.rows ?? []} />}
              </Loaded>
            </section>
          );
        })}
    </Drawer>
  );
}

function PartLine({ part, component }: { part: PlacePart | undefined; component: Component }) {
  const t = useTexts();
  if (!part) return null;
  const said = [
    t("contest.level", { value: part.value === null ? term("lack", part.reason) : number(part.value, 2), score: part.level_score === null ? "–" : number(part.level_score, 1), share: points(component.level_share, 0) }),
    Number(component.growth_share) > 0 &&
      t("contest.growth", { value: part.growth === null ? term("lack", part.growth_reason) : points(part.growth), score: part.growth_score === null ? "–" : number(part.growth_score, 1), share: points(component.growth_share, 0) }),
    t("contest.counts", { weight: points(part.weight), points: part.points === null ? "–" : number(part.points, 2) }),
  ];
  return <p>{said.filter(Boolean).join(" · ")}</p>;
}

function FactRows({ rows }: { rows: readonly Schemas["ContestFact"][] }) {
  const t = useTexts();
  if (rows.length === 0) return <p className="no-figure">{t("state.empty")}</p>;
  return (
    <Table
      size="small"
      rowKey="id"
      pagination={{ pageSize: 10, hideOnSinglePage: true, showSizeChanger: false }}
      dataSource={[...rows]}
      columns={[
        { title: t("contest.row"), render: (_, row) => `${row.code} ${row.name}` },
        { title: t("contest.value"), align: "right", render: (_, row) => shared(row.value, row.whole) },
        { title: t("contest.base"), align: "right", render: (_, row) => shared(row.base, row.base_whole) },
        { title: t("contest.known"), render: (_, row) => (row.known_at ? instant(row.known_at) : "–") },
      ]}
    />
  );
}

/** What counts of a row, and the whole where only a part does. */
function shared(value: string | null, whole: string | null): string {
  if (value === null) return "–";
  return whole !== null && whole !== value ? `${number(value, 2)} / ${number(whole, 2)}` : number(value, 2);
}
