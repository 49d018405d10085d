/** What was written without a network: what waits, what was refused and why. Nothing of it is lost by itself. */
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Popconfirm } from "antd";
import { useCallback, useState } from "react";
import { Link } from "react-router";
import { instant } from "../format";
import { term, useTexts } from "../i18n/language";
import { Mark } from "../shell/mark";
import { useOnline } from "../shell/online";
import { Panel } from "../shell/panel";
import { outbox, useOutbox, useSent } from "./outbox";
import { ReportDialog } from "./report-dialog";
import type { Waiting } from "./store";

const MENDED = new Set(["progress", "check"]);
/** What shows what was sent. */
const TOUCHED: Record<string, readonly string[]> = {
  progress: ["project", "projects"],
  check: ["project", "projects", "tasks"],
  acknowledge: ["alert", "alerts"],
};

/** On every page, while something is left to send. */
export function OutboxBanner() {
  const t = useTexts();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const { mine } = useOutbox();
  useSent(
    useCallback(
      (waiting: Waiting) => {
        void message.success(t("outbox.sent", { title: waiting.title }));
        for (const shown of TOUCHED[waiting.kind] ?? []) void queries.invalidateQueries({ queryKey: [shown] });
      },
      [message, queries, t],
    ),
  );
  if (mine.length === 0) return null;
  const refused = mine.filter((waiting) => waiting.state === "refused").length;
  return (
    <div className="banner" role="status">
      {t(refused ? "outbox.bannerRefused" : "outbox.banner", { n: mine.length, refused })} <Link to="/tasks">{t("outbox.look")}</Link>
    </div>
  );
}

export function OutboxPanel() {
  const t = useTexts();
  const { mine, others } = useOutbox();
  const [mended, setMended] = useState<Waiting>();
  if (mine.length + others === 0) return null;
  return (
    <Panel id="outbox" title={t("outbox.title")}>
      <ul className="cards">
        {mine.map((waiting) => (
          <OneWaiting key={waiting.id} waiting={waiting} onMend={() => setMended(waiting)} />
        ))}
      </ul>
      {others > 0 && <p className="muted-note">{t("outbox.others", { n: others })}</p>}
      {mended && <ReportDialog mended={mended} onClose={() => setMended(undefined)} />}
    </Panel>
  );
}

function OneWaiting({ waiting, onMend }: { waiting: Waiting; onMend: () => void }) {
  const t = useTexts();
  const online = useOnline();
  const isRefused = waiting.state === "refused";
  const left = waiting.steps.filter((step) => !step.done).length;
  return (
    <li>
      <div>
        <span>
          <Mark tone={isRefused ? "error" : "busy"}>{t(isRefused ? "outbox.refused" : online ? "outbox.underWay" : "outbox.waiting")}</Mark>
          <small>
            {term("outbox.kind", waiting.kind)} · {instant(waiting.at)}
            {left < waiting.steps.length && ` · ${t("outbox.partly", { n: waiting.steps.length - left, all: waiting.steps.length })}`}
          </small>
        </span>
        <strong>{waiting.title}</strong>
        {waiting.fault && (
          <small className="late" role="alert">
            {waiting.fault}
          </small>
        )}
        <span className="card-acts">
          {isRefused && MENDED.has(waiting.kind) && (
            <Button type="primary" size="small" onClick={onMend}>
              {t("outbox.mend")}
            </Button>
          )}
          {isRefused && (
            <Button size="small" onClick={() => void outbox.again(waiting)}>
              {t("outbox.again")}
            </Button>
          )}
          <Popconfirm title={t("outbox.sure")} okText={t("outbox.drop")} cancelText={t("action.cancel")} onConfirm={() => outbox.drop(waiting.id)}>
            <Button size="small">{t("outbox.drop")}</Button>
          </Popconfirm>
        </span>
      </div>
    </li>
  );
}
