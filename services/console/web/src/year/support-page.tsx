/** Support funds: budgets and what is left of them, applications from asked to paid. */
import { useQuery } from "@tanstack/react-query";
import { App, Button, Segmented } from "antd";
import { ok, projects, type Projects } from "../api/client";
import { download } from "../api/download";
import { useList } from "../api/pages";
import { useRegions } from "../api/regions";
import { today } from "../clock";
import { money } from "../format";
import { APPLICATION_TONES, yuan, type Application } from "../funds/data";
import { term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { Mark } from "../shell/mark";
import { Panel } from "../shell/panel";
import { Rows } from "../shell/rows";
import { sentence } from "../shell/states";
import { ApplicationDrawer } from "./application-drawer";
import { YearFilter } from "./year-filter";

type Schemas = Projects["schemas"];
type Budget = Schemas["BudgetRead"];
type Sum = Schemas["SupportSum"];
type By = "policy" | "kind" | "region" | "year";

const BYS: readonly By[] = ["policy", "kind", "region", "year"];

export default function SupportPage() {
  const t = useTexts();
  useLanguage();
  const { message } = App.useApp();
  const [search, setAddress] = useAddress();
  const year = Number(search.get("year") ?? today().slice(0, 4));
  const by = (search.get("by") ?? "policy") as By;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("support.title")}</h1>
        <div className="acts">
          <Button
            onClick={() =>
              void download(`projects/v1/support-summaries/export?by=${by}&year=${year}`, `support-${year}.xlsx`).catch((error: unknown) =>
                message.error(sentence(error)),
              )
            }
          >
            {t("action.export")}
          </Button>
        </div>
      </div>
      <div className="filters">
        <YearFilter year={year} onChange={(year) => setAddress({ year })} />
        <Segmented<By>
          aria-label={t("support.by")}
          value={by}
          onChange={(value) => setAddress({ by: value, rows: "" })}
          options={BYS.map((value) => ({ value, label: term("supportBy", value) }))}
        />
      </div>
      <SumsPanel year={year} by={by} onOpen={(key) => setAddress({ rows: key })} />
      <BudgetsPanel year={year} />
      <ApplicationsPanel year={year} by={by} group={search.get("rows")} onOpen={(id) => setAddress({ application: id })} onAll={() => setAddress({ rows: "" })} />
      {search.get("application") && <ApplicationDrawer id={search.get("application") ?? ""} onClose={() => setAddress({ application: "" })} />}
    </div>
  );
}

function SumsPanel({ year, by, onOpen }: { year: number; by: By; onOpen: (key: string) => void }) {
  const t = useTexts();
  const regions = useRegions();
  const query = useQuery({
    queryKey: ["support", "sums", year, by],
    queryFn: async () => (await ok(projects.GET("/v1/support-summaries", { params: { query: { by, year } } }))).items,
  });
  const nameOf = (it: Sum) => (by === "region" ? regions.name(it.key) : by === "kind" ? term("support", it.key) : it.name || it.key);
  return (
    <Panel id="support-sums" title={t("support.sums")}>
      <Rows<Sum>
        query={query}
        rowKey={(it) => it.key}
        width={820}
        columns={[
          {
            title: term("supportBy", by),
            render: (_, it) => (
              <button type="button" className="plain-link" onClick={() => onOpen(it.key)}>
                {nameOf(it)}
              </button>
            ),
          },
          { title: t("support.applications"), width: 90, align: "right", dataIndex: "applications" },
          { title: t("support.granted"), width: 90, align: "right", dataIndex: "granted" },
          { title: t("support.requested"), width: 130, align: "right", render: (_, it) => money(it.requested_yuan) },
          { title: t("support.approved"), width: 130, align: "right", render: (_, it) => money(it.approved_yuan) },
          { title: t("support.paid"), width: 130, align: "right", render: (_, it) => money(it.paid_yuan) },
          { title: t("support.clawedBack"), width: 130, align: "right", render: (_, it) => money(it.clawed_back_yuan) },
        ]}
      />
    </Panel>
  );
}

