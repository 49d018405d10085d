/** The end of a session: told shortly before, and gone on from where the page was. */
import { Button, Modal } from "antd";
import { useEffect, useState } from "react";
import { useTexts } from "../i18n/language";
import { session, useSession } from "./session";
import { SignInWays } from "./sign-in-ways";

/** Covers the page; what was typed below it is kept. */
export function SignInAgain() {
  const t = useTexts();
  const { username, reason } = useSession();
  return (
    <Modal open closable={false} footer={null} keyboard={false} mask={{ closable: false }} title={t("session.again")} width={400}>
      <p>{t(reason === "idle" ? "session.idle" : reason === "away" ? "session.back" : "session.expired")}</p>
      <SignInWays known={username} beside />
      <Button type="link" block onClick={() => session.signOut()}>
        {t("session.leave")}
      </Button>
    </Modal>
  );
}

const WARN_MS = 3 * 60_000;
/** So long after it was due, an extension that did not come is worth telling. */
const PATIENCE_MS = 20_000;

/** Tells shortly before the session ends, so that nobody is surprised in the middle of a sentence. */
export function ExpiryNotice() {
  const t = useTexts();
  const { expiresAt, renewAt, phase } = useSession();
  const [left, setLeft] = useState(Infinity);
  useEffect(() => {
    const look = () => setLeft(Date.now() > renewAt + PATIENCE_MS ? expiresAt - Date.now() : Infinity);
    look();
    const timer = setInterval(look, 10_000);
    return () => clearInterval(timer);
  }, [expiresAt, renewAt]);
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
