/** What became of the projects between two dates: sums, stages, and each project that changed. */
import { useQuery } from "@tanstack/react-query";
import { DatePicker, Table } from "antd";
import dayjs from "dayjs";
import { useMemo } from "react";
import { Link } from "react-router";
import { ok, projects, type Projects } from "../api/client";
import { addDays, today } from "../clock";
import { money, number } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import type { Key } from "../i18n/zh-CN";
import { useAddress } from "../shell/address";
import { Mark, type Tone } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { Loaded, Nothing } from "../shell/states";
import { queryOf, type Query } from "./data";
import { LedgerFilters } from "./filters";

type Schemas = Projects["schemas"];
type Comparison = Schemas["ProjectComparisonRead"];
type Totals = Schemas["ComparisonTotalsRead"];
const MONTH = 30;
const PAGE = 500;
const STANDINGS: Record<Comparison["standing"], Tone> = { new: "busy", gone: "error", changed: "warning", unchanged: "plain" };
const MONEY = ["total_investment_yuan", "contract_amount_yuan", "invested_yuan"] as const;

export function useComparison(query: Query, from: string, to: string) {
  return useQuery({
    queryKey: ["projects", "comparison", query, from, to],
    queryFn: () => ok(projects.GET("/v1/project-comparisons", { params: { query: { ...query, from, to, only_changed: true, limit: PAGE } } })),
  });
}

export default function ComparisonPage() {
  const t = useTexts();
  const [search, setAddress] = useAddress();
  const query = useMemo(() => queryOf(search), [search]);
  const to = search.get("to") ?? today();
  const from = search.get("from") ?? addDays(to, -MONTH);
  const comparison = useComparison(query, from, to);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("comparison.title")}</h1>
      </div>
      <LedgerFilters>
        <DatePicker.RangePicker
          aria-label={t("comparison.dates")}
          value={[dayjs(from), dayjs(to)]}
          allowClear={false}
          onChange={(days) => setAddress({ from: days?.[0]?.format("YYYY-MM-DD"), to: days?.[1]?.format("YYYY-MM-DD") })}
        />
      </LedgerFilters>
      <Loaded query={comparison} rows={10}>
        {(data) => (
          <>
            {data.totals && <TotalsPanel totals={data.totals} from={from} to={to} />}
            <Panel id="changed" title={t("comparison.changed", { n: number(data.items.length) })}>
              {data.items.length === 0 ? <Nothing words={t("comparison.none")} /> : <Changes items={data.items} />}
            </Panel>
          </>
        )}
      </Loaded>
    </div>
  );
}

function TotalsPanel({ totals, from, to }: { totals: Totals; from: string; to: string }) {
  const t = useTexts();
  useLanguage();
  return (
    <div className="columns">
      <Panel id="comparison-sums" title={t("comparison.sums")}>
        <dl className="facts">
          <Fact name={t("comparison.projects")}>{`${number(totals.projects_before)} → ${number(totals.projects_after)}`}</Fact>
          <Fact name={t("comparison.new")}>{number(totals.new)}</Fact>
          <Fact name={t("comparison.moved")}>{number(totals.stage_moved)}</Fact>
          {MONEY.map((field) => (
            <Fact key={field} name={t(`ledger.${field}` as Key)}>
              {money(totals[field].after)}
              {t("list.brackets", { value: signed(totals[field].difference) })}
            </Fact>
          ))}
        </dl>
        {totals.slips.length > 0 && (
          <ul className="findings gap-above">
            {totals.slips.map((it) => (
              <li key={it.milestone}>
                {t("comparison.slips", { milestone: term("milestone", it.milestone), later: it.later, days: it.days_later, earlier: it.earlier })}
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <Panel id="comparison-stages" title={t("comparison.stages")}>
        <Table
          size="small"
          rowKey="stage"
          pagination={false}
          scroll={{ x: 420 }}
          dataSource={totals.by_stage}
          columns={[
            { title: t("ledger.stage"), render: (_, it) => term("stage", it.stage) },
            { title: from, width: 110, align: "right", dataIndex: "before" },
            { title: to, width: 110, align: "right", dataIndex: "after" },
            { title: t("comparison.difference"), width: 100, align: "right", render: (_, it) => `${it.after > it.before ? "+" : ""}${it.after - it.before}` },
          ]}
        />
      </Panel>
    </div>
  );
}

export function Changes({ items }: { items: readonly Comparison[] }) {
  const t = useTexts();
  useLanguage();
  return (
    <Table<Comparison>
      size="small"
      rowKey="id"
      pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
      scroll={{ x: 960 }}
      dataSource={[...items]}
      columns={[
        { title: t("ledger.name"), width: 240, render: (_, it) => <Link to={`/projects/${it.id}`}>{it.name}</Link> },
        { title: t("orderly.state"), width: 90, render: (_, it) => <Mark tone={STANDINGS[it.standing]}>{term("compared", it.standing)}</Mark> },
        {
          title: t("ledger.stage"),
          width: 130,
          render: (_, { before, after }) =>
            before && before.stage !== after.stage ? `${term("stage", before.stage)} → ${term("stage", after.stage)}` : term("stage", after.stage),
        },
        { title: t("ledger.invested_yuan"), width: 130, align: "right", render: (_, it) => signed(it.invested_difference_yuan) },
        {
          title: t("ledger.percent"),
          width: 110,
          align: "right",
          render: (_, it) => (it.percent_difference === null ? "–" : t("comparison.points", { n: number(it.percent_difference, 1) })),
        },
        {
          title: t("comparison.text"),
          render: (_, it) => (
            <span className="clamped" title={it.text}>
              {it.text}
            </span>
          ),
        },
      ]}
    />
  );
}

function signed(yuan: string): string {
  return Number(yuan) > 0 ? `+${money(yuan)}` : money(yuan);
}
