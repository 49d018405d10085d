/** Name and password. Plain, because it is the first that is loaded. */
import { useId, useState, type FormEvent } from "react";
import { useLanguage, useTexts } from "../i18n/language";
import { session, SignInFailed } from "./session";

export function SignInForm({ known }: { known?: string }) {
  const t = useTexts();
  const language = useLanguage();
  const base = useId();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget);
    const said = (name: string) => {
      const value = typed.get(name);
      return typeof value === "string" ? value : "";
    };
    if (!said("username").trim() || !said("password")) {
      setFault(t(said("username").trim() ? "session.needPassword" : "session.needUsername"));
      return;
    }
    setBusy(true);
    setFault("");
    try {
      await session.signIn(said("username").trim(), said("password"), language);
    } catch (error) {
      setFault(error instanceof SignInFailed && error.message ? error.message : t("session.unreachable"));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="sign-in-form" noValidate onSubmit={(event) => void submit(event)}>
      {fault && (
        <p role="alert" className="sign-in-fault">
          {fault}
        </p>
      )}
      <label htmlFor={`${base}-name`}>{t("session.username")}</label>
      <input id={`${base}-name`} name="username" autoComplete="username" defaultValue={known ?? ""} autoFocus={!known} maxLength={64} autoCapitalize="none" spellCheck={false} />
      <label htmlFor={`${base}-password`}>{t("session.password")}</label>
      <input id={`${base}-password`} name="password" type="password" autoComplete="current-password" autoFocus={!!known} maxLength={128} />
      <button type="submit" disabled={busy}>
        {t("session.signIn")}
      </button>
    </form>
  );
}
