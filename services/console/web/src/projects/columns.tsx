/** The columns of the ledger; which of them are shown is the reader's choice. */
import { EditOutlined } from "@ant-design/icons";
import { Button, Progress } from "antd";
import type { ColumnType } from "antd/es/table";
import { Link } from "react-router";
import type { Regions } from "../api/regions";
import { money } from "../format";
import { term, text } from "../i18n/language";
import type { Key } from "../i18n/zh-CN";
import { Mark, type Tone } from "../shell/mark";
import type { Project } from "./data";

export type ColumnName =
  | "name"
  | "code"
  | "stage"
  | "kind"
  | "region"
  | "key"
  | "total_investment_yuan"
  | "contract_amount_yuan"
  | "invested_yuan"
  | "verified_funds_yuan"
  | "percent"
  | "signed_on"
  | "last_progress_on"
  | "next"
  | "channel"
  | "sector";

export const COLUMNS: readonly ColumnName[] = [
  ...(["name", "stage", "kind", "region", "key", "total_investment_yuan", "contract_amount_yuan"] as const),
  ...(["invested_yuan", "verified_funds_yuan", "percent", "next", "signed_on", "last_progress_on"] as const),
  ...(["code", "channel", "sector"] as const),
];
export const USUAL: readonly ColumnName[] = [
  ...(["name", "stage", "kind", "region", "total_investment_yuan", "invested_yuan", "percent", "next", "last_progress_on"] as const),
];
export const SORTABLE: readonly ColumnName[] = [
  ...(["name", "code", "total_investment_yuan", "invested_yuan", "verified_funds_yuan"] as const),
  ...(["percent", "signed_on", "last_progress_on"] as const),
];

const STAGE_TONES: Partial<Record<Project["stage"], Tone>> = {
  signed: "busy",
  started: "busy",
  completed: "success",
  in_production: "success",
  at_capacity: "success",
  opened: "success",
  suspended: "warning",
};

export function StageTag({ stage }: { stage: Project["stage"] }) {
  return <Mark tone={STAGE_TONES[stage]}>{term("stage", stage)}</Mark>;
}

export function Percent({ value }: { value: string | null }) {
  if (value === null) return <>–</>;
  return <Progress percent={Math.round(Number(value))} size="small" className="percent" aria-label={`${value}%`} />;
}

/** The first planned date that was not reached. */
export function nextOf(project: Project) {
  return project.plan.find((date) => !date.actual_on && date.current_on);
}

type Column = ColumnType<Project>;

/** `onEdit` is there for who may change a project without leaving the ledger. */
export function columnsOf(regions: Regions, sort: string, onEdit?: (id: string) => void): Record<ColumnName, Column> {
  const amount = (field: "total_investment_yuan" | "contract_amount_yuan" | "invested_yuan" | "verified_funds_yuan"): Column => ({
    align: "right",
    width: 132,
    render: (_, project) => money(project[field]),
  });
  const columns: Record<ColumnName, Column> = {
    name: {
      fixed: "left",
      width: 260,
      ellipsis: true,
      render: (_, project) => (
        <>
          {onEdit && (
            <Button
              type="text"
              size="small"
              className="row-edit"
              icon={<EditOutlined />}
              aria-label={text("ledger.edit", { name: project.name })}
              onClick={() => onEdit(project.id)}
            />
          )}
          <Link to={`/projects/${project.id}`}>{project.name}</Link>
        </>
      ),
    },
    code: { width: 150, dataIndex: "code" },
    stage: { width: 92, render: (_, project) => <StageTag stage={project.stage} /> },
    kind: { width: 100, render: (_, project) => term("project", project.kind) },
    region: { width: 110, ellipsis: true, render: (_, project) => regions.name(project.region_code) },
    key: { width: 96, render: (_, project) => (project.is_key ? term("key", project.key_level) : "–") },
    total_investment_yuan: amount("total_investment_yuan"),
    contract_amount_yuan: amount("contract_amount_yuan"),
    invested_yuan: amount("invested_yuan"),
    verified_funds_yuan: amount("verified_funds_yuan"),
    percent: { width: 140, render: (_, project) => <Percent value={project.percent} /> },
    next: {
      width: 150,
      render: (_, project) => {
        const next = nextOf(project);
        return next ? `${term("milestone", next.milestone)} ${next.current_on}` : "–";
      },
    },
    signed_on: { width: 110, render: (_, project) => project.signed_on ?? "–" },
    last_progress_on: { width: 116, render: (_, project) => project.last_progress_on ?? "–" },
    channel: { width: 110, render: (_, project) => term("channel.project", project.channel) },
    sector: { width: 90, render: (_, project) => project.sector_code ?? "–" },
  };
  for (const [name, column] of Object.entries(columns) as [ColumnName, Column][]) {
    column.key = name;
    column.title = text(`ledger.${name}` as Key);
    if (!SORTABLE.includes(name)) continue;
    column.sorter = true;
    column.sortOrder = sort === name ? "ascend" : sort === `-${name}` ? "descend" : null;
  }
  return columns;
}
