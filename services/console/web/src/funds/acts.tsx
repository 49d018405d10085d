/** What the office does with an application: its step approved, more asked for, refused, paid, an appeal heard. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { ok, projects } from "../api/client";
import { today } from "../clock";
import { useTexts } from "../i18n/language";
import type { Key } from "../i18n/zh-CN";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { FormDialog, said, type Field, type Typed } from "../shell/form-dialog";
import type { Application } from "./data";

interface Act {
  label: Key;
  fields: readonly Field[];
  start?: Typed;
  danger?: boolean;
  run: (typed: Typed) => Promise<unknown>;
}

const REASON: Field = { path: ["reason"], label: "fund.reason", kind: "long", required: true };

export function ApplicationActs({ application, tag }: { application: Application; tag: string }) {
  const t = useTexts();
  const { me } = useSession();
  const queries = useQueryClient();
  const [act, setAct] = useState<Act>();
  if (!may(me, "editProjects")) return null;
  const offered = actsOf(application, tag, may(me, "instruct"));
  if (offered.length === 0) return null;
  return (
    <div className="acts">
      {offered.map((it, index) => (
        <Button key={it.label} type={index === 0 ? "primary" : "default"} danger={it.danger === true} onClick={() => setAct(it)}>
          {t(it.label)}
        </Button>
      ))}
      {act && (
        <FormDialog
          title={`${t(act.label)} · ${application.code}`}
          okText={t(act.label)}
          fields={act.fields}
          {...(act.start && { start: act.start })}
          send={act.run}
          onDone={() => {
            setAct(undefined);
            void queries.invalidateQueries({ queryKey: ["support"] });
          }}
          onClose={() => setAct(undefined)}
        />
      )}
    </div>
  );
}

/** Whose turn it is, and that nobody decides twice, is the service's to say. */
function actsOf(application: Application, tag: string, decides: boolean): Act[] {
  const asked = { params: { path: { application_id: application.id } }, headers: { "If-Match": tag } };
  const because = (typed: Typed) => ({ ...asked, body: { reason: said(typed.reason) } });
  switch (application.status) {
    case "in_review":
      return [
        {
          label: "fund.approve",
          fields: [
            { path: ["approved_yuan"], label: "support.approved", kind: "number", least: 0, digits: 0, hint: "fund.approveHint" },
            { path: ["note"], label: "fund.note", kind: "long" },
          ],
          run: ({ approved_yuan, note }) =>
            ok(
              projects.POST("/v1/support-applications/{application_id}/step-approvals", {
                ...asked,
                body: { note: said(note), ...(typeof approved_yuan === "number" && { approved_yuan: String(approved_yuan) }) },
              }),
            ),
        },
        {
          label: "fund.askMore",
          fields: [REASON],
          run: (typed) => ok(projects.POST("/v1/support-applications/{application_id}/return", because(typed))),
        },
        {
          label: "fund.refuse",
          danger: true,
          fields: [REASON],
          run: (typed) => ok(projects.POST("/v1/support-applications/{application_id}/refusal", because(typed))),
        },
      ];
    case "approved": {
      const left = Number(application.approved_yuan) - Number(application.paid_yuan);
      const pay: Act = {
        label: "fund.pay",
        fields: [
          { path: ["amount_yuan"], label: "fund.amount", kind: "number", required: true, least: 1, digits: 0 },
          { path: ["paid_on"], label: "fund.paidOn", kind: "date", required: true },
          { path: ["evidence"], label: "fund.evidence", kind: "text", required: true },
        ],
        start: { amount_yuan: left, paid_on: today() },
        run: ({ amount_yuan, paid_on, evidence }) =>
          ok(
            projects.POST("/v1/support-applications/{application_id}/payments", {
              ...asked,
              body: { amount_yuan: String(Number(amount_yuan)), paid_on: said(paid_on), evidence: said(evidence) },
            }),
          ),
      };
      return [
        ...(left > 0 ? [pay] : []),
        ...(decides
          ? [{ label: "fund.close" as const, fields: [REASON], run: (typed: Typed) => ok(projects.POST("/v1/support-applications/{application_id}/closing", because(typed))) }]
          : []),
      ];
    }
    case "refused":
      return application.appeal_reason && decides
        ? [
            {
              label: "fund.hearAppeal",
              fields: [{ path: ["upheld"], label: "fund.upheld", kind: "switch" }, REASON],
              run: ({ upheld, reason }) =>
                ok(
                  projects.POST("/v1/support-applications/{application_id}/appeal-decision", {
                    ...asked,
                    body: { upheld: upheld === true, reason: said(reason) },
                  }),
                ),
            },
          ]
        : [];
    default:
      return [];
  }
}
