/** The curve of a meter: a day, a week, a year of slots; beside another span, with what was detected on it. */
import { Alert as Notice, DatePicker, Segmented, Select } from "antd";
import dayjs from "dayjs";
import { useEffect, useMemo, useState } from "react";
import { ShownChart } from "../charts/shown";
import { today } from "../clock";
import { instant, number, percent, power } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { Fact, Panel } from "../shell/panel";
import { Loaded, Nothing } from "../shell/states";
import { useDark } from "../shell/appearance";
import { COMPARABLE, DAYS, firstOf, useComparison, useConditions, useCurves, useMeter, useMeters, type CurvePage, type Span } from "./data";
import { optionOf } from "./drawing";

const AGAINST = ["previous_day", "previous_week", "previous_year", "previous_year_weekday"] as const;

export default function EnergyPage() {
  const t = useTexts();
  const [search, setAddress] = useAddress();
  const [words, setWords] = useState("");
  const meters = useMeters(words);
  const no = search.get("meter");
  const meter = useMeter(no);
  const span = (search.get("span") ?? "day") as Span;
  const to = search.get("to") ?? today();
  const from = firstOf(span, to);
  const against = DAYS[span] <= COMPARABLE ? (search.get("against") ?? "") : "";
  const first = meters.data?.[0]?.meter_no;
  useEffect(() => {
    if (!no && first) {
      setAddress({ meter: first });
    }
  }, [no, first, setAddress]);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("energy.title")}</h1>
        {meter.data && <span className="page-note">{meter.data.name}</span>}
      </div>
      <div className="filters">
        <Select
          className="filter-wide"
          aria-label={t("energy.meter")}
          placeholder={t("energy.meter")}
          value={no}
          showSearch={{ filterOption: false, onSearch: setWords }}
          loading={meters.isFetching}
          onChange={(value: string) => setAddress({ meter: value })}
          options={(meters.data ?? []).map((it) => ({ value: it.meter_no, label: `${it.meter_no} ${it.name}` }))}
        />
        <Segmented<Span>
          aria-label={t("energy.span")}
          value={span}
          onChange={(value) => setAddress({ span: value })}
          options={(["day", "week", "month", "year"] as const).map((value) => ({ value, label: term("span", value) }))}
        />
        <DatePicker
          aria-label={t("energy.until")}
          value={dayjs(to)}
          allowClear={false}
          onChange={(value) => setAddress({ to: value?.format("YYYY-MM-DD") ?? "" })}
        />
        <Select
          className="filter-medium"
          aria-label={t("energy.against")}
          value={against}
          disabled={DAYS[span] > COMPARABLE}
          onChange={(value) => setAddress({ against: value })}
          options={[{ value: "", label: t("energy.alone") }, ...AGAINST.map((value) => ({ value, label: term("against", value) }))]}
        />
      </div>
      {meters.data?.length === 0 && !no && <Nothing words={t("energy.noMeters")} />}
      {no && <CurvePanel no={no} from={from} to={to} against={against} />}
    </div>
  );
}

function CurvePanel({ no, from, to, against }: { no: string; from: string; to: string; against: string }) {
  const t = useTexts();
  const language = useLanguage();
  const dark = useDark();
  const curves = useCurves(no, from, to);
  const comparison = useComparison(no, from, to, against);
  const conditions = useConditions(no, from, to);
  const option = useMemo(() => {
    void language;
    const reference = comparison.data?.items.flatMap((day) => {
      const midnight = Date.parse(`${day.date}T00:00:00+08:00`);
      const minutes = comparison.data.interval_minutes;
      return day.reference_values.map((value, slot): [number, number | null] => [midnight + slot * minutes * 60_000, value]);
    });
    return optionOf({
      curves: curves.data?.items ?? [],
      reference: against ? reference : undefined,
      conditions: conditions.data ?? [],
      dark,
      unit: curves.data?.unit ?? "kW",
    });
  }, [curves.data, comparison.data, conditions.data, against, dark, language]);
  return (
    <>
      <Panel id="curve" title={from === to ? from : `${from} – ${to}`} className="panel-chart">
        <Loaded query={curves} rows={8}>
          {(data) => (
            <>
              <CurveFigures data={data} change={against ? comparison.data?.change : undefined} />
              {data.present === 0 && <Notice type="info" showIcon title={t("energy.noValues")} className="gap-below" />}
              <ShownChart option={option} height={420} label={t("energy.chart", { no, from, to, n: number(data.present) })} />
            </>
          )}
        </Loaded>
      </Panel>
      <Panel id="detected" title={t("energy.detected")}>
        <Loaded query={conditions} empty={(data) => data.length === 0}>
          {(data) => (
            <ul className="stream">
              {data.map((it) => (
                <li key={it.id}>
                  <div className="stream-line">
                    <span className="kind-mark">{term("kind", it.kind)}</span>
                    <span className="stream-title">{inLanguage(it.explanation_zh, it.explanation_en)}</span>
                    <span className="stream-note">
                      {instant(it.opened_at)}
                      {it.cleared_at ? ` – ${instant(it.cleared_at)}` : ` · ${t("energy.open")}`}
                    </span>
                  </div>
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </Panel>
    </>
  );
}

function CurveFigures({ data, change }: { data: CurvePage; change: number | null | undefined }) {
  const t = useTexts();
  const peaks = data.items.flatMap((day) => (day.peak_kw === null ? [] : [day.peak_kw]));
  return (
    <dl className="facts facts-line">
      <Fact name={t("energy.energy")}>{number(data.energy_kwh, 0)} kWh</Fact>
      <Fact name={t("energy.peak")}>{power(peaks.length ? Math.max(...peaks) : null)}</Fact>
      <Fact name={t("energy.complete")}>{percent(data.completeness)}</Fact>
      <Fact name={t("energy.measured")}>{number(data.measured)}</Fact>
      <Fact name={t("energy.estimated")}>{number(data.estimated)}</Fact>
      <Fact name={t("energy.edited")}>{number(data.edited)}</Fact>
      {change !== undefined && <Fact name={t("energy.change")}>{percent(change)}</Fact>}
    </dl>
  );
}
