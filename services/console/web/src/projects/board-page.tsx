/** Projects by stage, side by side. */
import { Button } from "antd";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { useRegions } from "../api/regions";
import { today } from "../clock";
import { money, number } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { useAddress } from "../shell/address";
import { Loaded } from "../shell/states";
import { STAGES } from "../situation/data";
import { nextOf, Percent } from "./columns";
import { queryOf, useProjectsTogether, type Project } from "./data";
import { LedgerFilters } from "./filters";
import { StageDialog } from "./stage-dialog";

const SHOWN = 40;

export default function BoardPage() {
  const t = useTexts();
  useLanguage();
  const { me } = useSession();
  const [search] = useAddress();
  const query = useMemo(() => queryOf(search), [search]);
  const projects = useProjectsTogether(query);
  const [moving, setMoving] = useState<Project>();
  return (
    <div className="page page-fill">
      <div className="page-head">
        <h1>{t("board.title")}</h1>
        <span className="page-note" role="status">
          {projects.data && t("ledger.count", { n: number(projects.data.length) })}
        </span>
      </div>
      <LedgerFilters />
      <Loaded query={projects} empty={(data) => data.length === 0} rows={10}>
        {(data) => (
          <div className="board" tabIndex={0} role="group" aria-label={t("board.title")}>
            {STAGES.map((stage) => ({ stage, own: data.filter((it) => it.stage === stage) }))
              .filter(({ own }) => own.length > 0)
              .map(({ stage, own }) => (
                <Column key={stage} stage={stage} projects={own} onMove={may(me, "editProjects") ? setMoving : undefined} />
              ))}
          </div>
        )}
      </Loaded>
      {moving && <StageDialog project={moving} onClose={() => setMoving(undefined)} />}
    </div>
  );
}

interface ColumnProps {
  stage: Project["stage"];
  projects: readonly Project[];
  onMove: ((project: Project) => void) | undefined;
}

function Column({ stage, projects, onMove }: ColumnProps) {
  const t = useTexts();
  const [shown, setShown] = useState(SHOWN);
  const invested = projects.reduce((sum, it) => sum + Number(it.total_investment_yuan ?? 0), 0);
  return (
    <section className="board-column" aria-label={term("stage", stage)}>
      <header>
        <h2>{term("stage", stage)}</h2>
        <span>{t("board.sum", { n: number(projects.length), money: money(invested) })}</span>
      </header>
      <ul>
        {projects.slice(0, shown).map((project) => (
          <BoardCard key={project.id} project={project} onMove={onMove} />
        ))}
      </ul>
      {projects.length > shown && (
        <Button block size="small" onClick={() => setShown(shown + SHOWN)}>
          {t("story.more", { n: Math.min(SHOWN, projects.length - shown) })}
        </Button>
      )}
    </section>
  );
}

function BoardCard({ project, onMove }: { project: Project; onMove: ColumnProps["onMove"] }) {
  const t = useTexts();
  const regions = useRegions();
  const next = nextOf(project);
  const late = next?.current_on != null && next.current_on < today();
  return (
    <li className="board-card">
      <Link to={`/projects/${project.id}`}>{project.name}</Link>
      <small>
        {regions.name(project.region_code)} · {money(project.total_investment_yuan)}
      </small>
      <Percent value={project.percent} />
      <div>
        {next && <small className={late ? "late" : ""}>{`${term("milestone", next.milestone)} ${next.current_on}`}</small>}
        {onMove && (project.allowed_stages ?? []).length > 0 && (
          <Button size="small" type="link" aria-label={t("board.moveOne", { name: project.name })} onClick={() => onMove(project)}>
            {t("board.move")}
          </Button>
        )}
      </div>
    </li>
  );
}
