/** What belongs to a project: its course, problems, approvals, papers and history. */
import { Button, DatePicker, Timeline } from "antd";
import dayjs from "dayjs";
import { useMemo, useState } from "react";
import { Problem } from "../api/client";
import { download } from "../api/download";
import { look } from "../charts/look";
import { ShownChart } from "../charts/shown";
import { addDays, today } from "../clock";
import { instant, number } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import { Mark } from "../shell/mark";
import { Rows } from "../shell/rows";
import { Loaded, Nothing } from "../shell/states";
import { useDark } from "../shell/appearance";
import { Changes, useComparison } from "./comparison-page";
import { useApprovals, useCourse, useDocuments, useHistory, useActions, useProblems } from "./data";

export function Course({ id }: { id: string }) {
  const t = useTexts();
  const language = useLanguage();
  const dark = useDark();
  const course = useCourse(id);
  const option = useMemo(() => {
    void language;
    const { ink, accent } = look(dark);
    return {
      color: [ink, accent],
      grid: { left: 48, right: 20, top: 40, bottom: 30 },
      legend: { top: 4, textStyle: { color: ink } },
      tooltip: { trigger: "axis", renderMode: "richText" },
      xAxis: { type: "time", axisLabel: { color: ink, hideOverlap: true } },
      yAxis: { type: "value", max: 100, axisLabel: { color: ink, formatter: "{value}%" } },
      series: [
        {
          type: "line",
          name: t("course.planned"),
          showSymbol: false,
          lineStyle: { type: "dashed" },
          data: course.data?.plan.points.map((point) => [point.month, Number(point.percent)]),
        },
        {
          type: "line",
          name: t("course.reported"),
          data: course.data?.progress.map((entry) => [entry.on, Number(entry.percent)]),
        },
      ],
    };
  }, [course.data, dark, language, t]);
  // No plan is an answer, not a failure.
  if (course.error instanceof Problem && course.error.status === 404) return <Nothing words={t("course.none")} />;
  return (
    <Loaded query={course}>
      {({ plan }) => (
        <>
          <p>
            {t(Number(plan.behind_points) > 0 ? "course.behind" : "course.ahead", {
              on: plan.on,
              planned: number(plan.planned_percent, 1),
              actual: number(plan.actual_percent, 1),
              points: number(Math.abs(Number(plan.behind_points)), 1),
            })}
          </p>
          <ShownChart option={option} height={280} label={t("project.course")} />
        </>
      )}
    </Loaded>
  );
}

export function Problems({ id }: { id: string }) {
  const t = useTexts();
  const problems = useProblems(id);
  const day = today();
  return (
    <Rows
      query={problems}
      columns={[
        { title: t("problems.title"), dataIndex: "title" },
        { title: t("problems.category"), width: 110, render: (_, it) => term("problem", it.category) },
        { title: t("problems.status"), width: 110, render: (_, it) => <Mark>{term("duty", it.status)}</Mark> },
        {
          title: t("problems.due"),
          width: 130,
          render: (_, it) => (
            <span className={it.status !== "closed" && it.due_on < day ? "late" : undefined}>{it.due_on}</span>
          ),
        },
      ]}
    />
  );
}

/** What meetings decided about the project, and how far it is. */
export function Meetings({ id }: { id: string }) {
  const t = useTexts();
  const actions = useActions(id);
  const day = today();
  return (
    <Rows
      query={actions}
      columns={[
        { title: t("meetings.action"), dataIndex: "title" },
        { title: t("meetings.of"), dataIndex: "meeting_title" },
        { title: t("problems.status"), width: 110, render: (_, it) => <Mark>{term("duty", it.status)}</Mark> },
        {
          title: t("problems.due"),
          width: 130,
          render: (_, it) => <span className={it.status !== "closed" && it.due_on < day ? "late" : undefined}>{it.due_on}</span>,
        },
      ]}
    />
  );
}

export function Approvals({ id }: { id: string }) {
  const t = useTexts();
  const cases = useApprovals(id);
  return (
    <Rows
      query={cases}
      columns={[
        { title: t("approvals.matter"), dataIndex: "matter_name" },
        { title: t("approvals.status"), width: 110, render: (_, it) => <Mark>{term("case", it.outcome ?? it.status)}</Mark> },
        { title: t("approvals.applied"), width: 120, dataIndex: "applied_on" },
        { title: t("approvals.due"), width: 120, render: (_, it) => it.due_on ?? "–" },
        {
          title: t("approvals.left"),
          width: 110,
          render: (_, it) => <span className={(it.remaining_days ?? 0) < 0 ? "late" : undefined}>{it.remaining_days ?? "–"}</span>,
        },
      ]}
    />
  );
}

export function Documents({ id }: { id: string }) {
  const t = useTexts();
  const documents = useDocuments(id);
  return (
    <Rows
      query={documents}
      columns={[
        { title: t("documents.title"), render: (_, it) => it.title || it.name },
        { title: t("documents.category"), width: 120, render: (_, it) => term("document", it.category) },
        { title: t("documents.size"), width: 100, align: "right", render: (_, it) => `${number(it.size_bytes / 1024)} kB` },
        { title: t("documents.at"), width: 150, render: (_, it) => instant(it.uploaded_at) },
        {
          title: "",
          width: 90,
          render: (_, it) => (
            <Button type="link" size="small" onClick={() => void download(`projects/v1/documents/${it.id}/content`, it.name)}>
              {t("action.download")}
            </Button>
          ),
        },
      ]}
    />
  );
}

export function History({ id }: { id: string }) {
  const history = useHistory(id);
  return (
    <Loaded query={history} empty={(data) => data.length === 0}>
      {(data) => (
        <Timeline
          items={data.map((change) => ({
            key: change.version,
            content: (
              <div className="chapter">
                <time dateTime={change.at}>{instant(change.at)}</time>
                <strong>{change.actor_name ?? term("role", change.actor_role)}</strong>
                <span>{[change.text, change.reason].filter(Boolean).join(" · ")}</span>
              </div>
            ),
          }))}
        />
      )}
    </Loaded>
  );
}


const QUARTER_DAYS = 90;

/** What became of the project between two dates. */
export function Compared({ id }: { id: string }) {
  const t = useTexts();
  const [dates, setDates] = useState(() => [addDays(today(), -QUARTER_DAYS), today()] as const);
  const [from, to] = dates;
  const comparison = useComparison({ "filter[id][eq]": id }, from, to);
  return (
    <>
      <div className="filters">
        <DatePicker.RangePicker
          aria-label={t("comparison.dates")}
          value={[dayjs(from), dayjs(to)]}
          allowClear={false}
          onChange={(days) => days?.[0] && days[1] && setDates([days[0].format("YYYY-MM-DD"), days[1].format("YYYY-MM-DD")])}
        />
      </div>
      <Loaded query={comparison} empty={({ items }) => items.length === 0}>
        {({ items }) => <Changes items={items} />}
      </Loaded>
    </>
  );
}