function BudgetsPanel({ year }: { year: number }) {
  const t = useTexts();
  useLanguage();
  const budgets = useList<Budget>(["support", "budgets", year], (part) =>
    ok(projects.GET("/v1/support-budgets", { params: { query: { ...part, "filter[year][eq]": year } } })),
  );
  return (
    <Panel
      id="budgets"
      title={t("support.budgets")}
      extra={
        <span className="legend">
          {(["paid", "reserved", "left"] as const).map((part) => (
            <span key={part}>
              <i className={BUDGET_FILLS[part]} />
              {t(`support.${part}`)}
            </span>
          ))}
        </span>
      }
    >
      <Rows<Budget>
        query={budgets}
        width={860}
        columns={[
          { title: t("support.policy"), dataIndex: "policy_name" },
          { title: t("support.kind"), width: 100, render: (_, it) => term("support", it.kind) },
          { title: t("support.budget"), width: 130, align: "right", render: (_, it) => money(it.amount_yuan) },
          { title: t("support.used"), width: 180, render: (_, it) => <BudgetBar budget={it} /> },
          { title: t("support.paid"), width: 120, align: "right", render: (_, it) => money(it.paid_yuan) },
          { title: t("support.reserved"), width: 120, align: "right", render: (_, it) => money(it.reserved_yuan) },
          { title: t("support.left"), width: 120, align: "right", render: (_, it) => money(it.left_yuan) },
        ]}
      />
    </Panel>
  );
}

const BUDGET_FILLS = { paid: "fill-good", reserved: "fill-watch", left: "fill-rest" } as const;

function BudgetBar({ budget }: { budget: Budget }) {
  const whole = Number(budget.amount_yuan);
  const width = (value: string) => ({ width: `${whole > 0 ? Math.min(100, (Number(value) / whole) * 100) : 0}%` });
  return (
    <span className="bar-track" aria-hidden>
      <span className={`bar-part ${BUDGET_FILLS.paid}`} style={width(budget.paid_yuan)} />
      <span className={`bar-part ${BUDGET_FILLS.reserved}`} style={width(budget.reserved_yuan)} />
    </span>
  );
}

interface ApplicationsPanelProps {
  year: number;
  by: By;
  group: string | null;
  onOpen: (id: string) => void;
  onAll: () => void;
}

const GROUP_FILTERS: Record<By, string> = {
  policy: "filter[policy_id][eq]",
  kind: "filter[kind][eq]",
  region: "filter[region_code][within]",
  year: "filter[year][eq]",
};

function ApplicationsPanel({ year, by, group, onOpen, onAll }: ApplicationsPanelProps) {
  const t = useTexts();
  useLanguage();
  const query = { "filter[year][eq]": year, sort: "-submitted_on", ...(group && { [GROUP_FILTERS[by]]: group }) };
  const applications = useList<Application>(["support", "applications", query], (part) =>
    ok(projects.GET("/v1/support-applications", { params: { query: { ...query, ...part } } })),
  );
  return (
    <Panel
      id="applications"
      title={t("support.applications")}
      extra={
        group && (
          <Button size="small" onClick={onAll}>
            {t("support.all")}
          </Button>
        )
      }
    >
      <Rows<Application>
        query={applications}
        width={900}
        columns={[
          {
            title: t("support.code"),
            width: 150,
            render: (_, it) => (
              <button type="button" className="plain-link" onClick={() => onOpen(it.id)}>
                {it.code}
              </button>
            ),
          },
          { title: t("benchmarks.enterprise"), dataIndex: "enterprise_name" },
          { title: t("support.policy"), dataIndex: "policy_name" },
          { title: t("orderly.state"), width: 100, render: (_, it) => <Mark tone={APPLICATION_TONES[it.status]}>{term("application", it.status)}</Mark> },
          { title: t("support.requested"), width: 130, align: "right", render: (_, it) => yuan(it.requested_yuan) },
          { title: t("support.approved"), width: 130, align: "right", render: (_, it) => yuan(it.approved_yuan) },
          { title: t("support.paid"), width: 130, align: "right", render: (_, it) => yuan(it.paid_yuan) },
        ]}
      />
    </Panel>
  );
}
