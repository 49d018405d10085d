/** Generation: what was expected and what came, by kind and by plant, and the year's targets. */
import { useQuery } from "@tanstack/react-query";
import { DatePicker, Table } from "antd";
import dayjs from "dayjs";
import { useMemo } from "react";
import { energy, ok, type Energy } from "../api/client";
import { useList } from "../api/pages";
import { useRegions } from "../api/regions";
import { framed, LINE, look, slotsOf } from "../charts/look";
import { ShownChart } from "../charts/shown";
import { addDays, today } from "../clock";
import { energyAmount, number, percent, power } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { Mark } from "../shell/mark";
import { Panel } from "../shell/panel";
import { Rows } from "../shell/rows";
import { Loaded } from "../shell/states";
import { useDark } from "../shell/appearance";

type Plant = Energy["schemas"]["PlantRead"];
type Output = Energy["schemas"]["OutputPage"];
const MONTH = 30;
const SLOT_DAYS = 7;

export default function GenerationPage() {
  const t = useTexts();
  const [search, setAddress] = useAddress();
  const to = search.get("to") ?? today();
  const from = search.get("from") ?? addDays(to, 1 - MONTH);
  const plants = useList<Plant>(["plants"], (part) => ok(energy.GET("/v1/plants", { params: { query: { ...part, sort: "name" } } })));
  const chosen = search.get("plant") ?? plants.data?.[0]?.code;
  const plant = plants.data?.find((it) => it.code === chosen);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("generation.title")}</h1>
        <DatePicker.RangePicker
          aria-label={t("generation.period")}
          value={[dayjs(from), dayjs(to)]}
          allowClear={false}
          onChange={(days) => setAddress({ from: days?.[0]?.format("YYYY-MM-DD"), to: days?.[1]?.format("YYYY-MM-DD") })}
        />
      </div>
      <KindsPanel from={from} to={to} />
      <TargetsPanel />
      <PlantsPanel plants={plants} chosen={chosen} onChoose={(code) => setAddress({ plant: code })} />
      {plant && <PlantPanel plant={plant} from={from} to={to} />}
    </div>
  );
}

function KindsPanel({ from, to }: { from: string; to: string }) {
  const t = useTexts();
  useLanguage();
  const query = useQuery({
    queryKey: ["generation", "summary", from, to],
    queryFn: async () => (await ok(energy.GET("/v1/generation/summary", { params: { query: { from, to } } }))).items,
  });
  return (
    <Panel id="kinds" title={t("generation.byKind")}>
      <Rows
        query={query}
        rowKey={(it) => it.kind}
        width={960}
        columns={[
          { title: t("generation.kind"), render: (_, it) => term("plantKind", it.kind) },
          { title: t("generation.plants"), width: 70, align: "right", dataIndex: "plants" },
          { title: t("generation.capacity"), width: 110, align: "right", render: (_, it) => power(it.capacity_kw) },
          { title: t("generation.actual"), width: 160, align: "right", render: (_, it) => energyAmount(it.actual_kwh) },
          { title: t("generation.expected"), width: 160, align: "right", render: (_, it) => energyAmount(it.expected_kwh) },
          { title: t("generation.delivery"), width: 110, align: "right", render: (_, it) => percent(it.delivery_ratio) },
          { title: t("generation.factor"), width: 110, align: "right", render: (_, it) => percent(it.capacity_factor) },
          { title: t("generation.hours"), width: 110, align: "right", render: (_, it) => number(it.utilisation_hours, 1) },
          { title: t("energy.complete"), width: 90, align: "right", render: (_, it) => percent(it.completeness) },
        ]}
      />
    </Panel>
  );
}

function TargetsPanel() {
  const t = useTexts();
  useLanguage();
  const query = useQuery({
    queryKey: ["generation", "pace"],
    queryFn: async () => (await ok(energy.GET("/v1/generation-targets/pace", { params: { query: { day: today() } } }))).items,
  });
  return (
    <Panel id="generation-targets" title={t("generation.targets")}>
      <Rows
        query={query}
        rowKey={(it) => it.target.id}
        width={860}
        columns={[
          { title: t("generation.target"), render: (_, it) => inLanguage(it.name_zh, it.name_en) },
          { title: t("generation.year"), width: 70, render: (_, it) => it.target.year },
          { title: t("generation.goal"), width: 160, align: "right", render: (_, it) => energyAmount(it.target.energy_kwh) },
          { title: t("generation.actual"), width: 160, align: "right", render: (_, it) => energyAmount(it.actual_kwh) },
          { title: t("generation.done"), width: 90, align: "right", render: (_, it) => percent(it.done_share) },
          { title: t("generation.planned"), width: 90, align: "right", render: (_, it) => percent(it.planned_share) },
          {
            title: t("generation.behind"),
            width: 130,
            render: (_, it) =>
              it.behind_points === null ? (
                "–"
              ) : (
                <Mark tone={it.behind_points > 0 ? "warning" : "success"}>
                  {t(it.behind_points > 0 ? "generation.points" : "generation.ahead", { n: number(Math.abs(it.behind_points), 1) })}
                </Mark>
              ),
          },
          { title: t("generation.outlook"), width: 160, align: "right", render: (_, it) => energyAmount(it.forecast_kwh) },
        ]}
      />
    </Panel>
  );
}

