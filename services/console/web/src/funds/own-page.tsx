/** One application of the enterprise: written, handed in, mended when more is asked for, and followed until it is paid. */
import { ArrowLeftOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input, Select } from "antd";
import { useState, type ReactNode } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { ok, projects, tagged } from "../api/client";
import { useList } from "../api/pages";
import { term, useLanguage, useTexts } from "../i18n/language";
import { useSession } from "../session/session";
import { FormDialog, said } from "../shell/form-dialog";
import { Mark } from "../shell/mark";
import { Panel } from "../shell/panel";
import { Failure, Loaded } from "../shell/states";
import { Course, Outcome } from "./course";
import {
  APPLICATION_TONES,
  applicationKey,
  isEditable,
  useApplication,
  useApplicationDocuments,
  usePolicy,
  type Application,
  type ApplicationWrite,
  type BroughtPaper,
  type Policy,
} from "./data";
import { placed, restOf } from "./faults";
import { freshInputs, InputFields, sentInputs, shownInputs, useDemanded, YuanInput, type TypedInputs } from "./inputs";
import { PolicyFacts } from "./own-list-page";
import { Papers, sentPapers, shownPapers, type TypedPaper } from "./papers";

interface Typed {
  requested_yuan?: string;
  project_id?: string | null;
  inputs?: TypedInputs;
  papers?: Record<string, TypedPaper>;
  note?: string;
}

interface Opened {
  body: Application;
  tag: string;
}

const LIST = "/portal/support";

export default function OwnFundPage() {
  const { id = "" } = useParams();
  const application = useApplication(id);
  const policy = usePolicy(application.data?.body.policy_id);
  return (
    <div className="page page-narrow">
      <Loaded query={application} rows={10}>
        {(opened) => (
          <Loaded query={policy} rows={10}>
            {(rules) => <OneApplication key={id} opened={opened} policy={rules} />}
          </Loaded>
        )}
      </Loaded>
    </div>
  );
}

/** A new one: kept as a draft first, for its papers belong to it. */
export function NewFundPage() {
  const t = useTexts();
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { me } = useSession();
  const policy = usePolicy(search.get("policy") ?? undefined);
  const [form] = Form.useForm<Typed>();
  const create = useMutation({
    retry: false,
    mutationFn: (typed: Typed) => {
      if (!policy.data || !me?.enterprise_id) throw new Error("no policy or enterprise");
      const body = { ...bodyOf(policy.data, typed), policy_id: policy.data.id, enterprise_id: me.enterprise_id };
      return ok(projects.POST("/v1/support-applications", { body }));
    },
    onSuccess: ({ id }) => {
      void queries.invalidateQueries({ queryKey: ["support"] });
      void navigate(`${LIST}/${id}`, { replace: true });
    },
    onError: (error) => form.setFields(placed(error, [])),
  });
  return (
    <div className="page page-narrow">
      <Head title={policy.data?.name ?? t("fund.apply")} />
      <Loaded query={policy} rows={10}>
        {(rules) => (
          <>
            <Panel id="policy" title={t("fund.policy")}>
              <PolicyFacts policy={rules} />
            </Panel>
            {create.error && <Rest error={create.error} />}
            <Form<Typed>
              form={form}
              layout="vertical"
              requiredMark={false}
              scrollToFirstError
              initialValues={{ inputs: freshInputs(rules) }}
              onFinish={(typed) => create.mutate(typed)}
            >
              <Panel id="asked" title={t("fund.asks")}>
                <Asked policy={rules} />
              </Panel>
              <div className="acts">
                {/* No submit button: Enter in a calendar chooses a day, and makes no draft. */}
                <Button type="primary" loading={create.isPending} onClick={() => form.submit()}>
                  {t("fund.keepFirst")}
                </Button>
              </div>
            </Form>
          </>
        )}
      </Loaded>
    </div>
  );
}

