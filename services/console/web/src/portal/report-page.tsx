/** One monthly report: said line by line, with what looks wrong explained, and handed in. */
import { ArrowLeftOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, InputNumber } from "antd";
import { useNavigate, useParams } from "react-router";
import { ok, Problem, projects } from "../api/client";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { Mark } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { Failure, Loaded } from "../shell/states";
import { amount } from "../year/figures";
import { useIndicators, type Indicator } from "../year/indicators";
import { useReport, type Line, type Report } from "./data";
import { REPORT_TONES } from "./reports-page";

interface Said {
  month_value: string | null;
  cumulative_value: string | null;
}

interface Typed {
  lines: Record<string, Said>;
  reasons?: Record<string, string>;
}

export default function ReportPage() {
  const { id = "" } = useParams();
  const query = useReport(id);
  const indicators = useIndicators();
  return (
    <div className="page page-narrow">
      <Loaded query={query} rows={10}>
        {({ report, tag }) => (
          <Loaded query={indicators} rows={10}>
            {(all) => <OneReport key={report.id} report={report} tag={tag} indicators={all} />}
          </Loaded>
        )}
      </Loaded>
    </div>
  );
}

interface OneReportProps {
  report: Report;
  tag: string;
  indicators: readonly Indicator[];
}

function OneReport({ report, tag, indicators }: OneReportProps) {
  const t = useTexts();
  useLanguage();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Typed>();
  const isOpen = report.status === "due" || report.status === "draft" || report.status === "returned";
  const refresh = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["portal", "report", report.id] }),
      queries.invalidateQueries({ queryKey: ["portal", "reports"] }),
    ]);
  const path = { report_id: report.id };
  const save = async (typed: Typed) => {
    const lines = linesOf(report, typed);
    return ok(projects.PATCH("/v1/economy-reports/{report_id}", { params: { path }, headers: { "If-Match": tag }, body: { lines } }));
  };
  const keep = useMutation({
    retry: false,
    mutationFn: save,
    onSuccess: () => {
      void message.success(t("form.saved"));
      void refresh();
    },
  });
  const submit = useMutation({
    retry: false,
    mutationFn: async (typed: Typed) => {
      const saved = await save(typed);
      const confirmations = saved.warnings.flatMap((it) => {
        const reason = typed.reasons?.[`${it.indicator} ${it.doubt}`]?.trim();
        return reason ? [{ indicator: it.indicator, doubt: it.doubt, reason }] : [];
      });
      return ok(projects.POST("/v1/economy-reports/{report_id}/submit", { params: { path }, body: { confirmations } }));
    },
    onSuccess: () => void message.success(t("reports.handedIn")),
    onError: (error) => form.setFields(faultsOf(error)),
    // A refusal may come after what was typed was kept, with doubts to explain: they are shown then.
    onSettled: () => void refresh(),
  });
  const fault = submit.error ?? keep.error;
  const said = new Map(report.lines.map((line) => [line.indicator, line]));
  return (
    <>
      <div className="page-head">
        <Button type="text" icon={<ArrowLeftOutlined />} aria-label={t("action.back")} onClick={() => void navigate("/portal/reports")} />
        <h1>{t("reports.of", { month: report.month.slice(0, 7), edition: term("edition", report.edition) })}</h1>
        <Mark tone={REPORT_TONES[report.status]}>{term("report", report.status)}</Mark>
      </div>
      <Panel id="report-facts" title={report.name}>
        <dl className="facts">
          <Fact name={t("reports.due")}>
            <span className={report.late ? "late" : ""}>{report.due_on}</span>
          </Fact>
          <Fact name={t("reports.submitted")}>{report.submitted_on ?? "–"}</Fact>
          {report.reason && <Fact name={t("reports.returned")}>{report.reason}</Fact>}
        </dl>
      </Panel>
      {fault && (
        <div className="gap-below">
          <Failure error={fault instanceof Problem ? new Problem(fault.status, fault.code, fault.title, fault.detail) : fault} />
        </div>
      )}
      <Form<Typed> form={form} layout="vertical" requiredMark={false} initialValues={startOf(report)} onFinish={(typed) => submit.mutate(typed)}>
        <Panel id="lines" title={t("reports.lines")}>
          <ul className="report-lines">
            {(isOpen ? indicators : indicators.filter((it) => said.has(it.code))).map((it) => (
              <ReportLine key={it.code} indicator={it} line={said.get(it.code)} isOpen={isOpen} isOwed={report.edition === "flash" ? it.required_flash : it.required} />
            ))}
          </ul>
        </Panel>
        {report.warnings.length > 0 && (
          <Panel id="doubts" title={t("reports.doubts")}>
            {report.warnings.map((it) => (
              <Form.Item key={`${it.indicator} ${it.doubt}`} name={["reasons", `${it.indicator} ${it.doubt}`]} label={it.message}>
                <Input.TextArea rows={2} maxLength={1000} disabled={!isOpen} placeholder={t("reports.explain")} />
              </Form.Item>
            ))}
          </Panel>
        )}
        {isOpen && (
          <div className="acts">
            <Button type="primary" htmlType="submit" loading={submit.isPending}>
              {t("reports.handIn")}
            </Button>
            <Button loading={keep.isPending} onClick={() => keep.mutate(form.getFieldsValue())}>
              {t("reports.keep")}
            </Button>
          </div>
        )}
      </Form>
    </>
  );
}

