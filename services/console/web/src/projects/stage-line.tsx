/** The stages as a line: planned first, planned now, reached. */
import { today } from "../clock";
import { term, useLanguage, useTexts } from "../i18n/language";
import type { Project } from "./data";

const DAY_MS = 86_400_000;

export function StageLine({ project }: { project: Project }) {
  const t = useTexts();
  useLanguage();
  const day = today();
  const dates = project.plan.filter((date) => date.original_on || date.current_on || date.actual_on);
  return (
    <ol className="stage-line" aria-label={t("project.line")}>
      <li className={project.signed_on ? "is-reached" : ""}>
        <i />
        <strong>{term("stage", "signed")}</strong>
        <span>{project.signed_on ?? "–"}</span>
      </li>
      {dates.map((date) => {
        const late = !date.actual_on && !!date.current_on && date.current_on < day;
        const slip = daysBetween(date.original_on, date.actual_on ?? date.current_on);
        return (
          <li key={date.milestone} className={date.actual_on ? "is-reached" : late ? "is-late" : ""}>
            <i />
            <strong>{term("milestone", date.milestone)}</strong>
            <span>
              {t("project.plan")} {date.original_on ?? "–"}
            </span>
            {date.current_on !== date.original_on && (
              <span className="is-replanned">
                {t("project.replan")} {date.current_on ?? "–"}
              </span>
            )}
            <span>
              {t("project.actual")} {date.actual_on ?? "–"}
            </span>
            {slip > 0 && <em>{t("project.slip", { n: slip })}</em>}
            {late && <em>{t("project.overdue", { n: daysBetween(date.current_on, day) })}</em>}
          </li>
        );
      })}
    </ol>
  );
}

function daysBetween(from: string | null | undefined, to: string | null | undefined): number {
  return from && to ? Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) : 0;
}
