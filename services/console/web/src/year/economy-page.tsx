/** The economy: an indicator by region, park, sector or size, beside the year before, down to the enterprises. */
import { useQuery } from "@tanstack/react-query";
import { DatePicker, Drawer, Segmented, Select, Switch, Table } from "antd";
import dayjs from "dayjs";
import { useEffect } from "react";
import { ok, projects, type Projects } from "../api/client";
import { useList } from "../api/pages";
import { useRegions } from "../api/regions";
import { today } from "../clock";
import { number } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { Fact, Panel } from "../shell/panel";
import { Rows } from "../shell/rows";
import { Loaded } from "../shell/states";
import { amount, Completeness, Figure, Growth, points } from "./figures";
import { useIndicators } from "./indicators";

type Schemas = Projects["schemas"];
type Figures = Schemas["EconomyFiguresRead"];
type Group = Schemas["GroupRead"];
type Row = Schemas["FigureRowRead"];
type Grouping = "region" | "park" | "sector" | "size" | "scale";
type Level = "city" | "county" | "township";

const GROUPINGS: readonly Grouping[] = ["region", "park", "sector", "size", "scale"];
const LEVELS: readonly Level[] = ["city", "county", "township"];
/** The group of those that belong to none. */
const NONE = "-";

interface Asked {
  indicator: string;
  month: string;
  cumulative: boolean;
  group_by: Grouping;
  region_level: Level;
  version: "latest" | "flash" | "final";
  comparison: "reported" | "matched";
}

export default function EconomyPage() {
  const t = useTexts();
  useLanguage();
  const [search, setAddress] = useAddress();
  const indicators = useIndicators();
  const first = indicators.data?.[0]?.code;
  const chosen = search.get("indicator");
  useEffect(() => {
    if (!chosen && first) setAddress({ indicator: first });
  }, [chosen, first, setAddress]);
  const asked: Asked = {
    indicator: chosen ?? first ?? "",
    month: search.get("month") ?? dayjs(today()).subtract(1, "month").format("YYYY-MM"),
    cumulative: search.get("cumulative") === "true",
    group_by: (search.get("by") ?? "region") as Grouping,
    region_level: (search.get("level") ?? "township") as Level,
    version: (search.get("version") ?? "latest") as Asked["version"],
    comparison: (search.get("comparison") ?? "reported") as Asked["comparison"],
  };
  const figures = useQuery({
    queryKey: ["economy", "figures", asked],
    enabled: asked.indicator !== "",
    queryFn: () => ok(projects.GET("/v1/economy-figures", { params: { query: asked } })),
  });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("economy.title")}</h1>
      </div>
      <div className="filters">
        <Select
          className="filter-wide"
          aria-label={t("economy.indicator")}
          showSearch={{ optionFilterProp: "label" }}
          value={asked.indicator || null}
          loading={indicators.isFetching}
          onChange={(value: string) => setAddress({ indicator: value })}
          options={(indicators.data ?? []).map((it) => ({ value: it.code, label: inLanguage(it.name_zh, it.name_en) }))}
        />
        <DatePicker
          picker="month"
          aria-label={t("economy.month")}
          value={dayjs(`${asked.month}-01`)}
          allowClear={false}
          onChange={(value) => setAddress({ month: value?.format("YYYY-MM") })}
        />
        <label className="filter-switch">
          <Switch size="small" checked={asked.cumulative} onChange={(on) => setAddress({ cumulative: on ? "true" : "" })} />
          {t("economy.cumulative")}
        </label>
        <Segmented<Grouping>
          aria-label={t("economy.by")}
          value={asked.group_by}
          onChange={(value) => setAddress({ by: value, group: "" })}
          options={GROUPINGS.map((value) => ({ value, label: term("grouping", value) }))}
        />
        {asked.group_by === "region" && (
          <Select
            className="filter-medium"
            aria-label={t("economy.level")}
            value={asked.region_level}
            onChange={(value: Level) => setAddress({ level: value })}
            options={LEVELS.map((value) => ({ value, label: term("regionLevel", value) }))}
          />
        )}
        <label className="filter-switch">
          <Switch
            size="small"
            checked={asked.comparison === "matched"}
            onChange={(on) => setAddress({ comparison: on ? "matched" : "" })}
          />
          {t("economy.matched")}
        </label>
      </div>
      <Loaded query={figures} rows={8}>
        {(data) => (
          <>
            <TotalPanel figures={data} />
            <GroupsPanel figures={data} onOpen={(key) => setAddress({ group: key ?? NONE })} />
          </>
        )}
      </Loaded>
      {search.get("group") && figures.data && (
        <GroupRows asked={asked} group={search.get("group") ?? ""} unit={figures.data.unit} onClose={() => setAddress({ group: "" })} />
      )}
    </div>
  );
}