interface ReportLineProps {
  indicator: Indicator;
  line: Line | undefined;
  isOpen: boolean;
  isOwed: boolean;
}

function ReportLine({ indicator, line, isOpen, isOwed }: ReportLineProps) {
  const t = useTexts();
  const name = inLanguage(indicator.name_zh, indicator.name_en);
  return (
    <li>
      <strong>
        {name}
        <small>
          {term("unit", indicator.unit)}
          {isOwed && t("list.brackets", { value: t("form.required") })}
        </small>
      </strong>
      {isOpen ? (
        (["month_value", "cumulative_value"] as const).map((part) => {
          const label = t(part === "month_value" ? "economy.ofMonth" : "economy.cumulative");
          return (
            <Form.Item key={part} name={["lines", indicator.code, part]} label={label}>
              <InputNumber stringMode aria-label={`${name} ${label}`} className="full" />
            </Form.Item>
          );
        })
      ) : (
        <>
          <span>{amount(line?.month_value, indicator.unit)}</span>
          <span>{amount(line?.cumulative_value, indicator.unit)}</span>
        </>
      )}
      {line?.disagreement && <p className="field-warning">{t("reports.disagreement", { value: amount(line.disagreement, indicator.unit) })}</p>}
    </li>
  );
}

/** What is lacking is said at the line that lacks it. */
function faultsOf(error: unknown) {
  if (!(error instanceof Problem)) return [];
  return error.faults.flatMap(({ pointer, message }) => {
    const indicator = /^\/lines\/([^/]+)/.exec(pointer ?? "")?.[1];
    return indicator ? [{ name: ["lines", indicator, "month_value"] as ["lines", string, "month_value"], errors: [message] }] : [];
  });
}

function startOf(report: Report): Typed {
  return {
    lines: Object.fromEntries(report.lines.map((it) => [it.indicator, { month_value: it.month_said, cumulative_value: it.cumulative_said }])),
    reasons: Object.fromEntries(report.warnings.map((it) => [`${it.indicator} ${it.doubt}`, it.reason])),
  };
}

/** What was said, and null for what was taken back; lines that say nothing as before are left out. */
function linesOf(report: Report, typed: Typed): Record<string, Said> {
  const text = (value: string | null | undefined) => (value === undefined || value === null || value === "" ? null : String(value));
  const before = new Map(report.lines.map((line) => [line.indicator, line]));
  return Object.fromEntries(
    Object.entries(typed.lines).flatMap(([indicator, one]): [string, Said][] => {
      const now: Said = { month_value: text(one?.month_value), cumulative_value: text(one?.cumulative_value) };
      const line = before.get(indicator);
      const isSilent = now.month_value === null && now.cumulative_value === null && !line?.month_said && !line?.cumulative_said;
      return isSilent ? [] : [[indicator, now]];
    }),
  );
}
