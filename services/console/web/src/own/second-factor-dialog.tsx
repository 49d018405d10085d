/** A second factor of one's own will: proved by the password, read by a telephone, in use once its first code is right. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert as Notice, Button, Form, Input, Modal } from "antd";
import { useState } from "react";
import { ok, projects } from "../api/client";
import { useLanguage, useTexts } from "../i18n/language";
import { FactorCode } from "../session/second-factor";
import { session, SignInFailed, useSession, type Admitted, type SecondFactor } from "../session/session";
import { sessionOf } from "./page";

interface Typed {
  password: string;
  code?: string;
  first?: string;
}

export function SecondFactorDialog({ onClose }: { onClose: () => void }) {
  const t = useTexts();
  const language = useLanguage();
  const { username } = useSession();
  const queries = useQueryClient();
  const [form] = Form.useForm<Typed>();
  const [factor, setFactor] = useState<SecondFactor>();
  const [admitted, setAdmitted] = useState<Admitted>();
  const step = useMutation({
    retry: false,
    mutationFn: async ({ password, code = "", first = "" }: Typed) => {
      if (factor) setAdmitted(await session.signIn({ username, password, code: first.trim() }, language));
      else setFactor(await session.setUpSecondFactor({ username, password, code: code.trim() }, language));
    },
  });
  const finish = async () => {
    const before = sessionOf(session.token());
    admitted?.enter();
    onClose();
    // The sign-in without the factor has had its day.
    if (before) await ok(projects.DELETE("/v1/sessions/{session_id}", { params: { path: { session_id: before } } })).catch(() => undefined);
    await queries.invalidateQueries({ queryKey: ["own"] });
  };
  if (admitted) {
    return (
      <Modal open closable={false} title={t("own.factor")} footer={<Button type="primary" onClick={() => void finish()}>{t("own.codesKept")}</Button>}>
        <p role="status">{t("session.recoveryCodes")}</p>
        <ul className="recovery-codes">
          {admitted.recoveryCodes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ul>
      </Modal>
    );
  }
  return (
    <Modal
      open
      title={t("own.factor")}
      okText={t(factor ? "own.factorUse" : "own.next")}
      cancelText={t("action.cancel")}
      confirmLoading={step.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      {step.error && (
        <Notice
          role="alert"
          className="gap-below"
          type="error"
          showIcon
          title={step.error instanceof SignInFailed && step.error.message ? step.error.message : t("session.unreachable")}
        />
      )}
      <Form<Typed> form={form} layout="vertical" requiredMark={false} onFinish={(typed) => step.mutate(typed)}>
        <Form.Item name="password" label={t("own.password")} rules={[{ required: true, message: t("form.required") }]} hidden={factor !== undefined}>
          <Input.Password autoComplete="current-password" maxLength={128} />
        </Form.Item>
        {!factor && (
          <Form.Item name="code" label={t("own.presentCode")} extra={t("own.presentCodeHint")}>
            <Input autoComplete="one-time-code" maxLength={32} />
          </Form.Item>
        )}
        {factor && (
          <>
            <p>{t("own.scan")}</p>
            <FactorCode factor={factor} />
            <Form.Item name="first" label={t("session.code")} rules={[{ required: true, message: t("form.required") }]}>
              <Input autoComplete="one-time-code" inputMode="numeric" maxLength={32} />
            </Form.Item>
          </>
        )}
      </Form>
    </Modal>
  );
}
