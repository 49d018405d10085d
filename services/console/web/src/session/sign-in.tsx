/** Signing in, and signing in again over a page that stays as it was. */
import { LockOutlined, UserOutlined } from "@ant-design/icons";
import { Alert, Button, Form, Input, Modal } from "antd";
import { useEffect, useState } from "react";
import { chooseLanguage, useLanguage, useTexts } from "../i18n/language";
import { session, SignInFailed, useSession } from "./session";

interface Typed {
  username: string;
  password: string;
}

function useSignIn(): { busy: boolean; fault: string; submit: (typed: Typed) => Promise<void> } {
  const t = useTexts();
  const language = useLanguage();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const submit = async ({ username, password }: Typed) => {
    setBusy(true);
    setFault("");
    try {
      await session.signIn(username.trim(), password, language);
    } catch (error) {
      setFault(error instanceof SignInFailed && error.message ? error.message : t("session.unreachable"));
    } finally {
      setBusy(false);
    }
  };
  return { busy, fault, submit };
}

function SignInForm({ known }: { known?: string }) {
  const t = useTexts();
  const { busy, fault, submit } = useSignIn();
  return (
    <Form<Typed> layout="vertical" requiredMark={false} onFinish={submit} initialValues={{ username: known ?? "" }}>
      {fault && <Alert type="error" showIcon role="alert" title={fault} className="gap-below" />}
      <Form.Item name="username" label={t("session.username")} rules={[{ required: true, message: t("session.needUsername") }]}>
        <Input prefix={<UserOutlined />} autoComplete="username" size="large" autoFocus={!known} maxLength={64} />
      </Form.Item>
      <Form.Item name="password" label={t("session.password")} rules={[{ required: true, message: t("session.needPassword") }]}>
        <Input.Password prefix={<LockOutlined />} autoComplete="current-password" size="large" autoFocus={!!known} maxLength={128} />
      </Form.Item>
      <Button type="primary" htmlType="submit" size="large" block loading={busy}>
        {t("session.signIn")}
      </Button>
    </Form>
  );
}

export function SignInPage() {
  const t = useTexts();
  const language = useLanguage();
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <div className="sign-in-brand">
          <img src="/icon.svg" alt="" width={44} height={44} />
          <div>
            <h1>{t("shell.name")}</h1>
            <p>{t("shell.claim")}</p>
          </div>
        </div>
        <SignInForm />
        <Button
          type="link"
          lang={language === "en" ? "zh-CN" : "en"}
          onClick={() => chooseLanguage(language === "en" ? "zh-CN" : "en")}
        >
          {language === "en" ? "切换到中文" : "Switch to English"}
        </Button>
      </div>
    </main>
  );
}

/** Covers the page; what was typed below it is kept. */
export function SignInAgain() {
  const t = useTexts();
  const { username, reason } = useSession();
  return (
    <Modal open closable={false} footer={null} keyboard={false} mask={{ closable: false }} title={t("session.again")} width={400}>
      <p>{t(reason === "idle" ? "session.idle" : "session.expired")}</p>
      <SignInForm known={username} />
      <Button type="link" block onClick={() => session.signOut()}>
        {t("session.leave")}
      </Button>
    </Modal>
  );
}

const WARN_MS = 3 * 60_000;

/** Tells shortly before the session ends, so that nobody is surprised in the middle of a sentence. */
export function ExpiryNotice() {
  const t = useTexts();
  const { expiresAt, phase } = useSession();
  const [left, setLeft] = useState(Infinity);
  useEffect(() => {
    const look = () => setLeft(expiresAt - Date.now());
    look();
    const timer = setInterval(look, 10_000);
    return () => clearInterval(timer);
  }, [expiresAt]);
  if (phase !== "in" || left > WARN_MS) return null;
  return (
    <div className="banner" role="status">
      {t("session.soon", { n: Math.max(1, Math.round(left / 60_000)) })}{" "}
      <Button size="small" onClick={() => session.lock("expired")}>
        {t("session.extend")}
      </Button>
    </div>
  );
}
