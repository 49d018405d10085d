/** A plan of orderly use: tiers and what they hold, users with their limits, and what is wrong with it. */
import { ArrowLeftOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Popconfirm, Table } from "antd";
import { useMemo, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { energy, ok } from "../api/client";
import { download } from "../api/download";
import { useRegions } from "../api/regions";
import { instant, number, power } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import type { Key } from "../i18n/zh-CN";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { FormDialog, type Field } from "../shell/form-dialog";
import { Mark } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { Rows } from "../shell/rows";
import { Share } from "../shell/share";
import { Loaded, sentence } from "../shell/states";
import { EntryDialog } from "./entry-dialog";
import { PLAN_TONES } from "./orderly-page";
import { useEntries, usePlan, type Entry, type Finding, type Plan } from "./orderly-data";

type Act = "checks" | "submission" | "approval" | "return" | "discard";

/** Which acts a plan is open to; the first is the usual one. */
const ACTS: Partial<Record<Plan["status"], readonly Act[]>> = {
  draft: ["checks", "discard"],
  checked: ["submission", "checks", "discard"],
  submitted: ["approval", "return"],
};
const DECISIONS: readonly Act[] = ["approval", "return"];

export default function PlanPage() {
  const { id = "" } = useParams();
  const query = usePlan(id);
  return (
    <div className="page">
      <Loaded query={query} rows={10}>
        {({ plan }) => <OnePlan plan={plan} />}
      </Loaded>
    </div>
  );
}

function OnePlan({ plan }: { plan: Plan }) {
  const t = useTexts();
  useLanguage();
  const { me } = useSession();
  const navigate = useNavigate();
  const regions = useRegions();
  const { message } = App.useApp();
  const [acting, setActing] = useState<Act>();
  const [editing, setEditing] = useState<Entry | "new">();
  const refresh = useRefresh(plan.id);
  const check = useCheck(plan.id);
  const isOpen = (plan.status === "draft" || plan.status === "checked") && may(me, "planOrderlyUse");
  const acts = (ACTS[plan.status] ?? []).filter((act) => may(me, DECISIONS.includes(act) ? "decideOrderlyUse" : "planOrderlyUse"));
  const press = (act: Act) => (act === "checks" ? check.mutate() : setActing(act));
  return (
    <>
      <div className="page-head">
        <Button type="text" icon={<ArrowLeftOutlined />} aria-label={t("action.back")} onClick={() => void navigate("/energy/orderly-use")} />
        <h1>{plan.name}</h1>
        <Mark tone={PLAN_TONES[plan.status]}>{term("plan", plan.status)}</Mark>
        <div className="acts">
          {acts.map((act, index) => (
            <Button key={act} type={index === 0 ? "primary" : "default"} loading={act === "checks" && check.isPending} onClick={() => press(act)}>
              {t(`planAct.${act}` as Key)}
            </Button>
          ))}
          <Button
            onClick={() =>
              void download(`energy/v1/curtailment-plans/${plan.id}/export?format=xlsx`, `${plan.name}.xlsx`).catch((error: unknown) =>
                message.error(sentence(error)),
              )
            }
          >
            {t("action.export")}
          </Button>
        </div>
      </div>
      <div className="columns">
        <Panel id="plan-facts" title={t("orderly.facts")}>
          <dl className="facts">
            <Fact name={t("orderly.region")}>{regions.name(plan.region_code)}</Fact>
            <Fact name={t("orderly.year")}>{plan.year}</Fact>
            <Fact name={t("orderly.edition")}>{t("orderly.editionOf", { n: plan.edition })}</Fact>
            <Fact name={t("orderly.maxLoad")}>{power(plan.max_load_kw)}</Fact>
            <Fact name={t("orderly.inForce")}>{plan.in_force_from ?? "–"}</Fact>
            <Fact name={t("orderly.checkedAt")}>{instant(plan.checked_at)}</Fact>
          </dl>
          {plan.note && <p className="summary">{plan.note}</p>}
        </Panel>
        <TiersPanel plan={plan} />
      </div>
      <FindingsPanel plan={plan} />
      <EntriesPanel
        plan={plan}
        onAdd={isOpen ? () => setEditing("new") : undefined}
        onEdit={isOpen ? setEditing : undefined}
        onChanged={() => check.mutate()}
      />
      {editing && (
        <EntryDialog
          plan={plan}
          entry={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
          onDone={() => {
            setEditing(undefined);
            // What the change means for the plan is said at once, at the row it is about.
            check.mutate();
          }}
        />
      )}
      {acting && <ActDialog plan={plan} act={acting} onClose={() => setActing(undefined)} onDone={() => void refresh().then(() => setActing(undefined))} />}
    </>
  );
}

function useRefresh(id: string): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: ["orderly", "plan", id] }),
      queries.invalidateQueries({ queryKey: ["orderly", "plans"] }),
    ]);
  };
}

