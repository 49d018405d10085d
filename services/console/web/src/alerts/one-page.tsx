/** One alert: what it is, what is to be done, and how it came to be. */
import { ArrowLeftOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Tabs } from "antd";
import { useEffect, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { alerts, ok } from "../api/client";
import { useRegions } from "../api/regions";
import { ago, instant } from "../format";
import { inLanguage, term, useTexts } from "../i18n/language";
import { InstructButton } from "../leader/instruct";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { Fact, Panel } from "../shell/panel";
import { Loaded } from "../shell/states";
import { ActDialog, type Doing } from "./act-dialog";
import { SeverityMark, StageMark } from "./marks";
import type { Alert } from "./model";
import { SilenceDialog } from "./silence-dialog";
import { Story } from "./story";
import { Notifications, Trail } from "./told";

export default function AlertPage() {
  const { id = "" } = useParams();
  const query = useQuery({
    queryKey: ["alert", id, "facts"],
    queryFn: () => ok(alerts.GET("/v1/alerts/{alert_id}", { params: { path: { alert_id: id } } })),
  });
  return (
    <div className="page">
      <Loaded query={query} rows={10}>
        {(alert) => <OneAlert alert={alert} />}
      </Loaded>
    </div>
  );
}

function OneAlert({ alert }: { alert: Alert }) {
  const t = useTexts();
  const { me } = useSession();
  const [doing, setDoing] = useState<Doing | "silence">();
  const navigate = useNavigate();
  const acts = actsFor(alert).filter((act) => may(me, act === "acknowledge" ? "acknowledgeAlerts" : "handleAlerts"));
  useKeys(doing === undefined, (key) => {
    if (key === "a" && acts.includes("acknowledge")) setDoing("acknowledge");
    if (key === "h" && acts.includes("handle")) setDoing("handle");
    if (key === "Escape") void navigate(-1);
  });
  return (
    <>
      <div className="page-head">
        <Button type="text" icon={<ArrowLeftOutlined />} aria-label={t("action.back")} onClick={() => void navigate(-1)} />
        <SeverityMark severity={alert.severity} />
        <h1>{inLanguage(alert.title_zh, alert.title_en)}</h1>
        <StageMark stage={alert.stage} />
      </div>
      <div className="acts" role="group" aria-label={t("alerts.acts")}>
        {acts.map((act, index) => (
          <Button key={act} type={index === 0 ? "primary" : "default"} onClick={() => setDoing(act)}>
            {t(`act.${act}`)}
          </Button>
        ))}
        {may(me, "silenceAlerts") && alert.status !== "resolved" && (
          <Button onClick={() => setDoing("silence")}>{t("silence.title")}</Button>
        )}
        <InstructButton
          subject={{ type: "alert", id: alert.id, name: inLanguage(alert.title_zh, alert.title_en), region_code: alert.region_code }}
          name={inLanguage(alert.title_zh, alert.title_en)}
        />
      </div>
      <div className="columns">
        <AlertFacts alert={alert} />
        <Panel title={t("alerts.course")} className="column-wide" id="course">
          {may(me, "seeAlertStory") ? (
            <Tabs
              items={[
                { key: "story", label: t("alerts.story"), children: <Story id={alert.id} /> },
                { key: "told", label: t("alerts.told"), children: <Notifications id={alert.id} /> },
                { key: "trail", label: t("alerts.trail"), children: <Trail id={alert.id} /> },
              ]}
            />
          ) : (
            <p>{inLanguage(alert.text_zh, alert.text_en)}</p>
          )}
        </Panel>
      </div>
      {doing === "silence" && <SilenceDialog alert={alert} onClose={() => setDoing(undefined)} />}
      {doing && doing !== "silence" && (
        <ActDialog doing={doing} ids={[alert.id]} one={alert} onClose={() => setDoing(undefined)} />
      )}
    </>
  );
}

/** What can be done at this point of an alert's life, the next step first. */
function actsFor(alert: Alert): Doing[] {
  switch (alert.stage) {
    case "open":
      return ["acknowledge", "resolve", "comment"];
    case "acknowledged":
    case "handling":
      return ["handle", "resolve", "acknowledge", "comment"];
    case "resolved":
      return ["verify", "comment"];
    default:
      return ["comment"];
  }
}

function useKeys(on: boolean, press: (key: string) => void): void {
  useEffect(() => {
    if (!on) return;
    const listen = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, [role=dialog], [role=tab]");
      if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey) press(event.key);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  });
}

function AlertFacts({ alert }: { alert: Alert }) {
  const t = useTexts();
  const regions = useRegions();
  const muted = alert.muted_by?.[0];
  return (
    <Panel title={t("alerts.facts")} id="facts">
      <p className="alert-text">{inLanguage(alert.text_zh, alert.text_en)}</p>
      {muted && <p className="muted-note">{t("alerts.mutedUntil", { kind: term("mute", muted.kind), until: instant(muted.until) })}</p>}
      <dl className="facts">
        <Fact name={t("alerts.number")}>#{alert.number}</Fact>
        <Fact name={t("alerts.object")}>
          <ObjectLink alert={alert} />
        </Fact>
        <Fact name={t("alerts.region")}>{regions.name(alert.region_code)}</Fact>
        <Fact name={t("alerts.kind")}>{term("kind", alert.condition_kind)}</Fact>
        <Fact name={t("alerts.occurred")}>
          {instant(alert.occurred_at)}
          {t("list.brackets", { value: ago(alert.occurred_at) })}
        </Fact>
        <Fact name={t("alerts.level")}>{alert.escalation_level || "–"}</Fact>
        <Fact name={t("alerts.promised")}>{instant(alert.promised_at)}</Fact>
        <Fact name={t("alerts.broken")}>{alert.promises_broken}</Fact>
        <Fact name={t("alerts.cleared")}>{instant(alert.cleared_at)}</Fact>
        <Fact name={t("alerts.rule")}>
          {alert.rule_code} · {alert.rule_revision}
        </Fact>
        {alert.resolution && <Fact name={t("act.resolve")}>{alert.resolution}</Fact>}
        {alert.verification && <Fact name={t("act.verify")}>{alert.verification}</Fact>}
      </dl>
    </Panel>
  );
}

function ObjectLink({ alert }: { alert: Alert }) {
  const { me } = useSession();
  const name = alert.object_name ?? alert.object_label ?? alert.object_id;
  const meter = alert.labels.meter_no ?? (alert.object_type === "meter" ? alert.object_label : undefined);
  if (alert.object_type === "project" && may(me, "seeProjects")) return <Link to={`/projects/${alert.object_id}`}>{name}</Link>;
  if (meter && may(me, "seeEnergy")) return <Link to={`/energy?meter=${encodeURIComponent(meter)}`}>{name}</Link>;
  return <>{name}</>;
}
