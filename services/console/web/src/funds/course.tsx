/** What became of an application: what is due, what was checked, decided and paid, step by step. */
import { Timeline } from "antd";
import { instant } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import { Mark } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { Loaded } from "../shell/states";
import { isEditable, useComputation, useCourse, yuan, type Application } from "./data";

const OUTCOME_TONES = { passed: "success", failed: "error", unknown: "warning" } as const;

export function Outcome({ application }: { application: Application }) {
  const t = useTexts();
  useLanguage();
  const one = application;
  const computation = useComputation(one);
  const isOpen = isEditable(one);
  const computed = isOpen ? computation.data?.amount_yuan : one.computed_yuan;
  return (
    <Panel id="outcome" title={`${one.code} · ${one.enterprise_name}`}>
      <dl className="facts">
        <Fact name={t("support.requested")}>{yuan(one.requested_yuan)}</Fact>
        <Fact name={t(isOpen ? "fund.wouldBe" : "support.computed")}>{yuan(computed)}</Fact>
        <Fact name={t("support.approved")}>{yuan(one.approved_yuan)}</Fact>
        <Fact name={t("support.paid")}>{yuan(one.paid_yuan)}</Fact>
        {Number(one.clawed_back_yuan) > 0 && <Fact name={t("support.clawedBack")}>{yuan(one.clawed_back_yuan)}</Fact>}
        {one.step_name && <Fact name={t("support.step")}>{one.step_name}</Fact>}
        {one.submitted_on && <Fact name={t("fund.submitted")}>{one.submitted_on}</Fact>}
        {one.decided_on && <Fact name={t("fund.decided")}>{one.decided_on}</Fact>}
        {one.decision_reason && one.status !== "returned" && <Fact name={t("support.reason")}>{one.decision_reason}</Fact>}
        {one.appeal_until && <Fact name={t("fund.appealUntil")}>{one.appeal_until}</Fact>}
      </dl>
      {isOpen && computation.data && computation.data.verdict !== "met" && (
        <p className="field-warning">{t(computation.data.verdict === "not_met" ? "fund.conditionNotMet" : "fund.conditionUnknown")}</p>
      )}
      {!isOpen && <Checks checks={one.checks} />}
    </Panel>
  );
}

/** What was found; of papers and facts that lack, which. */
export function Checks({ checks }: { checks: Application["checks"] }) {
  useLanguage();
  return (
    <ul className="findings gap-above">
      {checks.map((it) => (
        <li key={it.code}>
          <Mark tone={OUTCOME_TONES[it.outcome]}>{term("outcome", it.outcome)}</Mark> {term("supportCheck", it.code)}
          <Lacking facts={it.facts} />
        </li>
      ))}
    </ul>
  );
}

function Lacking({ facts }: { facts: Record<string, unknown> }) {
  const t = useTexts();
  const lacking = Array.isArray(facts.lacking) ? facts.lacking.map(String) : [];
  const missing = Object.keys((facts.missing as object | null | undefined) ?? {}).map((name) => term("fact", name));
  const words = [...lacking, ...missing].join(t("list.and"));
  return words ? <small className="lacking">{t("fund.lacking", { what: words })}</small> : null;
}

export function Course({ application }: { application: Application }) {
  const t = useTexts();
  useLanguage();
  const course = useCourse(application);
  return (
    <>
      {Number(application.approved_yuan) > 0 && (
        <Panel id="payments" title={t("fund.payments")}>
          <Loaded query={course} empty={({ payments, clawbacks }) => payments.length + clawbacks.length === 0} rows={2}>
            {({ payments, clawbacks }) => (
              <ul className="findings">
                {payments.map((it) => (
                  <li key={it.id}>
                    <strong>{yuan(it.amount_yuan)}</strong> {it.paid_on} <small>{it.evidence}</small>
                  </li>
                ))}
                {clawbacks.map((it) => (
                  <li key={it.id}>
                    <Mark tone="warning">{term("clawback", it.status)}</Mark>
                    <strong>{yuan(it.amount_yuan)}</strong> {t("fund.repayBy", { on: it.due_on })} <small>{it.reason}</small>
                  </li>
                ))}
              </ul>
            )}
          </Loaded>
        </Panel>
      )}
      <Panel id="course" title={t("support.steps")}>
        <Loaded query={course} rows={3}>
          {({ steps }) => (
            <Timeline
              items={steps.map((it) => ({
                key: it.version,
                content: (
                  <div className="chapter">
                    <time>{instant(it.at)}</time>
                    <strong>{term("supportStep", it.action)}</strong>
                    {it.note && <span>{it.note}</span>}
                  </div>
                ),
              }))}
            />
          )}
        </Loaded>
      </Panel>
    </>
  );
}