interface PlantsPanelProps {
  plants: Parameters<typeof Rows<Plant>>[0]["query"];
  chosen: string | undefined;
  onChoose: (code: string) => void;
}

function PlantsPanel({ plants, chosen, onChoose }: PlantsPanelProps) {
  const t = useTexts();
  useLanguage();
  const regions = useRegions();
  return (
    <Panel id="plants" title={t("generation.plants")}>
      <Rows<Plant>
        query={plants}
        onOpen={(it) => onChoose(it.code)}
        rowClass={(it) => (it.code === chosen ? "is-chosen" : "")}
        columns={[
          {
            title: t("generation.plant"),
            render: (_, it) => (
              <button type="button" className="plain-link" onClick={() => onChoose(it.code)}>
                {it.name}
              </button>
            ),
          },
          { title: t("generation.kind"), width: 90, render: (_, it) => term("plantKind", it.kind) },
          { title: t("orderly.region"), width: 120, render: (_, it) => regions.name(it.region_code) },
          { title: t("generation.site"), width: 180, render: (_, it) => it.river_or_site ?? "–" },
          { title: t("generation.since"), width: 120, dataIndex: "commissioned_on" },
        ]}
      />
    </Panel>
  );
}

const LOSSES = ["resource", "curtailment", "planned_outage", "forced_outage"] as const;

function PlantPanel({ plant, from, to }: { plant: Plant; from: string; to: string }) {
  const t = useTexts();
  const language = useLanguage();
  const dark = useDark();
  const days = useQuery({
    queryKey: ["plant", plant.code, "days", from, to],
    queryFn: async () => {
      const query = { from, to, by: "day" as const };
      return (await ok(energy.GET("/v1/plants/{code}/output", { params: { path: { code: plant.code }, query } }))) as Output;
    },
  });
  const first = addDays(to, 1 - SLOT_DAYS) > from ? addDays(to, 1 - SLOT_DAYS) : from;
  const slots = useQuery({
    queryKey: ["plant", plant.code, "slots", first, to],
    queryFn: async () =>
      (await ok(energy.GET("/v1/plants/{code}/output/slots", { params: { path: { code: plant.code }, query: { from: first, to } } }))).items,
  });
  const byDay = useMemo(() => {
    void language;
    const colours = look(dark);
    const bars = { type: "bar", barMaxWidth: 16 } as const;
    const mwh = (value: number | null) => (value === null ? null : value / 1000);
    const items = days.data?.items ?? [];
    const series = [
      { ...bars, name: t("generation.actual"), data: items.map((it) => [it.first, mwh(it.actual_kwh)]), color: colours.accent },
      ...LOSSES.filter((loss) => items.some((it) => (it[`lost_${loss}_kwh`] ?? 0) > 0)).map((loss) => ({
        ...bars,
        stack: "lost",
        name: term("lost", loss),
        data: items.map((it) => [it.first, mwh(it[`lost_${loss}_kwh`])]),
      })),
      { ...LINE, name: t("generation.expected"), data: items.map((it) => [it.first, mwh(it.expected_kwh)]), color: colours.watch },
    ];
    return framed({ dark, series, unit: "MWh", axis: "category", digits: 1 });
  }, [days.data, dark, language, t]);
  const bySlot = useMemo(() => {
    void language;
    const colours = look(dark);
    const items = slots.data ?? [];
    const series = [
      { ...LINE, name: t("generation.actual"), data: items.flatMap((it) => slotsOf(it.day, it.actual_kw)), color: colours.accent },
      { ...LINE, name: t("generation.expected"), data: items.flatMap((it) => slotsOf(it.day, it.expected_kw)), color: colours.watch, lineStyle: { type: "dashed" } },
      { ...LINE, name: t("generation.availableKw"), data: items.flatMap((it) => slotsOf(it.day, it.available_kw)), color: colours.good, lineStyle: { width: 1 } },
    ];
    return framed({ dark, series, unit: "kW" });
  }, [slots.data, dark, language, t]);
  return (
    <Panel id="plant" title={plant.name} className="panel-chart">
      <Loaded query={days} empty={(data) => data.items.length === 0} rows={6}>
        {(data) => (
          <>
            <ShownChart option={byDay} height={260} label={t("generation.chartDays", { name: plant.name })} />
            {data.total && (
              <Table
                size="small"
                rowKey="first"
                pagination={false}
                scroll={{ x: 640 }}
                dataSource={[data.total]}
                columns={[
                  { title: t("generation.actual"), render: (_, it) => energyAmount(it.actual_kwh) },
                  { title: t("generation.expected"), render: (_, it) => energyAmount(it.expected_kwh) },
                  { title: t("generation.unexplained"), render: (_, it) => energyAmount(it.unexplained_kwh) },
                  { title: t("generation.delivery"), render: (_, it) => percent(it.delivery_ratio) },
                  { title: t("generation.hours"), render: (_, it) => number(it.utilisation_hours, 1) },
                ]}
              />
            )}
          </>
        )}
      </Loaded>
      <Loaded query={slots} empty={(data) => data.length === 0} rows={6}>
        {() => <ShownChart option={bySlot} height={260} label={t("generation.chartSlots", { name: plant.name })} />}
      </Loaded>
    </Panel>
  );
}
