/** One project. */
import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button, Tabs } from "antd";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useRegions } from "../api/regions";
import { money, percent } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import { InstructButton } from "../leader/instruct";
import { ReportDialog } from "../outbox/report-dialog";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { Fact, Panel } from "../shell/panel";
import { Loaded } from "../shell/states";
import { Percent, StageTag } from "./columns";
import { useProject, type Project } from "./data";
import { EditDialog } from "./edit-dialog";
import { ReplanDialog } from "./replan-dialog";
import { StageLine } from "./stage-line";
import { Approvals, Compared, Course, Documents, History, Meetings, Problems } from "./tabs";

export default function ProjectPage() {
  const { id = "" } = useParams();
  const query = useProject(id);
  return (
    <div className="page">
      <Loaded query={query} rows={10}>
        {({ project, tag }) => <OneProject project={project} tag={tag} />}
      </Loaded>
    </div>
  );
}

function OneProject({ project, tag }: { project: Project; tag: string }) {
  const t = useTexts();
  useLanguage();
  const { me } = useSession();
  const navigate = useNavigate();
  const regions = useRegions();
  // The version that was on the page when the dialog was opened, whatever comes meanwhile.
  const [editing, setEditing] = useState<{ project: Project; tag: string }>();
  const [replanning, setReplanning] = useState(false);
  const [reporting, setReporting] = useState(false);
  const canReplan = project.plan.some((date) => date.current_on && !date.actual_on);
  return (
    <>
      <div className="page-head">
        <Button type="text" icon={<ArrowLeftOutlined />} aria-label={t("action.back")} onClick={() => void navigate(-1)} />
        <h1>{project.name}</h1>
        <StageTag stage={project.stage} />
        <div className="acts">
          <InstructButton subject={{ type: "project", id: project.id }} name={project.name} />
          {may(me, "reportProgress") && <Button onClick={() => setReporting(true)}>{t("report.title")}</Button>}
          {may(me, "editProjects") && canReplan && <Button onClick={() => setReplanning(true)}>{t("replan.title")}</Button>}
          {may(me, "editProjects") && (
            <Button type="primary" onClick={() => setEditing({ project, tag })}>
              {t("action.edit")}
            </Button>
          )}
        </div>
      </div>
      <Panel id="line" title={t("project.line")}>
        <StageLine project={project} />
      </Panel>
      <div className="columns">
        <Panel id="project-facts" title={t("project.facts")}>
          <dl className="facts">
            <Fact name={t("ledger.code")}>{project.code}</Fact>
            <Fact name={t("ledger.kind")}>{term("project", project.kind)}</Fact>
            <Fact name={t("ledger.region")}>{regions.name(project.region_code)}</Fact>
            <Fact name={t("ledger.key")}>{project.is_key ? term("key", project.key_level) : "–"}</Fact>
            <Fact name={t("edit.investor")}>{project.investor ?? "–"}</Fact>
            <Fact name={t("ledger.channel")}>{term("channel.project", project.channel)}</Fact>
            <Fact name={t("ledger.percent")}>
              <Percent value={project.percent} />
            </Fact>
            <Fact name={t("ledger.last_progress_on")}>{project.last_progress_on ?? "–"}</Fact>
          </dl>
          {project.summary && <p className="summary">{project.summary}</p>}
        </Panel>
        <Panel id="money" title={t("project.money")}>
          <dl className="facts">
            <Fact name={t("ledger.total_investment_yuan")}>{money(project.total_investment_yuan)}</Fact>
            <Fact name={t("ledger.contract_amount_yuan")}>{money(project.contract_amount_yuan)}</Fact>
            <Fact name={t("ledger.invested_yuan")}>
              {money(project.invested_yuan)}
              {t("list.brackets", { value: share(project.invested_yuan, project.total_investment_yuan) })}
            </Fact>
            <Fact name={t("ledger.verified_funds_yuan")}>
              {money(project.verified_funds_yuan)}
              {t("list.brackets", { value: share(project.verified_funds_yuan, project.contract_amount_yuan) })}
            </Fact>
            <Fact name={t("project.designOutput")}>
              {project.design_output ?? "–"} {project.output_unit ?? ""}
            </Fact>
          </dl>
        </Panel>
      </div>
      <Panel id="more" title={t("project.more")}>
        <Tabs
          items={[
            { key: "course", label: t("project.course"), children: <Course id={project.id} /> },
            { key: "problems", label: t("project.problems"), children: <Problems id={project.id} /> },
            ...(may(me, "seeAllProjects") ? [{ key: "meetings", label: t("project.meetings"), children: <Meetings id={project.id} /> }] : []),
            { key: "approvals", label: t("project.approvals"), children: <Approvals id={project.id} /> },
            { key: "documents", label: t("project.documents"), children: <Documents id={project.id} /> },
            ...(may(me, "seeAllProjects") ? [{ key: "comparison", label: t("comparison.title"), children: <Compared id={project.id} /> }] : []),
            { key: "history", label: t("project.history"), children: <History id={project.id} /> },
          ]}
        />
      </Panel>
      {editing && <EditDialog {...editing} onClose={() => setEditing(undefined)} />}
      {reporting && <ReportDialog project={{ id: project.id, name: project.name }} onClose={() => setReporting(false)} />}
      {replanning && <ReplanDialog project={project} onClose={() => setReplanning(false)} />}
    </>
  );
}

function share(part: string | null, whole: string | null): string {
  return part === null || whole === null || Number(whole) === 0 ? "–" : percent(Number(part) / Number(whole));
}
