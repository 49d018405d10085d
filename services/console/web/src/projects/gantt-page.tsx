/** When projects were to begin and end, when they do, and how long they were moved; drawn as lines of dates. */
import { Segmented } from "antd";
import { useMemo } from "react";
import { Link } from "react-router";
import { today } from "../clock";
import { number } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { Loaded } from "../shell/states";
import { queryOf, useProjectsTogether, type Project } from "./data";
import { LedgerFilters } from "./filters";

const DAY_MS = 86_400_000;
type Scale = "half" | "year" | "all";
const SCALES: readonly Scale[] = ["half", "year", "all"];

interface Span {
  from: number;
  to: number;
}

interface Line {
  project: Project;
  planned: Span | undefined;
  current: Span | undefined;
  actual: Span | undefined;
}

export default function GanttPage() {
  const t = useTexts();
  useLanguage();
  const [search, setAddress] = useAddress();
  const query = useMemo(() => queryOf(search), [search]);
  const scale = (search.get("scale") ?? "year") as Scale;
  const projects = useProjectsTogether(query);
  const day = today();
  const lines = useMemo(() => (projects.data ?? []).map((it) => lineOf(it, day)).filter((it) => it.planned ?? it.current ?? it.actual), [projects.data, day]);
  const span = useMemo(() => spanOf(scale, lines, Date.parse(day)), [scale, lines, day]);
  const shown = useMemo(() => lines.filter((line) => touches(line, span)).sort((one, other) => beginOf(one) - beginOf(other)), [lines, span]);
  return (
    <div className="page page-fill">
      <div className="page-head">
        <h1>{t("gantt.title")}</h1>
        <span className="page-note" role="status">
          {projects.data && t("gantt.count", { n: number(shown.length), without: number(projects.data.length - lines.length) })}
        </span>
        <span className="legend">
          {(["planned", "current", "actual"] as const).map((what) => (
            <span key={what}>
              <i className={`gantt-${what}`} />
              {t(`gantt.${what}`)}
            </span>
          ))}
        </span>
      </div>
      <LedgerFilters>
        <Segmented<Scale>
          aria-label={t("gantt.scale")}
          value={scale}
          onChange={(value) => setAddress({ scale: value })}
          options={SCALES.map((value) => ({ value, label: term("gantt.scale", value) }))}
        />
      </LedgerFilters>
      <Loaded query={projects} empty={() => shown.length === 0} rows={10}>
        {() => <Chart lines={shown} span={span} day={day} />}
      </Loaded>
    </div>
  );
}

function Chart({ lines, span, day }: { lines: readonly Line[]; span: Span; day: string }) {
  const t = useTexts();
  const months = useMemo(() => monthsOf(span), [span]);
  const every = Math.ceil(months.length / 18);
  return (
    <div className="gantt" tabIndex={0} role="group" aria-label={t("gantt.title")}>
      <div className="gantt-line gantt-head" aria-hidden>
        <span />
        <span className="gantt-track">
          {months.map((month, index) =>
            index % every === 0 ? (
              <span key={month} className="gantt-month" style={{ left: place(Date.parse(`${month}-01`), span) }}>
                {month}
              </span>
            ) : null,
          )}
        </span>
      </div>
      <ul>
        {lines.map((line) => (
          <li key={line.project.id} className="gantt-line">
            <Link to={`/projects/${line.project.id}`} title={line.project.name}>
              {line.project.name}
            </Link>
            <span className="gantt-track" role="img" aria-label={wordsOf(line.project, t)}>
              {months.map((month, index) =>
                index % every === 0 ? <i key={month} className="gantt-rule" style={{ left: place(Date.parse(`${month}-01`), span) }} /> : null,
              )}
              <Bar kind="planned" of={line.planned} span={span} />
              <Bar kind="current" of={line.current} span={span} />
              <Bar kind="actual" of={line.actual} span={span} late={isLate(line, day)} />
              <i className="gantt-today" style={{ left: place(Date.parse(day), span) }} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface BarProps {
  kind: "planned" | "current" | "actual";
  of: Span | undefined;
  span: Span;
  late?: boolean;
}

function Bar({ kind, of, span, late = false }: BarProps) {
  if (!of) return null;
  const from = Math.max(of.from, span.from);
  const to = Math.min(of.to, span.to);
  if (to < from) return null;
  const width = `max(3px, ${((to - from) / (span.to - span.from)) * 100}%)`;
  return <span className={`gantt-bar gantt-${kind} ${late ? "is-late" : ""}`} style={{ left: place(from, span), width }} />;
}

function place(at: number, { from, to }: Span): string {
  return `${((at - from) / (to - from)) * 100}%`;
}

const LAST = ["opening", "capacity", "production", "completion"] as const;

/** From beginning to end as first planned, as planned now, and as it is. */
function lineOf(project: Project, day: string): Line {
  const dates = new Map(project.plan.map((it) => [it.milestone, it]));
  const start = dates.get("start");
  const end = LAST.map((milestone) => dates.get(milestone)).find((it) => it?.current_on ?? it?.original_on);
  const moved = start?.current_on !== start?.original_on || end?.current_on !== end?.original_on;
  const begun = start?.actual_on;
  return {
    project,
    planned: between(start?.original_on, end?.original_on),
    current: moved ? between(start?.current_on, end?.current_on) : undefined,
    actual: begun ? between(begun, end?.actual_on ?? day) : undefined,
  };
}

function between(from: string | null | undefined, to: string | null | undefined): Span | undefined {
  if (!from || !to) return undefined;
  const [first, last] = [Date.parse(from), Date.parse(to)];
  return first <= last ? { from: first, to: last } : undefined;
}

function beginOf({ actual, current, planned }: Line): number {
  return (actual ?? current ?? planned)?.from ?? 0;
}

function touches(line: Line, span: Span): boolean {
  return [line.planned, line.current, line.actual].some((it) => it && it.to >= span.from && it.from <= span.to);
}

function isLate({ project }: Line, day: string): boolean {
  return project.plan.some((it) => !it.actual_on && it.current_on !== null && it.current_on < day);
}

function spanOf(scale: Scale, lines: readonly Line[], now: number): Span {
  if (scale !== "all") {
    const days = scale === "half" ? 183 : 366;
    return { from: now - days * 0.4 * DAY_MS, to: now + days * 0.6 * DAY_MS };
  }
  const all = lines.flatMap((it) => [it.planned, it.current, it.actual]).filter((it) => it !== undefined);
  return {
    from: Math.min(now - 30 * DAY_MS, ...all.map((it) => it.from)),
    to: Math.max(now + 30 * DAY_MS, ...all.map((it) => it.to)),
  };
}

function monthsOf({ from, to }: Span): string[] {
  const months: string[] = [];
  const at = new Date(from);
  at.setUTCDate(1);
  for (at.setUTCMonth(at.getUTCMonth() + 1); at.getTime() < to; at.setUTCMonth(at.getUTCMonth() + 1)) months.push(at.toISOString().slice(0, 7));
  return months;
}

function wordsOf(project: Project, t: ReturnType<typeof useTexts>): string {
  return project.plan
    .filter((it) => it.current_on ?? it.actual_on)
    .map((it) => `${term("milestone", it.milestone)} ${t("project.plan")} ${it.current_on ?? "–"} ${t("project.actual")} ${it.actual_on ?? "–"}`)
    .join("；");
}
