/** A leader's morning: what is grave, how the led projects stand, what was instructed and waits to be closed. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { SeverityMark, StageMark } from "../alerts/marks";
import { useOpenAlerts } from "../alerts/live";
import type { AlertLine } from "../alerts/model";
import { useRegions } from "../api/regions";
import { alerts, ok } from "../api/client";
import { dayOf, now, today } from "../clock";
import { ago, instant, number } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { StageTag } from "../projects/columns";
import { useSession } from "../session/session";
import { Mark } from "../shell/mark";
import { Panel } from "../shell/panel";
import { Loaded } from "../shell/states";
import { NoticesToMe, useNoticesToMe } from "../tasks/notices";
import { DUTY_TONES, useDigests, useGiven, useLedProjects, type Instruction, type Led } from "./data";
import { InstructButton } from "./instruct";
import { isLate } from "./instructions-page";

const SHOWN = 5;
const DAY_MS = 86_400_000;
const GRAVE = new Set(["red", "orange"]);

export default function TodayPage() {
  const t = useTexts();
  useLanguage();
  const { me } = useSession();
  const regions = useRegions();
  const open = useOpenAlerts();
  const led = useLedProjects(me?.person_id);
  const given = useGiven(me);
  const notices = useNoticesToMe();
  const grave = open.data?.filter((line) => GRAVE.has(line.severity));
  const fresh = grave?.filter((line) => now() - Date.parse(line.occurred_at) < DAY_MS).length;
  const waiting = given.data?.filter((it) => it.status === "resolved");
  const troubled = led.data?.filter((it) => it.conditions.length > 0).length;
  const late = given.data?.filter(isLate).length ?? 0;
  return (
    <div className="page page-narrow">
      <div className="page-head">
        <h1>{t("today.title", { place: me?.region_code ? regions.name(me.region_code) : t("shell.everywhere") })}</h1>
        <span className="page-note stack-time">{today()}</span>
      </div>
      <div className="brief" role="group" aria-label={t("today.brief")}>
        <Figure to="/alerts?severity=red,orange" name={t("today.grave")} value={grave?.length} note={fresh === undefined ? "" : t("today.fresh", { n: fresh })} bad={(grave?.length ?? 0) > 0} />
        <Figure
          to="#led"
          name={t("today.led")}
          value={led.data?.length}
          note={troubled ? t("today.withConditions", { n: troubled }) : t("today.allWell")}
          bad={led.data?.some((it) => it.conditions.some(({ level }) => level > 1)) ?? false}
        />
        <Figure to="/projects/instructions?whose=given" name={t("today.given")} value={given.data?.length} note={late ? t("today.late", { n: late }) : t("today.inTime")} bad={late > 0} />
        <Figure to="#waiting" name={t("today.toClose")} value={waiting?.length} note={notices.data?.length ? t("today.papers", { n: notices.data.length }) : t("today.noPapers")} bad={false} />
      </div>
      {(waiting?.length ?? 0) > 0 && (
        <Panel id="waiting" title={t("today.waiting")}>
          <Instructions items={waiting ?? []} />
        </Panel>
      )}
      <NoticesToMe />
      <GraveAlerts lines={grave} />
      <Panel id="led" title={t("today.myProjects")}>
        {me?.person_id ? (
          <Loaded query={led} empty={(data) => data.length === 0}>
            {(data) => (
              <ul className="cards">
                {data.map((it) => (
                  <LedProject key={it.project.id} led={it} />
                ))}
              </ul>
            )}
          </Loaded>
        ) : (
          <p className="nothing">{t("today.nobody")}</p>
        )}
      </Panel>
      <Panel id="given" title={t("today.myInstructions")} extra={<Link to="/projects/instructions?whose=given&status=any">{t("situation.all")}</Link>}>
        <Loaded query={given} empty={(data) => data.every((it) => it.status === "resolved")}>
          {(data) => <Instructions items={data.filter((it) => it.status !== "resolved")} />}
        </Loaded>
      </Panel>
      <Digests />
    </div>
  );
}

function Figure({ to, name, value, note, bad }: { to: string; name: string; value: number | undefined; note: string; bad: boolean }) {
  const inside = (
    <>
      <strong className={bad ? "late" : undefined}>{value === undefined ? "–" : number(value)}</strong>
      <span>{name}</span>
      <small>{note}</small>
    </>
  );
  return to.startsWith("#") ? <a href={to}>{inside}</a> : <Link to={to}>{inside}</Link>;
}

function GraveAlerts({ lines }: { lines: AlertLine[] | undefined }) {
  const t = useTexts();
  const regions = useRegions();
  if (!lines?.length) return null;
  const first = [...lines].sort((one, other) => rank(one) - rank(other) || other.occurred_at.localeCompare(one.occurred_at)).slice(0, SHOWN);
  return (
    <Panel id="grave" title={t("today.graveAlerts")} extra={<Link to="/alerts?severity=red,orange">{t("situation.all")}</Link>}>
      <ul className="stream">
        {first.map((line) => (
          <li key={line.id}>
            <Link to={`/alerts/${line.id}`}>
              <SeverityMark severity={line.severity} />
              <span className="stream-title">{inLanguage(line.title_zh, line.title_en)}</span>
              <span className="stream-note">
                <StageMark stage={line.stage} /> {regions.name(line.region_code)} · {ago(line.occurred_at)}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function rank({ severity, status }: AlertLine): number {
  return (severity === "red" ? 0 : 2) + (status === "open" ? 0 : 1);
}

/** One glance: where it stands, what comes next, what is wrong; and a word to it. */
function LedProject({ led: { project, conditions } }: { led: Led }) {
  const t = useTexts();
  const day = today();
  const next = project.plan.filter((date) => date.current_on && !date.actual_on).sort((one, other) => (one.current_on ?? "").localeCompare(other.current_on ?? ""))[0];
  return (
    <li className="card-row">
      <div>
        <Link to={`/projects/${project.id}`} className="card-title">
          <strong>{project.name}</strong>
        </Link>
        <span>
          <StageTag stage={project.stage} />{" "}
          <small>
            {project.percent === null ? t("today.noProgress") : t("today.progress", { percent: number(project.percent, 1), on: project.last_progress_on ?? "–" })}
            {next?.current_on && (
              <span className={next.current_on < day ? "late" : undefined}> · {t("today.next", { what: term("milestone", next.milestone), on: next.current_on })}</span>
            )}
          </small>
        </span>
        {conditions.map((it) => (
          <small key={it.id} className={it.level > 1 ? "late" : "is-partial"}>
            {inLanguage(it.explanation_zh, it.explanation_en)}
          </small>
        ))}
      </div>
      <InstructButton subject={{ type: "project", id: project.id }} name={project.name} />
    </li>
  );
}

