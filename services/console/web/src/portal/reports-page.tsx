/** The monthly reports of the enterprise. */
import { Link } from "react-router";
import { today } from "../clock";
import { term, useLanguage, useTexts } from "../i18n/language";
import { Mark, type Tone } from "../shell/mark";
import { Rows } from "../shell/rows";
import { useReports, type ReportItem } from "./data";

export const REPORT_TONES: Record<ReportItem["status"], Tone> = {
  due: "warning",
  draft: "warning",
  submitted: "busy",
  accepted: "success",
  returned: "error",
};

export default function ReportsPage() {
  const t = useTexts();
  useLanguage();
  const reports = useReports();
  const day = today();
  return (
    <div className="page page-narrow">
      <div className="page-head">
        <h1>{t("reports.title")}</h1>
      </div>
      <div className="panel panel-rows">
        <Rows<ReportItem>
          query={reports}
          width={520}
          columns={[
            { title: t("reports.month"), render: (_, it) => <Link to={`/portal/reports/${it.id}`}>{it.month.slice(0, 7)}</Link> },
            { title: t("reports.edition"), width: 90, render: (_, it) => term("edition", it.edition) },
            { title: t("orderly.state"), width: 110, render: (_, it) => <Mark tone={REPORT_TONES[it.status]}>{term("report", it.status)}</Mark> },
            {
              title: t("reports.due"),
              width: 120,
              render: (_, it) => <span className={!it.submitted_on && it.due_on < day ? "late" : ""}>{it.due_on}</span>,
            },
            { title: t("reports.submitted"), width: 120, render: (_, it) => it.submitted_on ?? "–" },
          ]}
        />
      </div>
    </div>
  );
}
