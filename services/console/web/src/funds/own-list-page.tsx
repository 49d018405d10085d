/** What an enterprise may apply for, and what it has applied for. */
import { Button } from "antd";
import { Link, useNavigate } from "react-router";
import { term, useLanguage, useTexts } from "../i18n/language";
import { Mark } from "../shell/mark";
import { Panel } from "../shell/panel";
import { Loaded } from "../shell/states";
import { APPLICATION_TONES, useOwnApplications, usePoliciesInForce, yuan, type Application, type Policy } from "./data";
import { givenBy } from "./terms";

export default function OwnFundsPage() {
  const t = useTexts();
  const applications = useOwnApplications();
  const policies = usePoliciesInForce();
  return (
    <div className="page page-narrow">
      <div className="page-head">
        <h1>{t("fund.title")}</h1>
      </div>
      <Panel id="own-applications" title={t("fund.own")}>
        <Loaded query={applications} empty={(data) => data.length === 0}>
          {(data) => (
            <ul className="cards">
              {data.map((it) => (
                <ApplicationCard key={it.id} application={it} />
              ))}
            </ul>
          )}
        </Loaded>
      </Panel>
      <Panel id="open-policies" title={t("fund.open")}>
        <Loaded query={policies} empty={(data) => data.length === 0}>
          {(data) => (
            <ul className="cards">
              {data.map((it) => (
                <PolicyCard key={it.id} policy={it} />
              ))}
            </ul>
          )}
        </Loaded>
      </Panel>
    </div>
  );
}

export function ApplicationCard({ application }: { application: Application }) {
  const t = useTexts();
  useLanguage();
  const { id, code, policy_name, status, step_name, requested_yuan, approved_yuan, paid_yuan, decision_reason } = application;
  return (
    <li>
      <Link to={`/portal/support/${id}`}>
        <strong>{policy_name}</strong>
        <span>
          <Mark tone={APPLICATION_TONES[status]}>{term("application", status)}</Mark>
          <small>{step_name ? `${code} · ${step_name}` : code}</small>
        </span>
        <small>
          {approved_yuan === null
            ? t("fund.asked", { yuan: yuan(requested_yuan) })
            : t("fund.granted", { yuan: yuan(approved_yuan), paid: yuan(paid_yuan) })}
        </small>
        {status === "returned" && decision_reason && <small className="late">{decision_reason}</small>}
      </Link>
    </li>
  );
}

function PolicyCard({ policy }: { policy: Policy }) {
  const t = useTexts();
  useLanguage();
  const navigate = useNavigate();
  return (
    <li>
      <div>
        <strong>{policy.name}</strong>
        <span>
          <Mark>{term("support", policy.kind)}</Mark>
          <small>{policy.code}</small>
        </span>
        <PolicyFacts policy={policy} />
        <Button type="primary" className="at-start" onClick={() => void navigate(`/portal/support/new?policy=${policy.id}`)}>
          {t("fund.apply")}
        </Button>
      </div>
    </li>
  );
}

/** What somebody wants to know before the work of an application. */
export function PolicyFacts({ policy }: { policy: Policy }) {
  const t = useTexts();
  const papers = policy.papers.map((it) => it.name).join(t("list.and"));
  return (
    <ul className="policy-facts">
      <li>{givenBy(policy)}</li>
      {policy.cap_yuan !== null && <li>{t("fund.cap", { yuan: yuan(policy.cap_yuan) })}</li>}
      <li>{term("once", policy.once)}</li>
      {papers && <li>{t("fund.papersAre", { papers })}</li>}
      <li>{policy.valid_to === null ? t("fund.since", { from: policy.valid_from }) : t("fund.between", { from: policy.valid_from, to: policy.valid_to })}</li>
      {policy.source && <li>{policy.source}</li>}
    </ul>
  );
}
