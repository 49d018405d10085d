/** Alerts as they stand and as they come. */
import { Skeleton } from "antd";
import { useMemo } from "react";
import { Link } from "react-router";
import { useOpenAlerts } from "../alerts/live";
import { SeverityMark } from "../alerts/marks";
import { SEVERITIES, type AlertLine, type Severity } from "../alerts/model";
import { useRegions } from "../api/regions";
import { ago, instant, number } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { Panel } from "../shell/panel";
import { Failure, Nothing } from "../shell/states";
import { Bars } from "./bars";

const SHOWN = 14;
const REGIONS = 8;

export function AlertTiles() {
  const t = useTexts();
  const { data } = useOpenAlerts();
  const counts = useMemo(() => countBySeverity(data ?? []), [data]);
  return (
    <ul className="tiles" aria-label={t("situation.bySeverity")}>
      {SEVERITIES.map((severity) => (
        <li key={severity}>
          <Link to={`/alerts?severity=${severity}`} className={`tile tile-${severity}`}>
            <span className="tile-name">{term("severity", severity)}</span>
            <strong className="tile-figure" data-severity={severity}>
              {data ? number(counts[severity].all) : "–"}
            </strong>
            <span className="tile-note">{data ? t("situation.unacknowledged", { n: counts[severity].open }) : ""}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

export function AlertStream() {
  const t = useTexts();
  useLanguage();
  const regions = useRegions();
  const { data, error, refetch } = useOpenAlerts();
  return (
    <Panel
      id="stream"
      title={t("situation.stream")}
      className="panel-stream"
      extra={<Link to="/alerts">{t("situation.all")}</Link>}
    >
      {error && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active title={false} paragraph={{ rows: 8 }} />}
      {data?.length === 0 && <Nothing words={t("alerts.none")} />}
      <ol className="stream" aria-live="polite" aria-relevant="additions">
        {data?.slice(0, SHOWN).map((line) => (
          <li key={line.id}>
            <Link to={`/alerts/${line.id}`}>
              <SeverityMark severity={line.severity} />
              <span className="stream-title">{inLanguage(line.title_zh, line.title_en)}</span>
              <span className="stream-note">
                {regions.name(line.region_code)} · {term("stage.alert", line.stage)} ·{" "}
                <time dateTime={line.occurred_at} title={instant(line.occurred_at)}>
                  {ago(line.occurred_at)}
                </time>
              </span>
            </Link>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

export function AlertsByRegion() {
  const t = useTexts();
  useLanguage();
  const regions = useRegions();
  const { data } = useOpenAlerts();
  const bars = useMemo(() => byRegion(data ?? []).slice(0, REGIONS), [data]);
  return (
    <Panel id="by-region" title={t("situation.byRegion")}>
      {data?.length === 0 && <Nothing words={t("alerts.none")} />}
      <Bars
        bars={bars.map(({ region, counts }) => ({
          key: region,
          name: regions.name(region),
          to: `/alerts?region=${region}`,
          parts: SEVERITIES.map((severity) => ({
            value: counts[severity].all,
            className: `fill-${severity}`,
            label: `${term("severity", severity)} ${counts[severity].all}`,
          })),
        }))}
      />
    </Panel>
  );
}

type Counts = Record<Severity, { all: number; open: number }>;

function countBySeverity(lines: readonly AlertLine[]): Counts {
  const counts = Object.fromEntries(SEVERITIES.map((it) => [it, { all: 0, open: 0 }])) as Counts;
  for (const { severity, status } of lines) {
    counts[severity].all += 1;
    if (status === "open") counts[severity].open += 1;
  }
  return counts;
}

function byRegion(lines: readonly AlertLine[]): { region: string; counts: Counts }[] {
  const groups = new Map<string, AlertLine[]>();
  for (const line of lines) groups.set(line.region_code, [...(groups.get(line.region_code) ?? []), line]);
  return [...groups]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([region, own]) => ({ region, counts: countBySeverity(own) }));
}
