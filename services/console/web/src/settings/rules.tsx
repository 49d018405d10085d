/** Alert rules: what becomes an alert, how grave it is and what it says; tried on what has happened before it is kept. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Button, InputNumber, Table } from "antd";
import { useState } from "react";
import { alerts, ok, type Alerts } from "../api/client";
import { SeverityMark } from "../alerts/marks";
import { useRegions } from "../api/regions";
import { instant, number } from "../format";
import { inLanguage, term, text, useLanguage, useTexts } from "../i18n/language";
import type { Field } from "../shell/form-dialog";
import { Mark } from "../shell/mark";
import { Fact } from "../shell/panel";
import { Failure } from "../shell/states";
import { ResourcePage } from "./frame";
import type { Resource } from "./resource";

type Schemas = Alerts["schemas"];
type Rule = Schemas["RuleRead"];
type Definition = Rule["definition"];
type Tried = Schemas["TriedAlertRead"];

const CLOCKS = ["working", "around_the_clock"] as const;
const REASON: Field = { path: ["reason"], label: "rules.reason", kind: "long", required: true };

function useRuleFields(): readonly Field[] {
  const types = useQuery({
    queryKey: ["settings", "event-types"],
    staleTime: 10 * 60_000,
    queryFn: async () => (await ok(alerts.GET("/v1/rule-event-types"))).items,
  });
  const policies = useQuery({
    queryKey: ["settings", "policies"],
    queryFn: async () => (await ok(alerts.GET("/v1/escalation-policies", { params: { query: { limit: 200 } } }))).items,
  });
  const regions = useRegions();
  const opened = (types.data ?? []).map((it) => ({ value: it.opened_type, label: it.opened_type }));
  const cleared = [...new Set((types.data ?? []).map((it) => it.cleared_type))].filter(Boolean).map((value) => ({ value, label: value }));
  const of = (name: keyof Definition, field: Omit<Field, "path" | "label">): Field => ({
    path: ["definition", name],
    label: `rules.${name}` as Field["label"],
    ...field,
  });
  return [
    { path: ["code"], label: "rules.code", kind: "text", required: true, fixed: true },
    of("name_zh", { kind: "text", required: true }),
    of("name_en", { kind: "text", required: true }),
    of("opened_type", { kind: "choice", required: true, options: opened }),
    of("cleared_type", { kind: "choice", options: cleared }),
    of("condition_kind", { kind: "text", required: true }),
    of("condition", { kind: "code", hint: "rules.conditionHint" }),
    of("holds_while", { kind: "code" }),
    of("severity", { kind: "structure", hint: "rules.severityHint" }),
    of("min_duration_minutes", { kind: "number", least: 0 }),
    of("clear_after_minutes", { kind: "number", least: 0 }),
    of("policy_code", {
      kind: "choice",
      required: true,
      options: (policies.data ?? []).map((it) => ({ value: it.code, label: inLanguage(it.definition.name_zh, it.definition.name_en) })),
    }),
    of("clock", { kind: "choice", options: CLOCKS.map((value) => ({ value, label: term("clock", value) })) }),
    of("region_code", { kind: "choice", options: regions.all.map(({ code, name }) => ({ value: code, label: name })) }),
    of("priority", { kind: "number", digits: 0 }),
    of("object_type", { kind: "text", required: true }),
    of("object_id", { kind: "code", required: true }),
    of("object_label", { kind: "code" }),
    of("title_zh", { kind: "code", required: true, hint: "rules.templateHint" }),
    of("title_en", { kind: "code", required: true }),
    of("text_zh", { kind: "code", required: true }),
    of("text_en", { kind: "code", required: true }),
    of("labels", { kind: "structure" }),
    of("requires_test", { kind: "switch" }),
    { path: ["reason"], label: "rules.reason", kind: "long" },
  ];
}

const RULES: Resource<Rule> = {
  name: "rules",
  title: "rules.title",
  note: "rules.note",
  right: "keepRules",
  keyOf: (it) => it.code,
  titleOf: (it) => inLanguage(it.definition.name_zh, it.definition.name_en),
  read: (part) => ok(alerts.GET("/v1/alert-rules", { params: { query: { ...part, sort: "code" } } })),
  columns: () => [
    { title: text("rules.name"), render: (_, it) => inLanguage(it.definition.name_zh, it.definition.name_en) },
    { title: text("rules.code"), width: 210, dataIndex: "code", ellipsis: true },
    { title: text("rules.opened_type"), width: 260, ellipsis: true, render: (_, it) => it.definition.opened_type },
    { title: text("rules.severity"), width: 100, render: (_, it) => severityOf(it.definition) },
    { title: text("rules.policy_code"), width: 120, ellipsis: true, render: (_, it) => it.definition.policy_code },
    {
      title: text("rules.enabled"),
      width: 90,
      render: (_, it) => <Mark tone={it.definition.enabled === false ? "plain" : "success"}>{text(it.definition.enabled === false ? "rules.off" : "rules.on")}</Mark>,
    },
    { title: text("settings.revision"), width: 80, align: "right", dataIndex: "revision" },
  ],
  facts: (it) => [
    ["rules.code", it.code],
    ["rules.opened_type", it.definition.opened_type],
    ["rules.cleared_type", it.definition.cleared_type],
    ["rules.condition_kind", term("kind", it.definition.condition_kind)],
    ["rules.policy_code", it.definition.policy_code],
    ["rules.min_duration_minutes", number(it.definition.min_duration_minutes)],
    ["settings.revision", it.revision],
    ["settings.changedBy", it.changed_by],
    ["settings.changedAt", instant(it.changed_at)],
    ["rules.reason", it.reason],
  ],
  Detail: RuleDetail,
  useFields: useRuleFields,
  start: { definition: { enabled: true, requires_test: true, priority: 100, severity: { otherwise: "yellow" } } },
  create: async (typed) => {
    await ok(alerts.POST("/v1/alert-rules", { body: typed as Schemas["RuleCreate"] }));
    return undefined;
  },
  change: (rule, typed) => {
    const { definition, reason } = typed as { definition: Definition; reason?: string };
    // A rule is written as a whole: what the dialog has no field for stays.
    const body = { definition: { ...rule.definition, ...definition }, reason: reason ?? null };
    return ok(
      alerts.PUT("/v1/alert-rules/{code}", { params: { path: { code: rule.code } }, headers: { "If-Match": `"${rule.revision}"` }, body }),
    );
  },
  acts: [
    {
      label: "rules.disable",
      danger: true,
      isOpen: (it) => it.definition.enabled !== false,
      fields: [REASON],
      run: (it, { reason }) =>
        ok(alerts.POST("/v1/alert-rules/{code}/disablements", { params: { path: { code: it.code } }, body: { reason: String(reason) } })),
    },
    {
      label: "rules.enable",
      isOpen: (it) => it.definition.enabled === false,
      fields: [REASON],
      run: (it, { reason }) =>
        ok(alerts.POST("/v1/alert-rules/{code}/enablements", { params: { path: { code: it.code } }, body: { reason: String(reason) } })),
    },
  ],
};

function severityOf({ severity }: Definition) {
  const found = new Set([severity?.otherwise, ...Object.values(severity?.by_level ?? {}), ...(severity?.cases ?? []).map((it) => it.severity)]);
  const [first] = ["red", "orange", "yellow", "blue"].filter((it) => found.has(it as "red"));
  return first ? <SeverityMark severity={first as "red"} /> : "–";
}

export default function RulesPage() {
  return <ResourcePage resource={RULES} />;
}

function RuleDetail({ row }: { row: Rule }) {
  const t = useTexts();
  useLanguage();
  const { definition } = row;
  return (
    <>
      <h3>{t("rules.condition")}</h3>
      <pre className="code-block">{definition.condition || "true"}</pre>
      <h3>{t("rules.says")}</h3>
      <pre className="code-block">{[inLanguage(definition.title_zh, definition.title_en), inLanguage(definition.text_zh, definition.text_en)].join("\n\n")}</pre>
      <Trial code={row.code} />
    </>
  );
}

const USUAL_DAYS = 7;

/** What the rule would have done with the events that are kept. */
function Trial({ code }: { code: string }) {
  const t = useTexts();
  useLanguage();
  const regions = useRegions();
  const [days, setDays] = useState(USUAL_DAYS);
  const trial = useMutation({
    retry: false,
    mutationFn: () => ok(alerts.POST("/v1/alert-rules/test", { body: { code, days } })),
  });
  return (
    <section aria-label={t("rules.trial")}>
      <h3>{t("rules.trial")}</h3>
      <div className="filters">
        <label className="filter-switch">
          {t("rules.trialDays")}
          <InputNumber min={1} max={90} value={days} onChange={(value) => setDays(value ?? USUAL_DAYS)} />
        </label>
        <Button loading={trial.isPending} onClick={() => trial.mutate()}>
          {t("rules.try")}
        </Button>
      </div>
      {trial.error && <Failure error={trial.error} />}
      {trial.data && (
        <>
          <dl className="facts facts-line">
            <Fact name={t("rules.events")}>{number(trial.data.events)}</Fact>
            <Fact name={t("rules.alerts")}>
              <span data-figure="tried">{number(trial.data.alert_count)}</span>
            </Fact>
            <Fact name={t("rules.unanswered")}>{number(trial.data.unanswered_count)}</Fact>
            {Object.entries(trial.data.effects).map(([effect, count]) => (
              <Fact key={effect} name={term("effect", effect)}>
                {number(count)}
              </Fact>
            ))}
          </dl>
          <Table<Tried>
            size="small"
            rowKey={(it) => `${it.dedup_key}${it.occurred_at}`}
            pagination={{ pageSize: 20, hideOnSinglePage: true }}
            scroll={{ x: 560 }}
            dataSource={trial.data.alerts}
            columns={[
              { title: t("alerts.severity"), width: 76, render: (_, it) => <SeverityMark severity={it.severity} /> },
              { title: t("alerts.title"), render: (_, it) => it.steps[0]?.texts[inLanguage("title_zh", "title_en")] ?? it.object_label },
              { title: t("alerts.region"), width: 110, render: (_, it) => regions.name(it.region_code) },
              { title: t("alerts.occurred"), width: 150, render: (_, it) => instant(it.occurred_at) },
              { title: t("rules.ended"), width: 80, render: (_, it) => t(it.ended ? "rules.yes" : "rules.no") },
            ]}
          />
          {trial.data.unanswered.slice(0, 5).map((it) => (
            <p key={it.event_id} className="no-figure">
              {instant(it.at)} {it.reason}
            </p>
          ))}
        </>
      )}
    </section>
  );
}
