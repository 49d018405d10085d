/** One dialog for every act on one alert or on several. */
import { Alert as Notice, App, Button, Checkbox, DatePicker, Form, Input, Modal, Radio } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import dayjs, { type Dayjs } from "dayjs";
import { Problem, Unreachable } from "../api/client";
import { now } from "../clock";
import { inLanguage, useTexts } from "../i18n/language";
import type { Key } from "../i18n/zh-CN";
import { outbox, postStep } from "../outbox/outbox";
import { sentence } from "../shell/states";
import { actOnMany, actOnOne, type Done } from "./acts";
import type { Alert } from "./model";

export type Doing = "acknowledge" | "handle" | "resolve" | "verify" | "comment";

interface Typed {
  promised_at?: Dayjs;
  note?: string;
  is_true_alarm?: boolean;
  accepted?: boolean;
  takes_over?: boolean;
}

interface ActDialogProps {
  doing: Doing;
  ids: readonly string[];
  /** The alert as it is shown, where it is one. */
  one?: Alert | undefined;
  /** What one alert is called, where no more of it is known. */
  named?: string;
  onClose: (done: boolean) => void;
}

const NEEDS_NOTE: readonly Doing[] = ["handle", "resolve", "comment"];

export function ActDialog({ doing, ids, one, named, onClose }: ActDialogProps) {
  const t = useTexts();
  const { message } = App.useApp();
  const [form] = Form.useForm<Typed>();
  const queries = useQueryClient();
  const many = ids.length > 1;
  const mutation = useMutation({
    retry: false,
    mutationFn: async (typed: Typed): Promise<Done> => {
      const action = actionOf(doing, typed);
      if (!one) return actOnMany(ids, action);
      await actOnOne(one, action);
      return { done: 1, refused: [] };
    },
    onSuccess: ({ done, refused }) => {
      void queries.invalidateQueries({ queryKey: ["alerts"] });
      for (const id of ids) void queries.invalidateQueries({ queryKey: ["alert", id] });
      if (done) void message.success(t("act.done", { n: done }));
      if (refused.length === 0) onClose(true);
    },
  });
  const refused = mutation.data?.refused ?? [];
  const reload = () => {
    mutation.reset();
    for (const id of ids) void queries.invalidateQueries({ queryKey: ["alert", id] });
  };
  const acknowledgeLater = async () => {
    const [id = ""] = ids;
    const { act, ...body } = actionOf("acknowledge", form.getFieldsValue());
    const title = one ? inLanguage(one.title_zh, one.title_en) : (named ?? t("menu.alerts"));
    await outbox.add({ kind: act, title, typed: body, steps: [postStep(`alerts/v1/alerts/${id}/acknowledgements`, body)] });
    void message.info(t("outbox.kept"));
    onClose(false);
  };
  return (
    <Modal
      open
      title={many ? t("act.titleMany", { act: t(`act.${doing}` as Key), n: ids.length }) : t(`act.${doing}` as Key)}
      okText={t(`act.${doing}` as Key)}
      cancelText={t("action.cancel")}
      confirmLoading={mutation.isPending}
      onOk={() => form.submit()}
      onCancel={() => onClose((mutation.data?.done ?? 0) > 0)}
      destroyOnHidden
    >
      <ActFault error={mutation.error} onReload={reload} {...(doing === "acknowledge" && !many && { onLater: () => void acknowledgeLater() })} />
      {refused.length > 0 && (
        <Notice
          className="gap-below"
          type="warning"
          showIcon
          title={t("act.refused", { n: refused.length })}
          description={[...new Set(refused.map((item) => item.detail || item.title || item.code))].slice(0, 5).join("\n")}
        />
      )}
      <Form<Typed>
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={(typed) => mutation.mutate(typed)}
        initialValues={{ promised_at: dayjs(now()).add(1, "day").startOf("hour"), accepted: true, is_true_alarm: true }}
      >
        {doing === "acknowledge" && (
          <Form.Item name="promised_at" label={t("act.promise")} rules={[{ required: true, message: t("form.required") }]}>
            <DatePicker showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" className="full" allowClear={false} />
          </Form.Item>
        )}
        {doing === "verify" && (
          <Form.Item name="accepted" label={t("act.verdict")}>
            <Radio.Group options={[{ value: true, label: t("act.accept") }, { value: false, label: t("act.refuse") }]} />
          </Form.Item>
        )}
        {doing === "resolve" && (
          <Form.Item name="is_true_alarm" label={t("act.alarm")}>
            <Radio.Group options={[{ value: true, label: t("act.true") }, { value: false, label: t("act.false") }]} />
          </Form.Item>
        )}
        <Form.Item
          name="note"
          label={t(doing === "comment" ? "act.remark" : "act.note")}
          rules={NEEDS_NOTE.includes(doing) ? [{ required: true, whitespace: true, message: t("form.required") }] : []}
        >
          <Input.TextArea rows={3} maxLength={2000} autoFocus={doing !== "acknowledge"} />
        </Form.Item>
        {doing === "acknowledge" && (
          <Form.Item name="takes_over" valuePropName="checked" className="flush">
            <Checkbox>{t("act.takeOver")}</Checkbox>
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}

/** A refusal; of something that changed meanwhile it says so, and what was typed stays. */
function ActFault({ error, onReload, onLater }: { error: Error | null; onReload: () => void; onLater?: () => void }) {
  const t = useTexts();
  if (!error) return null;
  const stale = error instanceof Problem && error.status === 412;
  return (
    <Notice
      role="alert"
      className="gap-below"
      type={stale ? "warning" : "error"}
      showIcon
      title={stale ? t("act.stale") : sentence(error)}
      action={
        stale ? (
          <a onClick={onReload} role="button" tabIndex={0}>
            {t("action.reload")}
          </a>
        ) : (
          error instanceof Unreachable &&
          onLater && (
            <Button size="small" onClick={onLater}>
              {t("outbox.later")}
            </Button>
          )
        )
      }
    />
  );
}

function actionOf(doing: Doing, typed: Typed): Parameters<typeof actOnMany>[1] {
  const note = typed.note?.trim() ?? "";
  switch (doing) {
    case "acknowledge":
      return {
        act: "acknowledge",
        note: note || null,
        takes_over: typed.takes_over ?? false,
        promised_at: typed.promised_at?.toISOString() ?? null,
      };
    case "handle":
      return { act: "handle", note };
    case "resolve":
      return { act: "resolve", note, is_true_alarm: typed.is_true_alarm ?? null };
    case "verify":
      return { act: "verify", accepted: typed.accepted ?? true, note: note || null };
    case "comment":
      return { act: "comment", text: note };
  }
}