function TotalPanel({ figures }: { figures: Figures }) {
  const t = useTexts();
  const { total, unit, published } = figures;
  return (
    <Panel id="economy-total" title={`${inLanguage(figures.name_zh, figures.name_en)} ${figures.month.slice(0, 7)}`}>
      <dl className="facts">
        <Fact name={t(figures.cumulative ? "economy.cumulative" : "economy.ofMonth")}>
          <Figure shown={amount(total.figure.value, unit)} reason={total.figure.reason} isThere={total.figure.value !== null} />
        </Fact>
        <Fact name={t("economy.yoy")}>
          <Growth rate={total.yoy.rate} reason={total.yoy.reason} />
        </Fact>
        <Fact name={t("economy.base")}>
          <Figure shown={amount(total.yoy.base.value, unit)} reason={total.yoy.base.reason} isThere={total.yoy.base.value !== null} />
        </Fact>
        {total.mom && (
          <Fact name={t("economy.mom")}>
            <Growth rate={total.mom.rate} reason={total.mom.reason} />
          </Fact>
        )}
        <Fact name={t("economy.complete")}>
          <Completeness complete={total.figure.complete} expected={total.figure.expected} />
        </Fact>
        {total.yoy.price_basis && <Fact name={t("economy.prices")}>{term("prices", total.yoy.price_basis)}</Fact>}
        {published && (
          <Fact name={t("economy.published")}>
            {amount(figures.cumulative ? published.cumulative_value : published.month_value, unit)}
            {published.difference !== null && t("list.brackets", { value: t("economy.difference", { value: amount(published.difference, unit) }) })}
          </Fact>
        )}
      </dl>
    </Panel>
  );
}

function GroupsPanel({ figures, onOpen }: { figures: Figures; onOpen: (key: string | null) => void }) {
  const t = useTexts();
  useLanguage();
  const regions = useRegions();
  const { unit } = figures;
  const nameOf = (key: string | null) => {
    if (key === null) return t("economy.none");
    if (figures.group_by === "region") return regions.name(key);
    return figures.group_by === "scale" || figures.group_by === "size" ? term(figures.group_by, key) : key;
  };
  return (
    <Panel id="economy-groups" title={t("economy.groups", { by: term("grouping", figures.group_by) })}>
      <Table<Group>
        size="small"
        rowKey={(it) => it.key ?? NONE}
        pagination={false}
        scroll={{ x: 860 }}
        dataSource={figures.groups}
        columns={[
          {
            title: term("grouping", figures.group_by),
            render: (_, it) => (
              <button type="button" className="plain-link" onClick={() => onOpen(it.key)}>
                {nameOf(it.key)}
              </button>
            ),
          },
          {
            title: t("economy.value"),
            width: 150,
            align: "right",
            render: (_, it) => <Figure shown={amount(it.figure.value, unit)} reason={it.figure.reason} isThere={it.figure.value !== null} />,
          },
          { title: t("economy.yoy"), width: 130, align: "right", render: (_, it) => <Growth rate={it.yoy.rate} reason={it.yoy.reason} /> },
          {
            title: t("economy.base"),
            width: 150,
            align: "right",
            render: (_, it) => <Figure shown={amount(it.yoy.base.value, unit)} reason={it.yoy.base.reason} isThere={it.yoy.base.value !== null} />,
          },
          { title: t("economy.mom"), width: 110, align: "right", render: (_, it) => (it.mom ? <Growth rate={it.mom.rate} reason={it.mom.reason} /> : "–") },
          {
            title: t("economy.share"),
            width: 100,
            align: "right",
            render: (_, it) => <Figure shown={points(it.share.value)} reason={it.share.reason} isThere={it.share.value !== null} />,
          },
          {
            title: t("economy.contribution"),
            width: 110,
            align: "right",
            render: (_, it) => <Figure shown={number(it.contribution.value, 2)} reason={it.contribution.reason} isThere={it.contribution.value !== null} />,
          },
          { title: t("economy.complete"), width: 100, align: "right", render: (_, it) => <Completeness complete={it.figure.complete} expected={it.figure.expected} /> },
        ]}
      />
    </Panel>
  );
}

interface GroupRowsProps {
  asked: Asked;
  group: string;
  unit: string;
  onClose: () => void;
}

/** The enterprises behind a group's figure. */
function GroupRows({ asked, group, unit, onClose }: GroupRowsProps) {
  const t = useTexts();
  const regions = useRegions();
  const rows = useList<Row>(["economy", "rows", asked, group], (part) =>
    ok(projects.GET("/v1/economy-figures/rows", { params: { query: { ...asked, ...part, ...(group !== NONE && { group }) } } })),
  );
  const title = asked.group_by === "region" ? regions.name(group) : group === NONE ? t("economy.none") : group;
  return (
    <Drawer open size={720} title={t("economy.rows", { name: title })} onClose={onClose}>
      <Rows<Row>
        query={rows}
        rowKey={(it) => `${it.enterprise_id}${it.month}`}
        columns={[
          { title: t("benchmarks.enterprise"), dataIndex: "name" },
          { title: t("economy.month"), width: 90, render: (_, it) => it.month.slice(0, 7) },
          {
            title: t("economy.value"),
            width: 130,
            align: "right",
            render: (_, it) => <Figure shown={amount(it.value, unit)} reason={it.reason} isThere={it.value !== null} />,
          },
          { title: t("economy.counted"), width: 130, align: "right", render: (_, it) => amount(it.counted, unit) },
          { title: t("economy.base"), width: 130, align: "right", render: (_, it) => amount(it.base, unit) },
        ]}
      />
    </Drawer>
  );
}
