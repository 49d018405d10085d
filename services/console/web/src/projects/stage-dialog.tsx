/** Moves a project to another stage. What the stage needs and lacks is said by the service, at its field. */
import { useQueryClient } from "@tanstack/react-query";
import { ok, projects, type Projects } from "../api/client";
import { today } from "../clock";
import { term, useTexts } from "../i18n/language";
import { FormDialog, type Field } from "../shell/form-dialog";
import type { Project } from "./data";

type Change = Projects["schemas"]["StageChange"];
/** Those are entered with their own reasons, on the page of the project. */
const APART: readonly Project["stage"][] = ["suspended", "terminated"];

export function StageDialog({ project, onClose }: { project: Project; onClose: () => void }) {
  const t = useTexts();
  const queries = useQueryClient();
  const stages = project.allowed_stages.filter((stage) => !APART.includes(stage));
  const fields: readonly Field[] = [
    { path: ["stage"], label: "ledger.stage", kind: "choice", required: true, options: stages.map((value) => ({ value, label: term("stage", value) })) },
    { path: ["on"], label: "stageChange.on", kind: "date", required: true },
    { path: ["investor"], label: "edit.investor", kind: "text" },
    { path: ["contract_amount_yuan"], label: "stageChange.contract", kind: "number", least: 0, digits: 0 },
    { path: ["planned_start_on"], label: "stageChange.start", kind: "date" },
    { path: ["planned_completion_on"], label: "stageChange.completion", kind: "date" },
    { path: ["evidence"], label: "stageChange.evidence", kind: "long" },
  ];
  return (
    <FormDialog
      title={t("stageChange.title", { name: project.name })}
      okText={t("board.move")}
      fields={fields}
      start={{ stage: stages[0], on: today() }}
      send={async (typed) => {
        const body = typed as unknown as Change;
        await ok(projects.POST("/v1/projects/{project_id}/stage-changes", { params: { path: { project_id: project.id } }, body }));
        await queries.invalidateQueries({ queryKey: ["projects"] });
      }}
      onDone={onClose}
      onClose={onClose}
    />
  );
}