function useCheck(id: string) {
  const { message } = App.useApp();
  const refresh = useRefresh(id);
  return useMutation({
    retry: false,
    mutationFn: () => ok(energy.POST("/v1/curtailment-plans/{plan_id}/checks", { params: { path: { plan_id: id } } })),
    onSettled: refresh,
    onError: (error) => void message.error(sentence(error)),
  });
}

function TiersPanel({ plan }: { plan: Plan }) {
  const t = useTexts();
  useLanguage();
  return (
    <Panel id="tiers" title={t("orderly.tiers")} extra={t("orderly.tiersNote")}>
      <Table
        size="small"
        rowKey="tier"
        pagination={false}
        scroll={{ x: 460 }}
        dataSource={plan.tiers}
        columns={[
          { title: t("orderly.tier"), width: 80, render: (_, it) => term("tier", String(it.tier)) },
          { title: t("orderly.users"), width: 70, align: "right", dataIndex: "users" },
          { title: t("orderly.held"), width: 110, align: "right", render: (_, it) => power(it.held_kw) },
          {
            title: t("orderly.share"),
            render: (_, it) => (
              <Share
                value={it.held_percent / 100}
                good={it.held_percent >= it.needed_percent}
                label={t("orderly.shareOf", { held: number(it.held_percent, 1), needed: number(it.needed_percent, 0) })}
              />
            ),
          },
        ]}
      />
    </Panel>
  );
}

