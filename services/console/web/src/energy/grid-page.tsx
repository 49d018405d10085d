/** The grid as a tree with its load rates, and the day of one of its parts: load, forecast, what it can bear. */
import { DatePicker } from "antd";
import dayjs from "dayjs";
import { useMemo } from "react";
import { Link } from "react-router";
import { bandOf, framed, LINE, look, slotsOf } from "../charts/look";
import { ShownChart } from "../charts/shown";
import { today } from "../clock";
import { clockTime, number, percent, power } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { Mark, type Tone } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { Loaded, Nothing } from "../shell/states";
import { useDark } from "../shell/appearance";
import { LEVEL_FILLS, loadRate } from "./levels";
import { useDayBalances, useGridTree, useLoadRates, useNodeDay, type Balance, type DayBalance, type ForecastDay, type TreeNode } from "./grid-data";

export default function GridPage() {
  const t = useTexts();
  const [search, setAddress] = useAddress();
  const day = search.get("on") ?? today();
  const tree = useGridTree(day);
  const balances = useDayBalances(day);
  const byCode = useMemo(() => new Map((balances.data ?? []).map((it) => [it.node_code, it])), [balances.data]);
  const code = search.get("node") ?? tree.data?.[0]?.code ?? "";
  const node = tree.data?.find((it) => it.code === code);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("grid.title")}</h1>
        <DatePicker
          aria-label={t("grid.day")}
          value={dayjs(day)}
          allowClear={false}
          onChange={(value) => setAddress({ on: value?.format("YYYY-MM-DD") })}
        />
      </div>
      <div className="columns">
        <Panel id="grid-tree" title={t("grid.tree")} extra={t("grid.treeNote")}>
          <Loaded query={tree} empty={(data) => data.length === 0} rows={10}>
            {(data) => (
              <ul className="grid-tree">
                {data.map((it) => (
                  <TreeLine key={it.code} node={it} balance={byCode.get(it.code)} active={it.code === code} on={search.get("on")} />
                ))}
              </ul>
            )}
          </Loaded>
        </Panel>
        {node && (
          <div>
            <DayPanel node={node} day={day} balance={byCode.get(code)} />
            <RatesPanel code={code} to={day} />
          </div>
        )}
      </div>
    </div>
  );
}

interface TreeLineProps {
  node: TreeNode;
  balance: Balance | undefined;
  active: boolean;
  on: string | null;
}

function TreeLine({ node, balance, active, on }: TreeLineProps) {
  useLanguage();
  const rate = balance && loadRate(balance);
  const search = new URLSearchParams({ node: node.code, ...(on && { on }) });
  return (
    <li>
      <Link to={`/energy/grid?${search}`} replace className={active ? "is-active" : ""} aria-current={active}>
        <span className="grid-name" style={{ paddingLeft: node.depth * 18 }}>
          <strong>{node.name}</strong>
          <small>{term("node", node.kind)}</small>
        </span>
        <span className="bar-track" aria-hidden>
          {rate !== undefined && balance && (
            <span className={`bar-part ${LEVEL_FILLS[balance.highest_level] ?? "fill-red"}`} style={{ width: `${Math.min(100, rate * 100)}%` }} />
          )}
        </span>
        <span className="bar-figure">{rate === undefined ? "–" : percent(rate, 0)}</span>
      </Link>
    </li>
  );
}

const LEVEL_TONES: readonly Tone[] = ["success", "busy", "warning", "error", "error"];

