/** Meters: how complete their values are and of which quality, the worst first, and what checks found. */
import { DatePicker, Segmented, Select } from "antd";
import dayjs from "dayjs";
import { Link } from "react-router";
import { energy, ok, type Energy } from "../api/client";
import { useList } from "../api/pages";
import { useRegions } from "../api/regions";
import { addDays, today } from "../clock";
import { energyAmount, number, percent } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { Mark } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { Rows } from "../shell/rows";

type Schemas = Energy["schemas"];
type Completeness = Schemas["CompletenessRead"];
type Group = "meter" | "region" | "day";
const GROUPS: readonly Group[] = ["meter", "region", "day"];
const WEEK = 7;

export default function MetersPage() {
  const t = useTexts();
  useLanguage();
  const regions = useRegions();
  const [search, setAddress] = useAddress();
  const to = search.get("to") ?? addDays(today(), -1);
  const from = search.get("from") ?? addDays(to, 1 - WEEK);
  const group = (search.get("group") ?? "meter") as Group;
  const region = search.get("region");
  const query = { from, to, ...(region && { "filter[region_code][prefix]": region }) };
  const rows = useList<Completeness>(["completeness", group, query], (part) =>
    ok(energy.GET("/v1/completeness", { params: { query: { ...query, ...part, group } } })),
  );
  const total = rows.data && totalOf(rows.data);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("meters.title")}</h1>
      </div>
      <div className="filters">
        <DatePicker.RangePicker
          aria-label={t("generation.period")}
          value={[dayjs(from), dayjs(to)]}
          allowClear={false}
          onChange={(days) => setAddress({ from: days?.[0]?.format("YYYY-MM-DD"), to: days?.[1]?.format("YYYY-MM-DD") })}
        />
        <Segmented<Group>
          aria-label={t("meters.by")}
          value={group}
          onChange={(value) => setAddress({ group: value })}
          options={GROUPS.map((value) => ({ value, label: term("by", value) }))}
        />
        <Select
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          className="filter-medium"
          aria-label={t("alerts.region")}
          placeholder={t("alerts.region")}
          value={region}
          onChange={(value: string | null) => setAddress({ region: value })}
          options={regions.all.map(({ code, name }) => ({ value: code, label: name }))}
        />
      </div>
      <Panel id="completeness" title={t("meters.completeness")}>
        {total && (
            <dl className="facts facts-line">
              <Fact name={t("energy.complete")}>{percent(total.completeness, 2)}</Fact>
              <Fact name={t("meters.expected")}>{number(total.expected)}</Fact>
              <Fact name={t("energy.measured")}>{number(total.measured)}</Fact>
              <Fact name={t("energy.estimated")}>{number(total.estimated)}</Fact>
              <Fact name={t("energy.edited")}>{number(total.edited)}</Fact>
              <Fact name={t("energy.energy")}>{energyAmount(total.energy_kwh)}</Fact>
            </dl>
        )}
        <Rows<Completeness>
          query={rows}
          rowKey={(it) => it.meter_no ?? it.region_code ?? it.date ?? ""}
          width={860}
          columns={[
            {
              title: term("by", group),
              render: (_, it) =>
                it.meter_no ? <Link to={`/energy?meter=${encodeURIComponent(it.meter_no)}&span=week&to=${to}`}>{it.meter_no}</Link> : it.date ?? regions.name(it.region_code),
            },
            {
              title: t("energy.complete"),
              width: 190,
              defaultSortOrder: group === "day" ? null : "ascend",
              sorter: (one, other) => (one.completeness ?? 0) - (other.completeness ?? 0),
              render: (_, it) => <Share value={it.completeness} />,
            },
            { title: t("meters.expected"), width: 100, align: "right", render: (_, it) => number(it.expected) },
            { title: t("energy.measured"), width: 100, align: "right", render: (_, it) => number(it.measured) },
            { title: t("energy.estimated"), width: 100, align: "right", render: (_, it) => number(it.estimated) },
            { title: t("energy.edited"), width: 110, align: "right", render: (_, it) => number(it.edited) },
            { title: t("energy.energy"), width: 160, align: "right", render: (_, it) => energyAmount(it.energy_kwh) },
          ]}
        />
      </Panel>
      <Findings from={from} to={to} />
    </div>
  );
}

/** Of all rows: the service's own sums are those of a page. */
function totalOf(rows: readonly Completeness[]) {
  const sum = (field: "expected" | "present" | "measured" | "estimated" | "edited" | "energy_kwh") =>
    rows.reduce((whole, row) => whole + (row[field] ?? 0), 0);
  const expected = sum("expected");
  return {
    expected,
    completeness: expected ? sum("present") / expected : null,
    measured: sum("measured"),
    estimated: sum("estimated"),
    edited: sum("edited"),
    energy_kwh: sum("energy_kwh"),
  };
}

function Share({ value }: { value: number | null }) {
  const tone = value === null || value < 0.9 ? "fill-bad" : value < 0.99 ? "fill-watch" : "fill-good";
  return (
    <span className="share-bar">
      <span className="bar-track" aria-hidden>
        <span className={`bar-part ${tone}`} style={{ width: `${(value ?? 0) * 100}%` }} />
      </span>
      {percent(value)}
    </span>
  );
}

function Findings({ from, to }: { from: string; to: string }) {
  const t = useTexts();
  useLanguage();
  const query = { "filter[day][gte]": from, "filter[day][lte]": to, sort: "-opened_at" };
  const findings = useList<Schemas["FindingRead"]>(
    ["vee-findings", query],
    (part) => ok(energy.GET("/v1/vee-findings", { params: { query: { ...query, ...part } } })),
    { most: 500 },
  );
  return (
    <Panel id="vee" title={t("meters.findings")}>
      <Rows
        query={findings}
        width={720}
        columns={[
          { title: t("meters.meter"), width: 190, render: (_, it) => <Link to={`/energy?meter=${encodeURIComponent(it.meter_no)}&to=${it.day}`}>{it.meter_no}</Link> },
          { title: t("meters.day"), width: 110, dataIndex: "day" },
          { title: t("meters.what"), width: 140, render: (_, it) => term("check", it.kind) },
          { title: t("meters.slots"), width: 100, align: "right", render: (_, it) => number(it.slots.length) },
          { title: t("orderly.state"), width: 100, render: (_, it) => <Mark tone={it.status === "open" ? "warning" : "success"}>{term("foundStatus", it.status)}</Mark> },
          { title: t("meters.because"), render: (_, it) => it.accepted_because ?? "–" },
        ]}
      />
    </Panel>
  );
}
