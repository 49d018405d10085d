/** Moves a planned date; the original one stays. */
import { App, DatePicker, Form, Input, Modal, Select } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Dayjs } from "dayjs";
import { ok, projects } from "../api/client";
import { term, useTexts } from "../i18n/language";
import { Failure } from "../shell/states";
import type { Milestone, Project } from "./data";

interface Typed {
  milestone: Milestone;
  planned_on: Dayjs;
  reason: string;
}

export function ReplanDialog({ project, onClose }: { project: Project; onClose: () => void }) {
  const t = useTexts();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Typed>();
  const open = project.plan.filter((date) => date.current_on && !date.actual_on);
  const mutation = useMutation({
    mutationFn: ({ milestone, planned_on, reason }: Typed) =>
      ok(
        projects.POST("/v1/projects/{project_id}/replans", {
          params: { path: { project_id: project.id } },
          body: { milestone, planned_on: planned_on.format("YYYY-MM-DD"), reason: reason.trim() },
        }),
      ),
    onSuccess: () => {
      void message.success(t("replan.done"));
      void queries.invalidateQueries({ queryKey: ["project", project.id] });
      onClose();
    },
  });
  return (
    <Modal
      open
      title={t("replan.title")}
      okText={t("replan.title")}
      cancelText={t("action.cancel")}
      confirmLoading={mutation.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      {mutation.error && <Failure error={mutation.error} />}
      <Form<Typed>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ milestone: open[0]?.milestone }}
        onFinish={(typed) => mutation.mutate(typed)}
      >
        <Form.Item name="milestone" label={t("replan.milestone")} rules={[{ required: true, message: t("form.required") }]}>
          <Select options={open.map((date) => ({ value: date.milestone, label: `${term("milestone", date.milestone)} ${date.current_on}` }))} />
        </Form.Item>
        <Form.Item name="planned_on" label={t("replan.on")} rules={[{ required: true, message: t("form.required") }]}>
          <DatePicker className="full" />
        </Form.Item>
        <Form.Item name="reason" label={t("replan.reason")} rules={[{ required: true, whitespace: true, message: t("form.required") }]}>
          <Input.TextArea rows={3} maxLength={1000} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
