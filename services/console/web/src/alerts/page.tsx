/** The list of alerts. */
import { Button, Modal, Skeleton } from "antd";
import { useCallback, useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { useTexts } from "../i18n/language";
import { number } from "../format";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { Failure, Nothing } from "../shell/states";
import { ActDialog, type Doing } from "./act-dialog";
import { FilterBar } from "./filter-bar";
import { useFilters } from "./filters";
import { AlertList } from "./list";
import { useAlertList } from "./use-list";

export default function AlertsPage() {
  const t = useTexts();
  const { me } = useSession();
  const [filters, setFilters, search] = useFilters();
  const list = useAlertList(filters, me?.person_id);
  const [active, setActive] = useState(0);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [doing, setDoing] = useState<{ doing: Doing; ids: string[] }>();
  const [helping, setHelping] = useState(false);
  useEffect(() => {
    setActive(0);
    setChosen(new Set());
  }, [search]);
  // After a dialog the keyboard goes on in the list; while it is open it keeps the focus to itself.
  const busy = doing !== undefined;
  const wasBusy = useRef(false);
  useEffect(() => {
    if (wasBusy.current && !busy) document.querySelector<HTMLElement>(".alert-pane")?.focus();
    wasBusy.current = busy;
  }, [busy]);
  const choose = useCallback((id: string) => {
    setChosen((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);
  const current = list.lines[active];
  const ids = chosen.size ? [...chosen] : current ? [current.id] : [];
  const start = (what: Doing, right: "acknowledgeAlerts" | "handleAlerts") => {
    if (ids.length && may(me, right)) setDoing({ doing: what, ids });
  };
  const press = (key: string) => {
    if (key === "a") start("acknowledge", "acknowledgeAlerts");
    if (key === "h") start("handle", "handleAlerts");
    if (key === "x" && current) choose(current.id);
    if (key === "Escape") setChosen(new Set());
    if (key === "?") setHelping(true);
    if (key === "/") document.getElementById("alert-search")?.focus();
  };
  return (
    <div className="page page-fill">
      <div className="page-head">
        <h1>{t("menu.alerts")}</h1>
        <span className="page-note" role="status">
          {list.data && t(list.isComplete ? "alerts.count" : "alerts.counting", { n: number(list.lines.length) })}
        </span>
        <Button size="small" type="text" className="wide-only" onClick={() => setHelping(true)}>
          {t("keys.title")} ?
        </Button>
        {may(me, "seeAlertStory") && (
          <Link to="/alerts/handovers">
            <Button size="small">{t("handover.title")}</Button>
          </Link>
        )}
      </div>
      <FilterBar filters={filters} onChange={setFilters} />
      {chosen.size > 0 && (
        <div className="selection" role="region" aria-label={t("alerts.chosen", { n: chosen.size })}>
          <strong>{t("alerts.chosen", { n: chosen.size })}</strong>
          {may(me, "acknowledgeAlerts") && (
            <Button size="small" type="primary" onClick={() => start("acknowledge", "acknowledgeAlerts")}>
              {t("act.acknowledge")}
            </Button>
          )}
          {may(me, "handleAlerts") && (
            <>
              <Button size="small" onClick={() => start("handle", "handleAlerts")}>{t("act.handle")}</Button>
              <Button size="small" onClick={() => start("resolve", "handleAlerts")}>{t("act.resolve")}</Button>
              <Button size="small" onClick={() => start("comment", "handleAlerts")}>{t("act.comment")}</Button>
            </>
          )}
          <Button size="small" type="text" onClick={() => setChosen(new Set())}>{t("alerts.chooseNone")}</Button>
        </div>
      )}
      {list.isError && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && !list.isError && <Skeleton active paragraph={{ rows: 10 }} />}
      {list.data && list.lines.length === 0 && <Nothing words={t("alerts.none")} />}
      {list.lines.length > 0 && (
        <AlertList lines={list.lines} active={active} onActive={setActive} chosen={chosen} onChoose={choose} onKey={press} />
      )}
      {doing && (
        <ActDialog
          doing={doing.doing}
          ids={doing.ids}
          onClose={(done) => {
            setDoing(undefined);
            if (done) setChosen(new Set());
          }}
        />
      )}
      <KeysHelp open={helping} onClose={() => setHelping(false)} />
    </div>
  );
}

const KEYS = [
  ["j / k", "keys.move"],
  ["Enter", "keys.open"],
  ["a", "keys.acknowledge"],
  ["h", "keys.handle"],
  ["x", "keys.choose"],
  ["/", "keys.search"],
  ["Esc", "keys.leave"],
] as const;

function KeysHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useTexts();
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t("keys.title")} width={380}>
      <dl className="keys">
        {KEYS.map(([keys, words]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{t(words)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
