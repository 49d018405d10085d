/** One application as the office sees it: what was asked for and brought, what is due, and what is done with it. */
import { App, Drawer } from "antd";
import { download } from "../api/download";
import { ApplicationActs } from "../funds/acts";
import { Course, Outcome } from "../funds/course";
import { APPLICATION_TONES, useApplication, useApplicationDocuments, usePolicy, yuan, type Application, type BroughtPaper } from "../funds/data";
import { term, useLanguage, useTexts } from "../i18n/language";
import { Mark } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { Loaded, sentence } from "../shell/states";

export function ApplicationDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useTexts();
  useLanguage();
  const query = useApplication(id);
  return (
    <Drawer open size={760} title={query.data?.body.policy_name ?? t("support.applications")} onClose={onClose}>
      <Loaded query={query} rows={8}>
        {({ body, tag }) => (
          <>
            <p className="gap-below">
              <Mark tone={APPLICATION_TONES[body.status]}>{term("application", body.status)}</Mark>
              {body.appeal_reason && <span className="late">{`${t("fund.appealReason")}${t("list.dash")}${body.appeal_reason}`}</span>}
            </p>
            <ApplicationActs application={body} tag={tag} />
            <Outcome application={body} />
            <Said application={body} />
            <Course application={body} />
          </>
        )}
      </Loaded>
    </Drawer>
  );
}

function Said({ application }: { application: Application }) {
  const t = useTexts();
  const { message } = App.useApp();
  const policy = usePolicy(application.policy_id);
  const documents = useApplicationDocuments(application.id);
  const names = new Map(policy.data?.papers.map((it) => [it.code, it.name]));
  const files = new Map(documents.data?.map((it) => [it.id, it.name]));
  const papers = application.papers as unknown as BroughtPaper[];
  const loans = (application.inputs.loans ?? []) as { contract: string; bank: string; principal_yuan: string; annual_rate_percent: string; first_day: string; last_day: string }[];
  return (
    <Panel id="said" title={t("fund.asks")}>
      {loans.map((loan) => (
        <dl key={loan.contract} className="facts gap-below">
          <Fact name={t("fund.contract")}>{loan.contract}</Fact>
          <Fact name={t("fund.bank")}>{loan.bank}</Fact>
          <Fact name={t("fund.principal")}>{yuan(loan.principal_yuan)}</Fact>
          <Fact name={t("fund.rate")}>{`${loan.annual_rate_percent}%`}</Fact>
          <Fact name={t("fund.firstDay")}>{loan.first_day}</Fact>
          <Fact name={t("fund.lastDay")}>{loan.last_day}</Fact>
        </dl>
      ))}
      <Plain inputs={application.inputs} />
      <ul className="findings">
        {papers.map(({ code, document_id, reference }) => (
          <li key={`${code} ${document_id ?? ""}`}>
            {names.get(code) ?? code}
            {t("list.dash")}
            {document_id && (
              <button
                type="button"
                className="plain-link"
                onClick={() =>
                  void download(`projects/v1/documents/${document_id}/content`, files.get(document_id) ?? code).catch((error: unknown) => message.error(sentence(error)))
                }
              >
                {files.get(document_id) ?? t("fund.file")}
              </button>
            )}{" "}
            {reference}
          </li>
        ))}
      </ul>
      {application.note && <p className="summary">{application.note}</p>}
    </Panel>
  );
}

/** What is said of kinds other than loans. */
function Plain({ inputs }: { inputs: Application["inputs"] }) {
  const t = useTexts();
  const { invested_yuan, quantity, first_year, years, fees } = inputs as {
    invested_yuan?: string;
    quantity?: string;
    first_year?: number;
    years?: { year: number; paid_yuan: string }[];
    fees?: { code: string; standard_yuan: string }[];
  };
  const facts: [string, string][] = [
    ...(invested_yuan === undefined ? [] : [[t("fund.invested"), yuan(invested_yuan)] as [string, string]]),
    ...(quantity === undefined ? [] : [[t("fund.quantity"), quantity] as [string, string]]),
    ...(first_year === undefined ? [] : [[t("fund.firstYear"), String(first_year)] as [string, string]]),
    ...(years ?? []).map(({ year, paid_yuan }) => [`${t("fund.taxPaid")} ${year}`, yuan(paid_yuan)] as [string, string]),
    ...(fees ?? []).map(({ code, standard_yuan }) => [code, yuan(standard_yuan)] as [string, string]),
  ];
  if (facts.length === 0) return null;
  return (
    <dl className="facts gap-below">
      {facts.map(([name, value]) => (
        <Fact key={name} name={name}>
          {value}
        </Fact>
      ))}
    </dl>
  );
}
