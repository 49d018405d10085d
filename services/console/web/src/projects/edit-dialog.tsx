/** Changes a project's facts. Somebody else's change meanwhile is shown beside one's own, and nothing is lost. */
import { Alert as Notice, App, Form, Input, InputNumber, Modal, Radio } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ok, Problem, projects, tagged, type Projects } from "../api/client";
import { useTexts } from "../i18n/language";
import type { Key } from "../i18n/zh-CN";
import { Failure } from "../shell/states";
import type { Project } from "./data";

const FIELDS = ["name", "investor", "total_investment_yuan", "contract_amount_yuan", "summary"] as const;
type Field = (typeof FIELDS)[number];
type Typed = Partial<Record<Field, string | null>>;

const MONEY: readonly Field[] = ["total_investment_yuan", "contract_amount_yuan"];

interface Clash {
  field: Field;
  mine: string;
  theirs: string;
}

interface EditDialogProps {
  project: Project;
  tag: string;
  onClose: () => void;
}

export function EditDialog({ project, tag, onClose }: EditDialogProps) {
  const t = useTexts();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Typed>();
  // What this change starts from; after a clash it is what the other person left.
  const [base, setBase] = useState({ project, tag });
  const [clashes, setClashes] = useState<Clash[]>();
  const path = { project_id: project.id };
  const mutation = useMutation({
    mutationFn: async (typed: Typed) => {
      const body = changesOf(base.project, typed);
      if (Object.keys(body).length === 0) return;
      await ok(projects.PATCH("/v1/projects/{project_id}", { params: { path }, headers: { "If-Match": base.tag }, body }));
    },
    onSuccess: () => {
      void message.success(t("edit.saved"));
      void queries.invalidateQueries({ queryKey: ["project", project.id] });
      void queries.invalidateQueries({ queryKey: ["projects"] });
      onClose();
    },
    onError: async (error) => {
      if (!(error instanceof Problem) || error.status !== 412) return;
      const { body, tag: newest } = await tagged(projects.GET("/v1/projects/{project_id}", { params: { path } }));
      const typed = form.getFieldsValue();
      setClashes(clashesOf(base.project, body, typed));
      // What the other person changed and this one did not touch is taken over.
      for (const field of FIELDS) {
        if (shown(base.project[field]) === shown(typed[field])) form.setFieldValue(field, body[field]);
      }
      setBase({ project: body, tag: newest });
    },
  });
  const stale = mutation.error instanceof Problem && mutation.error.status === 412;
  return (
    <Modal
      open
      width={620}
      title={t("edit.title")}
      okText={t("action.save")}
      cancelText={t("action.cancel")}
      confirmLoading={mutation.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      {mutation.error && !stale && <Failure error={mutation.error} />}
      {stale && clashes && (
        <Clashes
          clashes={clashes}
          onTake={(field, value) => form.setFieldValue(field, value === "" ? null : value)}
        />
      )}
      <Form<Typed> form={form} layout="vertical" requiredMark={false} initialValues={initial(project)} onFinish={(typed) => mutation.mutate(typed)}>
        {FIELDS.map((field) => (
          <Form.Item
            key={field}
            name={field}
            label={t(`edit.${field}` as Key)}
            rules={field === "name" ? [{ required: true, whitespace: true, message: t("form.required") }] : []}
          >
            {MONEY.includes(field) ? (
              <InputNumber stringMode min="0" precision={0} className="full" suffix={t("unit.yuan")} />
            ) : field === "summary" ? (
              <Input.TextArea rows={4} maxLength={4000} />
            ) : (
              <Input maxLength={200} />
            )}
          </Form.Item>
        ))}
      </Form>
    </Modal>
  );
}

function Clashes({ clashes, onTake }: { clashes: readonly Clash[]; onTake: (field: Field, value: string) => void }) {
  const t = useTexts();
  return (
    <Notice
      role="alert"
      className="gap-below"
      type="warning"
      showIcon
      title={t("conflict.title")}
      description={
        clashes.length === 0 ? (
          t("conflict.elsewhere")
        ) : (
          <div className="clashes">
            <p>{t("conflict.words")}</p>
            {clashes.map(({ field, mine, theirs }) => (
              <Radio.Group
                key={field}
                className="clash"
                defaultValue="mine"
                onChange={(event) => onTake(field, event.target.value === "mine" ? mine : theirs)}
              >
                <strong>{t(`edit.${field}` as Key)}</strong>
                <Radio value="mine">{t("conflict.mine", { value: mine || "–" })}</Radio>
                <Radio value="theirs">{t("conflict.theirs", { value: theirs || "–" })}</Radio>
              </Radio.Group>
            ))}
          </div>
        )
      }
    />
  );
}

function initial(project: Project): Typed {
  return Object.fromEntries(FIELDS.map((field) => [field, project[field]]));
}

function shown(value: string | null | undefined): string {
  return value ?? "";
}

type Change = Projects["schemas"]["ProjectUpdate"];

/** Only what the person changed: another's change of another field stays. */
function changesOf(before: Project, typed: Typed): Change {
  const changed = FIELDS.filter((field) => shown(before[field]) !== shown(typed[field]));
  return Object.fromEntries(changed.map((field) => [field, typed[field] || (field === "summary" ? "" : null)]));
}

function clashesOf(before: Project, after: Project, typed: Typed): Clash[] {
  return FIELDS.filter(
    (field) =>
      shown(before[field]) !== shown(after[field]) &&
      shown(before[field]) !== shown(typed[field]) &&
      shown(after[field]) !== shown(typed[field]),
  ).map((field) => ({ field, mine: shown(typed[field]), theirs: shown(after[field]) }));
}
