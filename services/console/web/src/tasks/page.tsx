/** What is mine to do, the most pressing first; made for a thumb. */
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { ActDialog } from "../alerts/act-dialog";
import { SeverityMark, StageMark } from "../alerts/marks";
import { alerts, ok, projects } from "../api/client";
import { useRegions } from "../api/regions";
import { today } from "../clock";
import { ago, instant } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { ShiftsToTake } from "../handovers/to-take";
import { may } from "../session/rights";
import { useSession, type Principal } from "../session/session";
import { Mark } from "../shell/mark";
import { OutboxPanel } from "../outbox/panel";
import { ReportDialog, useReportable, type Asked, type Named } from "../outbox/report-dialog";
import { Panel } from "../shell/panel";
import { Loaded } from "../shell/states";
import { NoticesToMe } from "./notices";

const SHOWN = 30;

export default function TasksPage() {
  const t = useTexts();
  const { me } = useSession();
  const [reporting, setReporting] = useState(false);
  const reports = may(me, "reportProgress");
  useReportable(reports);
  return (
    <div className="page page-narrow">
      <div className="page-head">
        <h1>{t("menu.tasks")}</h1>
        {reports && (
          <div className="acts">
            <Button type="primary" onClick={() => setReporting(true)}>
              {t("report.title")}
            </Button>
          </div>
        )}
      </div>
      {reporting && <ReportDialog onClose={() => setReporting(false)} />}
      <OutboxPanel />
      {me?.person_id && <NoticesToMe />}
      <ShiftsToTake />
      {me && <AlertTasks me={me} />}
      {me && me.role !== "enterprise" && me.role !== "feed" && <Duties me={me} />}
    </div>
  );
}

function AlertTasks({ me }: { me: Principal }) {
  const t = useTexts();
  useLanguage();
  const regions = useRegions();
  const [acknowledging, setAcknowledging] = useState<{ id: string; title: string }>();
  // Who is nobody's officer sees what is open where he may look.
  const mine = me.person_id ? { "filter[responsible_person_id][eq]": me.person_id } : {};
  const query = useQuery({
    queryKey: ["alerts", "tasks", me.subject],
    refetchInterval: 30_000,
    queryFn: async () => {
      const asked = { ...mine, limit: SHOWN, "filter[status][in]": "open,acknowledged" };
      return (await ok(alerts.GET("/v1/alerts", { params: { query: asked } }))).items;
    },
  });
  return (
    <Panel id="my-alerts" title={t(me.person_id ? "tasks.alerts" : "tasks.openAlerts")}>
      <Loaded query={query} empty={(data) => data.length === 0}>
        {(data) => (
          <ul className="cards">
            {data.map((line) => (
              <li key={line.id} className="card-row">
                <Link to={`/alerts/${line.id}`}>
                  <span>
                    <SeverityMark severity={line.severity} /> <small>#{line.number}</small>
                  </span>
                  <strong>{inLanguage(line.title_zh, line.title_en)}</strong>
                  <small>
                    {regions.name(line.region_code)} · {ago(line.occurred_at)}
                    {line.promised_at && ` · ${t("alerts.promised")} ${instant(line.promised_at)}`}
                  </small>
                </Link>
                {line.status === "open" && may(me, "acknowledgeAlerts") ? (
                  <Button type="primary" onClick={() => setAcknowledging({ id: line.id, title: inLanguage(line.title_zh, line.title_en) })}>
                    {t("act.acknowledge")}
                  </Button>
                ) : (
                  <StageMark stage={line.stage} />
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {acknowledging && <ActDialog doing="acknowledge" ids={[acknowledging.id]} named={acknowledging.title} onClose={() => setAcknowledging(undefined)} />}
    </Panel>
  );
}

interface Duty {
  key: string;
  kind: "problem" | "action" | "instruction" | "check";
  title: string;
  due: string;
  to: string | undefined;
  /** Handed in from here. */
  check?: { project: Named; asked: Asked };
}

function Duties({ me }: { me: Principal }) {
  const t = useTexts();
  useLanguage();
  const [reporting, setReporting] = useState<Duty["check"]>();
  const query = useQuery({ queryKey: ["tasks", me.subject], queryFn: () => dutiesOf(me.person_id) });
  const day = today();
  return (
    <Panel id="my-duties" title={t("tasks.duties")}>
      <Loaded query={query} empty={(data) => data.length === 0}>
        {(data) => (
          <ul className="cards">
            {data.map((duty) => {
              const inside = (
                <>
                  <span>
                    <Mark>{term("task", duty.kind)}</Mark>
                    <small className={duty.due < day ? "late" : undefined}>{t("tasks.due", { on: duty.due })}</small>
                  </span>
                  <strong>{duty.title}</strong>
                </>
              );
              return (
                <li key={duty.key} className="card-row">
                  {duty.to ? <Link to={duty.to}>{inside}</Link> : <div>{inside}</div>}
                  {duty.check && may(me, "reportProgress") && (
                    <Button type="primary" onClick={() => setReporting(duty.check)}>
                      {t("report.fill")}
                    </Button>
                  )}
                </li>
              );
            })}
          </ul>
        )}
      </Loaded>
      {reporting && <ReportDialog project={reporting.project} check={reporting.asked} onClose={() => setReporting(undefined)} />}
    </Panel>
  );
}

async function dutiesOf(person: string | null): Promise<Duty[]> {
  const own = { limit: SHOWN, ...(person && { "filter[owner_person_id][eq]": person }) };
  const open = { ...own, "filter[status][in]": "open,in_handling" };
  const [problems, actions, instructions, checks] = await Promise.all([
    ok(projects.GET("/v1/problems", { params: { query: open } })),
    ok(projects.GET("/v1/action-items", { params: { query: open } })),
    ok(projects.GET("/v1/instructions", { params: { query: open } })),
    ok(projects.GET("/v1/checks", { params: { query: { ...own, "filter[status][in]": "due,returned" } } })),
  ]);
  const to = (project: string | null) => (project ? `/projects/${project}` : undefined);
  const duties: Duty[] = [
    ...problems.items.map((it) => ({ key: it.id, kind: "problem" as const, title: it.title, due: it.due_on, to: to(it.project_id) })),
    ...actions.items.map((it) => ({ key: it.id, kind: "action" as const, title: it.title, due: it.due_on, to: to(it.project_id) })),
    ...instructions.items.map((it) => ({ key: it.id, kind: "instruction" as const, title: it.text, due: it.due_on, to: `/projects/instructions/${it.id}` })),
    ...checks.items.map((it) => ({
      key: it.id,
      kind: "check" as const,
      title: `${it.project_name} · ${it.period}`,
      due: it.due_on,
      to: to(it.project_id),
      check: { project: { id: it.project_id, name: it.project_name }, asked: it },
    })),
  ];
  return duties.sort((one, other) => one.due.localeCompare(other.due));
}
