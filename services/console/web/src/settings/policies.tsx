/** Escalation policies: who is told when, and when again; drawn as the steps that would be taken. */
import { useMutation } from "@tanstack/react-query";
import { Button, Select, Timeline } from "antd";
import { useState } from "react";
import { alerts, ok, type Alerts } from "../api/client";
import { SEVERITIES, type Severity } from "../alerts/model";
import { useRegions } from "../api/regions";
import { instant } from "../format";
import { inLanguage, term, text, useLanguage, useTexts } from "../i18n/language";
import { useSession } from "../session/session";
import type { Field } from "../shell/form-dialog";
import { Failure } from "../shell/states";
import { ResourcePage } from "./frame";
import type { Resource } from "./resource";

type Schemas = Alerts["schemas"];
type Policy = Schemas["PolicyRead"];
type Definition = Schemas["Policy-Input"];

const FIELDS: readonly Field[] = [
  { path: ["code"], label: "rules.code", kind: "text", required: true, fixed: true },
  { path: ["definition", "name_zh"], label: "rules.name_zh", kind: "text", required: true },
  { path: ["definition", "name_en"], label: "rules.name_en", kind: "text", required: true },
  { path: ["definition", "rungs"], label: "policies.rungs", kind: "structure", required: true, hint: "policies.rungsHint" },
  { path: ["definition", "promise"], label: "policies.promise", kind: "structure", required: true, hint: "policies.bySeverity" },
  { path: ["definition", "clocks"], label: "policies.clocks", kind: "structure", required: true, hint: "policies.bySeverity" },
  { path: ["definition", "remind"], label: "policies.remind", kind: "structure" },
  { path: ["definition", "promise_reminders"], label: "policies.promiseReminders", kind: "structure" },
  { path: ["definition", "longest_promise_days"], label: "policies.longestPromise", kind: "number", least: 0 },
  { path: ["reason"], label: "rules.reason", kind: "long" },
];

const POLICIES: Resource<Policy> = {
  name: "policies",
  title: "policies.title",
  note: "policies.note",
  right: "administer",
  keyOf: (it) => it.code,
  titleOf: (it) => inLanguage(it.definition.name_zh, it.definition.name_en),
  read: (part) => ok(alerts.GET("/v1/escalation-policies", { params: { query: { ...part, sort: "code" } } })),
  columns: () => [
    { title: text("rules.name"), render: (_, it) => inLanguage(it.definition.name_zh, it.definition.name_en) },
    { title: text("rules.code"), width: 160, dataIndex: "code" },
    { title: text("policies.rungs"), width: 320, render: (_, it) => it.definition.rungs.map((rung) => term("post", rung.post ?? "")).join(" → ") },
    { title: text("settings.revision"), width: 80, align: "right", dataIndex: "revision" },
    { title: text("settings.changedAt"), width: 150, render: (_, it) => instant(it.changed_at) },
  ],
  facts: (it) => [
    ["rules.code", it.code],
    ["policies.longestPromise", it.definition.longest_promise_days],
    ["settings.revision", it.revision],
    ["settings.changedBy", it.changed_by],
    ["settings.changedAt", instant(it.changed_at)],
    ["rules.reason", it.reason],
  ],
  Detail: PolicyDetail,
  useFields: () => FIELDS,
  create: async (typed) => {
    await ok(alerts.POST("/v1/escalation-policies", { body: typed as Schemas["PolicyCreate"] }));
    return undefined;
  },
  change: (policy, typed) => {
    const { definition, reason } = typed as { definition: Definition; reason?: string };
    const body = { definition: { ...policy.definition, ...definition }, reason: reason ?? null };
    return ok(
      alerts.PUT("/v1/escalation-policies/{code}", { params: { path: { code: policy.code } }, headers: { "If-Match": `"${policy.revision}"` }, body }),
    );
  },
};

export default function PoliciesPage() {
  return <ResourcePage resource={POLICIES} />;
}

function PolicyDetail({ row }: { row: Policy }) {
  const t = useTexts();
  useLanguage();
  const { me } = useSession();
  const regions = useRegions();
  const [severity, setSeverity] = useState<Severity>("red");
  const [region, setRegion] = useState(me?.region_code ?? "");
  const simulation = useMutation({
    retry: false,
    mutationFn: () => ok(alerts.POST("/v1/escalation-policies/simulate", { body: { code: row.code, severity, region_code: region } })),
  });
  return (
    <>
      <h3>{t("policies.rungs")}</h3>
      <ol className="rungs gap-below">
        {row.definition.rungs.map((rung, index) => (
          <li key={`${index}${rung.post}`}>
            <strong>{rung.post ? term("post", rung.post) : (rung.rosters ?? []).join(" · ")}</strong>
            <span>
              {Object.entries(rung.after)
                .map(([level, after]) => `${term("severity", level)} ${duration(after)}`)
                .join(" · ")}
            </span>
          </li>
        ))}
      </ol>
      <h3>{t("policies.simulate")}</h3>
      <div className="filters">
        <Select<Severity>
          className="filter-medium"
          aria-label={t("alerts.severity")}
          value={severity}
          onChange={setSeverity}
          options={SEVERITIES.map((value) => ({ value, label: term("severity", value) }))}
        />
        <Select
          className="filter-medium"
          showSearch={{ optionFilterProp: "label" }}
          aria-label={t("alerts.region")}
          placeholder={t("alerts.region")}
          value={region || null}
          onChange={setRegion}
          options={regions.all.map(({ code, name }) => ({ value: code, label: name }))}
        />
        <Button disabled={!region} loading={simulation.isPending} onClick={() => simulation.mutate()}>
          {t("policies.run")}
        </Button>
      </div>
      {simulation.error && <Failure error={simulation.error} />}
      {simulation.data && (
        <Timeline
          items={simulation.data.steps.map((step, index) => ({
            key: index,
            content: (
              <div className="chapter">
                <time dateTime={step.at}>{instant(step.at)}</time>
                <strong>{term("step", step.kind)}</strong>
                <span>{step.people.map((one) => `${one.name}（${term("post", one.post)}）`).join("、") || step.label}</span>
              </div>
            ),
          }))}
        />
      )}
    </>
  );
}

/** An ISO duration as people say it; what is another form of it stays as it is. */
function duration(value: string): string {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:[\d.]+S)?)?$/.exec(value);
  if (!found) return value;
  const [, days, hours, minutes] = found;
  const parts = [days && text("span.days", { n: days }), hours && text("span.hours", { n: hours }), minutes && text("span.minutes", { n: minutes })];
  return parts.filter(Boolean).join(" ") || text("span.atOnce");
}
