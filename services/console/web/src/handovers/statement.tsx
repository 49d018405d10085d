/** What two people sign: what is open and promised, what is quiet, and what is faulty. */
import { Table } from "antd";
import { Link } from "react-router";
import { SeverityMark, StageMark } from "../alerts/marks";
import { instant, number } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { useOffices } from "../leader/data";
import { Mark } from "../shell/mark";
import { Panel } from "../shell/panel";
import { Nothing } from "../shell/states";
import type { StatedAlert, Statement } from "./data";

const PAGE = 50;

export function StatementParts({ statement }: { statement: Statement }) {
  const t = useTexts();
  useLanguage();
  const alerts = statement.open_alerts ?? [];
  const promised = alerts.filter((it) => it.promised_at);
  const total = statement.open_alerts_total ?? alerts.length;
  return (
    <>
      <Panel id="handover-alerts" title={t("handover.alerts")} extra={t("handover.counted", { n: number(total), promised: number(promised.length) })}>
        {alerts.length ? <OpenAlerts alerts={alerts} /> : <Nothing words={t("handover.noAlerts")} />}
        {total > alerts.length && <p className="page-note">{t("handover.gravest", { n: number(alerts.length) })}</p>}
      </Panel>
      <Panel id="handover-quiet" title={t("handover.quiet")}>
        {statement.mutes?.length ? (
          <ul className="cards">
            {statement.mutes.map((it) => (
              <li key={it.id}>
                <div>
                  <span>
                    <Mark>{term("handover.mute", it.kind)}</Mark> <small>{it.ends_at ? t("handover.until", { at: instant(it.ends_at) }) : t("handover.open")}</small>
                  </span>
                  <strong>{it.reason}</strong>
                </div>
              </li>
            ))}
          </ul>
        ) : (
          <Nothing words={t("handover.noQuiet")} />
        )}
      </Panel>
      <Faults statement={statement} />
    </>
  );
}

function OpenAlerts({ alerts }: { alerts: readonly StatedAlert[] }) {
  const t = useTexts();
  const offices = useOffices();
  return (
    <Table<StatedAlert>
      size="small"
      rowKey="id"
      pagination={{ pageSize: PAGE, hideOnSinglePage: true, showSizeChanger: false }}
      scroll={{ x: 760 }}
      dataSource={[...alerts]}
      columns={[
        { title: t("alerts.severity"), width: 70, render: (_, it) => <SeverityMark severity={it.severity} /> },
        { title: t("alerts.title"), render: (_, it) => <Link to={`/alerts/${it.id}`}>{inLanguage(it.title_zh, it.title_en)}</Link> },
        { title: t("alerts.stage"), width: 90, render: (_, it) => <StageMark stage={it.stage} /> },
        { title: t("instruct.owner"), width: 130, ellipsis: true, render: (_, it) => offices.person(it.responsible_person_id) },
        {
          title: t("alerts.promised"),
          width: 150,
          render: (_, it) => <span className={it.promises_broken > 0 ? "late" : undefined}>{instant(it.promised_at)}</span>,
        },
        { title: t("alerts.muted"), width: 130, render: (_, it) => (it.muted_by ? instant(it.muted_until) : "–") },
      ]}
    />
  );
}

/** Of the system itself: what could not be delivered, what it finds wrong, what was seen from outside. */
function Faults({ statement }: { statement: Statement }) {
  const t = useTexts();
  const faults = [
    ...(statement.failed_deliveries ?? []).map((it) => ({
      key: `delivery-${it.kind}-${it.error}`,
      mark: t("handover.undelivered"),
      words: t("handover.failed", { channel: term("channel", it.kind), n: number(it.count) }),
      note: it.error ?? "",
    })),
    ...(statement.findings ?? []).map((it) => ({
      key: `finding-${it.kind}-${it.object_id}`,
      mark: t("handover.finding"),
      words: term("finding", it.kind),
      note: `${it.object_id} · ${instant(it.found_at)}`,
    })),
    ...(statement.doctor ?? []).map((it, at) => ({ key: `doctor-${at}`, mark: t("handover.doctor"), words: it.says, note: it.code })),
  ];
  return (
    <Panel id="handover-faults" title={t("handover.faults")}>
      {faults.length ? (
        <ul className="cards">
          {faults.map((it) => (
            <li key={it.key}>
              <div>
                <span>
                  <Mark tone="warning">{it.mark}</Mark> <small>{it.note}</small>
                </span>
                <strong>{it.words}</strong>
              </div>
            </li>
          ))}
        </ul>
      ) : (
        <Nothing words={t("handover.noFaults")} />
      )}
    </Panel>
  );
}
