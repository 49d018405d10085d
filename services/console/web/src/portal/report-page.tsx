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
import { useReport, type Report } from "./data";
import { REPORT_TONES } from "./reports-page";

interface Said {
  month: string | null;
  cumulative: string | null;
}

interface Typed {
  lines: Record<string, Said>;
  reasons?: Record<string, string>;
}

export default function ReportPage() {
  const { id = "" } = useParams();
  const query = useReport(id);
  return (
    <div className="page page-narrow">
      <Loaded query={query} rows={10}>
        {({ report, tag }) => <OneReport key={`${report.id}${report.version}`} report={report} tag={tag} />}
      </Loaded>
    </div>
  );
}

function OneReport({ report, tag }: { report: Report; tag: string }) {
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
    // A refusal may come after what was typed was kept, with doubts to explain: they are shown then.
    onSettled: () => void refresh(),
  });
  const fault = submit.error ?? keep.error;
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
            {report.lines.map((line) => {
              const name = inLanguage(line.name_zh, line.name_en);
              return (
                <li key={line.indicator}>
                  <strong>
                    {name}
                    <small>{term("unit", line.unit)}</small>
                  </strong>
                  {isOpen ? (
                    <>
                      <Form.Item name={["lines", line.indicator, "month"]} label={t("economy.ofMonth")}>
                        <InputNumber stringMode aria-label={`${name} ${t("economy.ofMonth")}`} className="full" />
                      </Form.Item>
                      <Form.Item name={["lines", line.indicator, "cumulative"]} label={t("economy.cumulative")}>
                        <InputNumber stringMode aria-label={`${name} ${t("economy.cumulative")}`} className="full" />
                      </Form.Item>
                    </>
                  ) : (
                    <>
                      <span>{amount(line.month_value, line.unit)}</span>
                      <span>{amount(line.cumulative_value, line.unit)}</span>
                    </>
                  )}
                  {line.disagreement && <p className="field-warning">{t("reports.disagreement", { value: amount(line.disagreement, line.unit) })}</p>}
                </li>
              );
            })}
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

function startOf(report: Report): Typed {
  return {
    lines: Object.fromEntries(report.lines.map((it) => [it.indicator, { month: it.month_said, cumulative: it.cumulative_said }])),
    reasons: Object.fromEntries(report.warnings.map((it) => [`${it.indicator} ${it.doubt}`, it.reason])),
  };
}

/** What was said, and null for what was taken back; lines that say nothing as before are left out. */
function linesOf(report: Report, typed: Typed): Record<string, Said> {
  const said = (value: unknown) => (value === undefined || value === null || value === "" ? null : String(value as string));
  return Object.fromEntries(
    report.lines.flatMap((line): [string, Said][] => {
      const one = typed.lines[line.indicator];
      const now: Said = { month: said(one?.month), cumulative: said(one?.cumulative) };
      const silent = now.month === null && now.cumulative === null && line.month_said === null && line.cumulative_said === null;
      return silent ? [] : [[line.indicator, now]];
    }),
  );
}
