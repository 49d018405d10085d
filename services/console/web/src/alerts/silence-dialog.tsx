/** Keeps alerts like this one quiet for a time. */
import { App, Checkbox, Form, Input, InputNumber, Modal } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { alerts, ok } from "../api/client";
import { now } from "../clock";
import { useTexts } from "../i18n/language";
import { Failure } from "../shell/states";
import type { Alert } from "./model";

interface Typed {
  names: string[];
  hours: number;
  reason: string;
}

const USUAL = ["object_id", "condition_kind", "meter_no"];

export function SilenceDialog({ alert, onClose }: { alert: Alert; onClose: () => void }) {
  const t = useTexts();
  const { message } = App.useApp();
  const [form] = Form.useForm<Typed>();
  const queries = useQueryClient();
  const labels = labelsOf(alert);
  const names = Object.keys(labels).sort();
  const usual = names.filter((name) => USUAL.includes(name));
  const mutation = useMutation({
    mutationFn: ({ names: wanted, hours, reason }: Typed) =>
      ok(
        alerts.POST("/v1/silences", {
          body: {
            matchers: wanted.map((name) => ({ name, value: labels[name] ?? "", is_equal: true, is_regex: false })),
            ends_at: new Date(now() + hours * 3_600_000).toISOString(),
            reason: reason.trim(),
            region_code: alert.region_code,
          },
        }),
      ),
    onSuccess: () => {
      void message.success(t("silence.done"));
      void queries.invalidateQueries({ queryKey: ["alert", alert.id] });
      onClose();
    },
  });
  return (
    <Modal
      open
      title={t("silence.title")}
      okText={t("silence.start")}
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
        onFinish={(typed) => mutation.mutate(typed)}
        initialValues={{ names: usual.length ? usual : names.slice(0, 1), hours: 4 }}
      >
        <Form.Item name="names" label={t("silence.what")} rules={[{ required: true, message: t("form.required") }]}>
          <Checkbox.Group
            className="stacked"
            options={names.map((name) => ({ value: name, label: `${name} = ${labels[name]}` }))}
          />
        </Form.Item>
        <Form.Item name="hours" label={t("silence.hours")} rules={[{ required: true, message: t("form.required") }]}>
          <InputNumber min={1} max={720} precision={0} />
        </Form.Item>
        <Form.Item name="reason" label={t("silence.reason")} rules={[{ required: true, whitespace: true, message: t("form.required") }]}>
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

/** What matchers may name: the alert's own labels, and what every alert has. */
function labelsOf({ labels, object_id, object_type, condition_kind, region_code, rule_code }: Alert): Record<string, string> {
  return { ...labels, object_id, object_type, condition_kind, region_code, rule: rule_code };
}