function DayPanel({ node, day, balance }: { node: TreeNode; day: string; balance: Balance | undefined }) {
  const t = useTexts();
  useLanguage();
  const query = useNodeDay(node.code, day);
  return (
    <Panel
      id="grid-day"
      title={`${node.name} ${day}`}
      extra={balance && <Mark tone={LEVEL_TONES[balance.highest_level] ?? "error"}>{term("gap", String(balance.highest_level))}</Mark>}
      className="panel-chart"
    >
      <dl className="facts facts-line">
        <Fact name={t("grid.capacity")}>{power(node.capacity_kw)}</Fact>
        <Fact name={t("grid.maximum")}>{power(balance?.maximum_kw)}</Fact>
        <Fact name={t("grid.peak")}>
          {power(balance?.peak_kw)}
          {balance?.peak_slot != null && t("list.brackets", { value: slotTime(day, balance.peak_slot) })}
        </Fact>
        <Fact name={t("grid.rate")}>{balance ? percent(loadRate(balance)) : "–"}</Fact>
        <Fact name={t("grid.gap")}>{power(balance?.highest_gap_kw)}</Fact>
        <Fact name={t("grid.shortSlots")}>{number(balance?.short_slots)}</Fact>
      </dl>
      <Loaded query={query} rows={8}>
        {({ measured, expected, curve }) =>
          measured || expected || curve ? (
            <DayChart day={day} name={node.name} measured={measured} expected={expected} curve={curve} />
          ) : (
            <Nothing words={t("grid.noBalance")} />
          )
        }
      </Loaded>
    </Panel>
  );
}

interface DayChartProps {
  day: string;
  name: string;
  measured: DayBalance | undefined;
  expected: DayBalance | undefined;
  curve: ForecastDay | undefined;
}

function DayChart({ day, name, measured, expected, curve }: DayChartProps) {
  const t = useTexts();
  const language = useLanguage();
  const dark = useDark();
  const option = useMemo(() => {
    void language;
    const colours = look(dark);
    const available = (measured ?? expected)?.available_kw;
    const padded = (values: readonly number[]) => [...Array<null>(curve?.first_slot ?? 0).fill(null), ...values].slice(-96);
    const series = [
      ...(curve ? bandOf(t("grid.band"), slotsOf(day, padded(curve.p10_kw)), slotsOf(day, padded(curve.p90_kw)), colours.accent) : []),
      ...(curve
        ? [{ ...LINE, name: t("grid.forecast"), data: slotsOf(day, padded(curve.p50_kw)), lineStyle: { type: "dashed", width: 1.4 }, color: colours.watch }]
        : []),
      ...(measured ? [{ ...LINE, name: t("grid.load"), data: slotsOf(day, measured.demand_kw), color: colours.accent }] : []),
      ...(available ? [{ ...LINE, step: "end", name: t("grid.available"), data: slotsOf(day, available), color: colours.bad }] : []),
    ];
    return framed({ dark, series, unit: "kW" });
  }, [day, measured, expected, curve, dark, language, t]);
  return <ShownChart option={option} height={320} label={t("grid.chart", { name, day })} />;
}

function RatesPanel({ code, to }: { code: string; to: string }) {
  const t = useTexts();
  const language = useLanguage();
  const dark = useDark();
  const rates = useLoadRates(code, to);
  const option = useMemo(() => {
    void language;
    const colours = look(dark);
    const share = (value: number | null) => (value === null ? null : value * 100);
    const series = [
      { type: "bar", name: t("grid.rate"), data: rates.data?.map((it) => [it.first, share(it.load_rate)]), color: colours.accent, barMaxWidth: 18 },
      { ...LINE, name: t("grid.factor"), data: rates.data?.map((it) => [it.first, share(it.load_factor)]), color: colours.good },
    ];
    return framed({ dark, series, unit: "%", axis: "category", digits: 1 });
  }, [rates.data, dark, language, t]);
  return (
    <Panel id="grid-rates" title={t("grid.rates")} className="panel-chart">
      <Loaded query={rates} empty={(data) => data.length === 0}>
        {() => <ShownChart option={option} height={220} label={t("grid.rates")} />}
      </Loaded>
    </Panel>
  );
}

function slotTime(day: string, slot: number): string {
  return clockTime(Date.parse(`${day}T00:00:00+08:00`) + slot * 15 * 60_000);
}