function OneApplication({ opened, policy }: { opened: Opened; policy: Policy }) {
  const t = useTexts();
  useLanguage();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Typed>();
  const [asks, setAsks] = useState<"withdrawal" | "appeal">();
  const { body: one } = opened;
  const isOpen = isEditable(one);
  const documents = useApplicationDocuments(one.id);
  const path = { application_id: one.id };
  const key = [...applicationKey(one.id), "one"];
  const current = () => queries.getQueryData<Opened>(key) ?? opened;
  const refresh = () => queries.invalidateQueries({ queryKey: ["support"] });
  const save = async (typed: Typed) => {
    const kept = await tagged(
      projects.PUT("/v1/support-applications/{application_id}", { params: { path }, headers: { "If-Match": current().tag }, body: bodyOf(policy, typed) }),
    );
    queries.setQueryData<Opened>(key, kept);
    return kept;
  };
  const keep = useMutation({
    retry: false,
    mutationFn: save,
    onSuccess: () => {
      void message.success(t("form.saved"));
      void refresh();
    },
    onError: (error, typed) => form.setFields(placed(error, sentPapers(typed.papers))),
  });
  const submit = useMutation({
    retry: false,
    mutationFn: async (typed: Typed) => {
      const { tag } = await save(typed);
      return ok(projects.POST("/v1/support-applications/{application_id}/submission", { params: { path }, headers: { "If-Match": tag } }));
    },
    onSuccess: () => void message.success(t("fund.handedIn")),
    onError: (error, typed) => form.setFields(placed(error, sentPapers(typed.papers))),
    onSettled: () => void refresh(),
  });
  const fault = submit.error ?? keep.error;
  const canWithdraw = isOpen || one.status === "in_review";
  const canAppeal = one.status === "refused" && one.appeal_until !== null && one.appealed_on === null;
  return (
    <>
      <Head title={one.policy_name}>
        <Mark tone={APPLICATION_TONES[one.status]}>{term("application", one.status)}</Mark>
      </Head>
      {one.status === "returned" && (
        <Alert className="gap-below" type="warning" showIcon title={t("fund.returned")} description={one.decision_reason} />
      )}
      <Outcome application={one} />
      {fault && <Rest error={fault} />}
      <Form<Typed>
        form={form}
        layout="vertical"
        requiredMark={false}
        scrollToFirstError
        disabled={!isOpen}
        initialValues={startOf(one)}
        onFinish={(typed) => submit.mutate(typed)}
      >
        <Panel id="asked" title={t("fund.asks")}>
          <Asked policy={policy} />
        </Panel>
        {policy.papers.length > 0 && (
          <Panel id="papers" title={t("fund.papers")}>
            <Papers
              applicationId={one.id}
              papers={policy.papers}
              documents={documents.data ?? []}
              isOpen={isOpen}
              onAttached={() => {
                void documents.refetch();
                // After the form has taken the new file.
                setTimeout(() => keep.mutate(form.getFieldsValue(true) as Typed));
              }}
            />
          </Panel>
        )}
      </Form>
      {(canWithdraw || canAppeal) && (
        <div className="acts">
          {isOpen && (
            <>
              <Button type="primary" loading={submit.isPending} onClick={() => form.submit()}>
                {t(one.status === "returned" ? "fund.handInAgain" : "fund.handIn")}
              </Button>
              <Button loading={keep.isPending} onClick={() => keep.mutate(form.getFieldsValue(true) as Typed)}>
                {t("reports.keep")}
              </Button>
            </>
          )}
          {canAppeal && (
            <Button type="primary" onClick={() => setAsks("appeal")}>
              {t("fund.appeal")}
            </Button>
          )}
          {canWithdraw && (
            <Button danger onClick={() => setAsks("withdrawal")}>
              {t("fund.withdraw")}
            </Button>
          )}
        </div>
      )}
      <Course application={one} />
      {asks && (
        <FormDialog
          title={t(asks === "appeal" ? "fund.appeal" : "fund.withdraw")}
          okText={t(asks === "appeal" ? "fund.appeal" : "fund.withdraw")}
          fields={[{ path: ["reason"], label: "fund.reason", kind: "long", required: true }]}
          send={(typed) => {
            const telling = { params: { path }, body: { reason: said(typed.reason) } };
            return asks === "appeal"
              ? ok(projects.POST("/v1/support-applications/{application_id}/appeal", telling))
              : ok(projects.POST("/v1/support-applications/{application_id}/withdrawal", telling));
          }}
          onDone={() => {
            setAsks(undefined);
            void refresh();
          }}
          onClose={() => setAsks(undefined)}
        />
      )}
    </>
  );
}

function Head({ title, children }: { title: string; children?: ReactNode }) {
  const t = useTexts();
  const navigate = useNavigate();
  return (
    <div className="page-head">
      <Button type="text" icon={<ArrowLeftOutlined />} aria-label={t("action.back")} onClick={() => void navigate(LIST)} />
      <h1>{title}</h1>
      {children}
    </div>
  );
}

function Rest({ error }: { error: Error }) {
  return (
    <div className="gap-below">
      <Failure error={restOf(error)} />
    </div>
  );
}

function Asked({ policy }: { policy: Policy }) {
  const t = useTexts();
  const rules = useDemanded();
  const own = useList(["support", "own-projects"], (part) => ok(projects.GET("/v1/projects", { params: { query: { ...part, fields: "id,name", sort: "name" } } })));
  return (
    <>
      <Form.Item name="requested_yuan" label={t("support.requested")} rules={rules}>
        <YuanInput />
      </Form.Item>
      <Form.Item name="project_id" label={t("report.project")} {...(policy.once === "project" && { rules })}>
        <Select allowClear showSearch={{ optionFilterProp: "label" }} options={(own.data ?? []).map(({ id, name }) => ({ value: id, label: name }))} />
      </Form.Item>
      <InputFields policy={policy} />
      <Form.Item name="note" label={t("fund.note")}>
        <Input.TextArea rows={3} maxLength={2000} />
      </Form.Item>
    </>
  );
}

function startOf(one: Application): Typed {
  return {
    requested_yuan: one.requested_yuan,
    project_id: one.project_id,
    inputs: shownInputs(one.inputs),
    papers: shownPapers(one.papers as unknown as BroughtPaper[]),
    note: one.note,
  };
}

function bodyOf(policy: Policy, typed: Typed): ApplicationWrite {
  return {
    requested_yuan: typed.requested_yuan ?? "",
    project_id: typed.project_id ?? null,
    // Of the kind that the policy has; what lacks is said by the service at its field.
    inputs: sentInputs(policy.kind, typed.inputs) as unknown as ApplicationWrite["inputs"],
    papers: sentPapers(typed.papers),
    note: typed.note?.trim() ?? "",
  };
}