function Instructions({ items }: { items: readonly Instruction[] }) {
  const t = useTexts();
  return (
    <ul className="cards">
      {items.map((it) => (
        <li key={it.id}>
          <Link to={`/projects/instructions/${it.id}`}>
            <span>
              <Mark tone={DUTY_TONES[it.status]}>{term("duty", it.status)}</Mark>
              <small>{it.printed_number}</small>
            </span>
            <strong>{it.text}</strong>
            <small>
              {it.subject_name} · <span className={isLate(it) ? "late" : undefined}>{t("tasks.due", { on: it.due_on })}</span>
            </small>
            {it.status === "resolved" && <small>{t("today.reported", { words: it.resolution })}</small>}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** Alerts that were held back in a storm or at night and told together. */
function Digests() {
  const t = useTexts();
  const { me } = useSession();
  const digests = useDigests(me?.person_id);
  if (!digests.data?.length) return null;
  return (
    <Panel id="digests" title={t("today.digests")}>
      {digests.data.map((it) => (
        <Digest key={it.id} id={it.id} words={t("today.digest", { at: instant(it.created_at), n: it.alerts })} />
      ))}
    </Panel>
  );
}

function Digest({ id, words }: { id: string; words: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words}</summary>
      {open && <Told id={id} />}
    </details>
  );
}

function Told({ id }: { id: string }) {
  const query = useQuery({
    queryKey: ["digests", "one", id],
    queryFn: () => ok(alerts.GET("/v1/digests/{digest_id}", { params: { path: { digest_id: id } } })),
  });
  return (
    <Loaded query={query} empty={({ told }) => told.length === 0} rows={2}>
      {({ told }) => (
        <ul className="stream">
          {told.map((it) => (
            <li key={it.alert_id}>
              <Link to={`/alerts/${it.alert_id}`}>
                <SeverityMark severity={it.severity} />
                <span className="stream-title">{inLanguage(it.title_zh, it.title_en)}</span>
                <span className="stream-note">{dayOf(it.held_at)}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  );
}
