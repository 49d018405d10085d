/** The situation: on a desk it is the morning's first page, on a wall it is all there is. */
import { FullscreenOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useEffect, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useStreamState } from "../alerts/live";
import { useRegions } from "../api/regions";
import { now } from "../clock";
import { LEVEL_FILLS, loadRate } from "../energy/levels";
import { instant, number, percent, power, ago } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { useSession } from "../session/session";
import { Panel } from "../shell/panel";
import { Loaded } from "../shell/states";
import { showOnWall } from "../shell/appearance";
import { AlertsByRegion, AlertStream, AlertTiles } from "./alerts-panels";
import { Bars } from "./bars";
import { useBalances, useMeterConditions, useRates, useStages, type Rate } from "./data";
import { ContestPanel, TargetsPanel } from "./year-panels";

export default function SituationPage() {
  const t = useTexts();
  const { me } = useSession();
  const regions = useRegions();
  const [search, setSearch] = useSearchParams();
  const onWall = search.has("screen");
  useEffect(() => {
    showOnWall(onWall);
    return () => showOnWall(false);
  }, [onWall]);
  const toWall = () => {
    setSearch({ screen: "1" });
    void document.documentElement.requestFullscreen?.().catch(() => undefined);
  };
  const leaveWall = () => {
    setSearch({});
    if (document.fullscreenElement) void document.exitFullscreen();
  };
  const place = me?.region_code ? regions.name(me.region_code) : t("shell.everywhere");
  return (
    <div className={onWall ? "situation on-wall" : "situation"}>
      <div className="page-head">
        <h1>{onWall ? t("situation.wallTitle", { place }) : t("situation.title", { place })}</h1>
        <StackTime />
        {onWall ? (
          <>
            <WallStream />
            <Button onClick={leaveWall}>{t("situation.leaveWall")}</Button>
          </>
        ) : (
          <Button icon={<FullscreenOutlined />} onClick={toWall} className="wide-only">
            {t("situation.wall")}
          </Button>
        )}
      </div>
      <AlertTiles />
      <div className="situation-grid">
        <AlertStream />
        <div className="situation-column">
          <AlertsByRegion />
          <StagesPanel />
          <TargetsPanel />
        </div>
        <div className="situation-column">
          <RatesPanel region={me?.region_code} />
          <BalancePanel />
          <ContestPanel />
          <ConditionsPanel />
        </div>
      </div>
    </div>
  );
}

function StackTime() {
  const [at, setAt] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setAt(now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <time className="page-note stack-time">{instant(at)}</time>;
}

function WallStream() {
  const t = useTexts();
  const state = useStreamState();
  return <span className={`wall-stream ${state}`}>{t(state === "live" ? "stream.live" : "stream.waiting")}</span>;
}

function StagesPanel() {
  const t = useTexts();
  useLanguage();
  const stages = useStages();
  return (
    <Panel
      id="stages"
      title={t("situation.stages")}
      extra={
        <span className="legend">
          {(["good", "watch", "bad"] as const).map((health) => (
            <span key={health}>
              <i className={`fill-${health}`} />
              {term("health", health)}
            </span>
          ))}
        </span>
      }
    >
      <Loaded query={stages} empty={(data) => data.length === 0}>
        {(data) => (
          <Bars
            bars={data.map(({ stage, good, watch, bad }) => ({
              key: stage,
              name: term("stage", stage),
              to: `/projects?stage=${stage}`,
              parts: [
                { value: bad, className: "fill-bad", label: `${term("health", "bad")} ${bad}` },
                { value: watch, className: "fill-watch", label: `${term("health", "watch")} ${watch}` },
                { value: good, className: "fill-good", label: `${term("health", "good")} ${good}` },
              ],
            }))}
          />
        )}
      </Loaded>
    </Panel>
  );
}

function RatesPanel({ region }: { region: string | null | undefined }) {
  const t = useTexts();
  const rates = useRates(region);
  return (
    <Panel id="rates" title={t("situation.rates")}>
      <Loaded query={rates} empty={(data) => data.length === 0}>
        {(data) => (
          <ul className="rates">
            {data.map((rate) => (
              <li key={rate.rate}>
                <RateView rate={rate} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

function RateView({ rate }: { rate: Rate }) {
  useLanguage();
  const share = rate.value === null ? 0 : Math.min(1, Math.max(0, Number(rate.value)));
  return (
    <Link to={`/projects?rate=${rate.rate}&basis=${rate.basis}`} className="rate">
      <span className="rate-name">{term("rate", rate.rate)}</span>
      <strong>{rate.rate === "output_to_input" ? number(rate.value, 2) : percent(rate.value)}</strong>
      <span className="rate-track">
        <span style={{ width: `${share * 100}%` }} />
      </span>
      <span className="rate-note">
        {rate.numerator_projects} / {rate.denominator_projects}
      </span>
    </Link>
  );
}

function BalancePanel() {
  const t = useTexts();
  const balances = useBalances();
  return (
    <Panel id="balance" title={t("situation.balance")} extra={<Link to="/energy/grid">{t("grid.title")}</Link>}>
      <Loaded query={balances} empty={(data) => data.length === 0}>
        {(data) => (
          <Bars
            most={1}
            bars={data.slice(0, 8).map((it) => ({
              key: it.node_code,
              name: it.node_name,
              to: `/energy/grid?node=${encodeURIComponent(it.node_code)}`,
              parts: [{ value: loadRate(it) ?? 0, className: LEVEL_FILLS[it.highest_level] ?? "fill-red", label: percent(loadRate(it)) }],
              figure: `${power(it.peak_kw)} / ${power(it.capacity_kw)}`,
            }))}
          />
        )}
      </Loaded>
    </Panel>
  );
}

function ConditionsPanel() {
  const t = useTexts();
  useLanguage();
  const conditions = useMeterConditions();
  return (
    <Panel id="conditions" title={t("situation.conditions")}>
      <Loaded query={conditions} empty={(data) => data.length === 0}>
        {(data) => (
          <ul className="stream">
            {data.map((it) => (
              <li key={it.id}>
                <Link to={`/energy?meter=${encodeURIComponent(it.meter_no)}`}>
                  <span className="kind-mark">{term("kind", it.kind)}</span>
                  <span className="stream-title">{inLanguage(it.explanation_zh, it.explanation_en)}</span>
                  <span className="stream-note">
                    {it.meter_no} · {ago(it.opened_at)}
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}