function FindingsPanel({ plan }: { plan: Plan }) {
  const t = useTexts();
  // Those about a row are said there.
  const whole = (plan.findings ?? []).filter((it) => it.entry_ids.length === 0);
  const faults = (plan.findings ?? []).filter((it) => it.severity === "fault").length;
  if (plan.findings === null) return null;
  return (
    <Panel
      id="findings"
      title={t("orderly.findings")}
      extra={plan.is_check_current ? t(faults ? "orderly.faults" : "orderly.sound", { n: faults }) : t("orderly.checkOld")}
    >
      {whole.length === 0 ? (
        <p className="nothing">{t("orderly.findingsNone")}</p>
      ) : (
        <ul className="findings">
          {whole.map((it) => (
            <li key={`${it.code}${it.enterprise_id}${it.message}`}>
              <FindingMark finding={it} /> {it.message}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function FindingMark({ finding }: { finding: Finding }) {
  return <Mark tone={finding.severity === "fault" ? "error" : "warning"}>{term("finding", finding.severity)}</Mark>;
}

interface EntriesPanelProps {
  plan: Plan;
  onAdd: (() => void) | undefined;
  onEdit: ((entry: Entry) => void) | undefined;
  onChanged: () => void;
}

function EntriesPanel({ plan, onAdd, onEdit, onChanged }: EntriesPanelProps) {
  const t = useTexts();
  useLanguage();
  const { message } = App.useApp();
  const entries = useEntries(plan.id);
  const byEntry = useMemo(() => {
    const found = new Map<string, Finding[]>();
    for (const it of plan.findings ?? []) for (const id of it.entry_ids) found.set(id, [...(found.get(id) ?? []), it]);
    return found;
  }, [plan.findings]);
  const remove = async (entry: Entry) => {
    try {
      const path = { plan_id: plan.id, entry_id: entry.id };
      await ok(energy.DELETE("/v1/curtailment-plans/{plan_id}/entries/{entry_id}", { params: { path } }));
      onChanged();
    } catch (error) {
      void message.error(sentence(error));
    }
  };
  return (
    <Panel id="entries" title={t("orderly.entries")} extra={onAdd && <Button type="primary" size="small" onClick={onAdd}>{t("orderly.addUser")}</Button>}>
      <Rows<Entry>
        query={entries}
        width={860}
        rowClass={(it) => (byEntry.get(it.id)?.some((one) => one.severity === "fault") ? "is-faulty" : "")}
        columns={[
          { title: t("orderly.tier"), width: 80, render: (_, it) => term("tier", String(it.tier)) },
          {
            title: t("orderly.user"),
            render: (_, it) => (
              <>
                {it.name}
                {byEntry.get(it.id)?.map((one) => (
                  <p key={one.code} className={one.severity === "fault" ? "field-fault" : "field-warning"} role="alert">
                    {one.message}
                  </p>
                ))}
              </>
            ),
          },
          { title: t("orderly.category"), width: 130, render: (_, it) => term("category", it.category) },
          { title: t("orderly.measure"), width: 80, render: (_, it) => term("measure", it.measure) },
          {
            title: t("orderly.limit"),
            width: 150,
            align: "right",
            render: (_, it) => (it.quota_unit === "percent" ? `${number(it.quota, 1)}% · ${power(it.quota_kw)}` : power(it.quota_kw)),
          },
          { title: t("orderly.group"), width: 90, render: (_, it) => it.rotation_group ?? "–" },
          ...(onEdit
            ? [
                {
                  title: "",
                  width: 150,
                  render: (_: unknown, it: Entry) => (
                    <>
                      <Button type="link" size="small" onClick={() => onEdit(it)}>
                        {t("action.edit")}
                      </Button>
                      <Popconfirm title={t("orderly.removeUser", { name: it.name })} okText={t("action.remove")} cancelText={t("action.cancel")} onConfirm={() => remove(it)}>
                        <Button type="link" size="small" danger>
                          {t("action.remove")}
                        </Button>
                      </Popconfirm>
                    </>
                  ),
                },
              ]
            : []),
        ]}
      />
    </Panel>
  );
}

const NOTE: Field = { path: ["note"], label: "orderly.note", kind: "long" };
const ACT_FIELDS: Record<Exclude<Act, "checks">, readonly Field[]> = {
  submission: [NOTE],
  approval: [{ path: ["in_force_from"], label: "orderly.inForce", kind: "date" }, NOTE],
  return: [{ ...NOTE, required: true }],
  discard: [NOTE],
};

interface ActDialogProps {
  plan: Plan;
  act: Act;
  onClose: () => void;
  onDone: () => void;
}

function ActDialog({ plan, act, onClose, onDone }: ActDialogProps) {
  const t = useTexts();
  const named = { params: { path: { plan_id: plan.id } } };
  const send = (typed: Record<string, unknown>) => {
    switch (act) {
      case "approval":
        return ok(energy.POST("/v1/curtailment-plans/{plan_id}/approval", { ...named, body: typed }));
      case "return":
        return ok(energy.POST("/v1/curtailment-plans/{plan_id}/return", { ...named, body: { note: String(typed.note) } }));
      case "discard":
        return ok(energy.POST("/v1/curtailment-plans/{plan_id}/discard", { ...named, body: typed }));
      default:
        return ok(energy.POST("/v1/curtailment-plans/{plan_id}/submission", { ...named, body: typed }));
    }
  };
  return (
    <FormDialog
      title={t(`planAct.${act}` as Key)}
      okText={t(`planAct.${act}` as Key)}
      fields={act === "checks" ? [] : ACT_FIELDS[act]}
      send={send}
      onDone={onDone}
      onClose={onClose}
    />
  );
}
