/** Orderly use: what is carried out now, and the plans of the years. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { energy, ok } from "../api/client";
import { useRegions } from "../api/regions";
import { today } from "../clock";
import { instant, power } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { FormDialog, type Field } from "../shell/form-dialog";
import { Mark, type Tone } from "../shell/mark";
import { Panel } from "../shell/panel";
import { Rows } from "../shell/rows";
import { ActivateDialog } from "./activate-dialog";
import { useActivations, usePlans, type Activation, type PlanItem } from "./orderly-data";

export const ACTIVATION_TONES: Partial<Record<Activation["state"], Tone>> = {
  ordered: "warning",
  notified: "warning",
  running: "error",
  ended: "busy",
  verified: "success",
  closed: "success",
};
export const PLAN_TONES: Partial<Record<PlanItem["status"], Tone>> = {
  checked: "busy",
  submitted: "warning",
  approved: "success",
  in_force: "success",
};

export default function OrderlyUsePage() {
  const t = useTexts();
  useLanguage();
  const { me } = useSession();
  const regions = useRegions();
  const navigate = useNavigate();
  const [making, setMaking] = useState<"plan" | "activation">();
  const plans = usePlans();
  const activations = useActivations();
  const mayWrite = may(me, "planOrderlyUse");
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("orderly.title")}</h1>
        {mayWrite && (
          <div className="acts">
            <Button danger onClick={() => setMaking("activation")}>
              {t("orderly.activate")}
            </Button>
            <Button type="primary" onClick={() => setMaking("plan")}>
              {t("orderly.newPlan")}
            </Button>
          </div>
        )}
      </div>
      <Panel id="activations" title={t("orderly.activations")}>
        <Rows<Activation>
          query={activations}
          width={860}
          columns={[
            { title: t("orderly.code"), width: 200, render: (_, it) => <Link to={`/energy/orderly-use/activations/${it.id}`}>{it.code}</Link> },
            {
              title: t("orderly.state"),
              width: 96,
              render: (_, it) => <Mark tone={ACTIVATION_TONES[it.state]}>{term("activationState", it.state)}</Mark>,
            },
            { title: t("orderly.region"), width: 110, render: (_, it) => regions.name(it.region_code) },
            { title: t("orderly.level"), width: 80, render: (_, it) => term("gap", it.level === null ? null : String(it.level)) },
            { title: t("orderly.time"), width: 290, render: (_, it) => `${instant(it.starts_at)} – ${instant(it.ends_at)}` },
            { title: t("orderly.reason"), dataIndex: "reason", ellipsis: true },
          ]}
        />
      </Panel>
      <Panel id="plans" title={t("orderly.plans")}>
        <Rows<PlanItem>
          query={plans}
          width={760}
          columns={[
            { title: t("orderly.name"), render: (_, it) => <Link to={`/energy/orderly-use/${it.id}`}>{it.name}</Link> },
            { title: t("orderly.year"), width: 80, dataIndex: "year" },
            { title: t("orderly.edition"), width: 80, render: (_, it) => t("orderly.editionOf", { n: it.edition }) },
            { title: t("orderly.region"), width: 110, render: (_, it) => regions.name(it.region_code) },
            { title: t("orderly.state"), width: 96, render: (_, it) => <Mark tone={PLAN_TONES[it.status]}>{term("plan", it.status)}</Mark> },
            { title: t("orderly.maxLoad"), width: 110, align: "right", render: (_, it) => power(it.max_load_kw) },
            { title: t("orderly.inForce"), width: 120, render: (_, it) => it.in_force_from ?? "–" },
          ]}
        />
      </Panel>
      {making === "plan" && <PlanDialog onClose={() => setMaking(undefined)} onMade={(id) => void navigate(`/energy/orderly-use/${id}`)} />}
      {making === "activation" && (
        <ActivateDialog onClose={() => setMaking(undefined)} onMade={(id) => void navigate(`/energy/orderly-use/activations/${id}`)} />
      )}
    </div>
  );
}

function PlanDialog({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const t = useTexts();
  const { me } = useSession();
  const regions = useRegions();
  const queries = useQueryClient();
  const plans = usePlans();
  const fields: readonly Field[] = [
    { path: ["name"], label: "orderly.name", kind: "text", required: true },
    {
      path: ["region_code"],
      label: "orderly.region",
      kind: "choice",
      required: true,
      options: regions.all.map(({ code, name }) => ({ value: code, label: name })),
    },
    { path: ["year"], label: "orderly.year", kind: "number", required: true, least: 2000, most: 2100, digits: 0 },
    { path: ["max_load_kw"], label: "orderly.maxLoadKw", kind: "number", required: true, least: 0 },
    {
      path: ["copy_from"],
      label: "orderly.copyFrom",
      kind: "choice",
      options: (plans.data ?? []).map((it) => ({ value: it.id, label: `${it.year} ${it.name}` })),
    },
    { path: ["note"], label: "orderly.note", kind: "long" },
  ];
  return (
    <FormDialog
      title={t("orderly.newPlan")}
      okText={t("action.create")}
      fields={fields}
      start={{ region_code: me?.region_code ?? undefined, year: Number(today().slice(0, 4)) }}
      send={async (typed) => {
        const made = await ok(energy.POST("/v1/curtailment-plans", { body: typed as never }));
        await queries.invalidateQueries({ queryKey: ["orderly", "plans"] });
        onMade(made.id);
      }}
      onDone={onClose}
      onClose={onClose}
    />
  );
}
