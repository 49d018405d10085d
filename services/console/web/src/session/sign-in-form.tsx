/** Name, password and, where there is one, the code of the second factor. Plain, because it is the first that is loaded. */
import { lazy, Suspense, useId, useState, type FormEvent } from "react";
import { useLanguage, useTexts } from "../i18n/language";
import { session, SignInFailed, type Admitted, type Proof, type SecondFactor } from "./session";

const SetUp = lazy(() => import("./second-factor"));
const NEEDED = "sign_in.second_factor_needed";
const TO_SET_UP = "sign_in.second_factor_to_set_up";
const TO_CHANGE = "sign_in.password_to_change";

/** `ticket` stands for an identity in the application around the page, to be linked to the account. */
export function SignInForm({ known, ticket }: { known?: string | undefined; ticket?: string }) {
  const t = useTexts();
  const language = useLanguage();
  const base = useId();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const [asksPassword, setAsksPassword] = useState(false);
  const [factor, setFactor] = useState<SecondFactor>();
  const [admitted, setAdmitted] = useState<Admitted>();

  const prove = async (proof: Proof) => {
    try {
      const found = await session.signIn(proof, language, ticket);
      if (found.recoveryCodes.length || found.linkFault) setAdmitted(found);
      else found.enter();
    } catch (error) {
      if (!(error instanceof SignInFailed)) throw error;
      if (error.code === TO_CHANGE) {
        // What was typed stays; the answer says why another password is asked for.
        setAsksPassword(true);
        throw error;
      }
      if (error.code === TO_SET_UP) setFactor(await session.setUpSecondFactor(proof, language));
      if (error.code !== NEEDED && error.code !== TO_SET_UP) throw error;
      setAsksCode(true);
    }
  };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget);
    const said = (name: string) => {
      const value = typed.get(name);
      return typeof value === "string" ? value : "";
    };
    const proof = { username: said("username").trim(), password: said("password"), code: said("code").trim(), newPassword: said("newPassword") };
    if (!proof.username || !proof.password) {
      setFault(t(proof.username ? "session.needPassword" : "session.needUsername"));
      return;
    }
    setBusy(true);
    setFault("");
    try {
      await prove(proof);
    } catch (error) {
      setFault(error instanceof SignInFailed && error.message ? error.message : t("session.unreachable"));
    } finally {
      setBusy(false);
    }
  };
  if (admitted) return <LastWords admitted={admitted} />;
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
      {factor && (
        <Suspense fallback={null}>
          <SetUp factor={factor} />
        </Suspense>
      )}
      {asksCode && (
        <>
          <label htmlFor={`${base}-code`}>{t("session.code")}</label>
          <input id={`${base}-code`} name="code" autoComplete="one-time-code" autoFocus maxLength={32} autoCapitalize="none" spellCheck={false} />
        </>
      )}
      {asksPassword && (
        <>
          <label htmlFor={`${base}-new-password`}>{t("session.newPassword")}</label>
          <input id={`${base}-new-password`} name="newPassword" type="password" autoComplete="new-password" autoFocus maxLength={128} />
        </>
      )}
      <button type="submit" disabled={busy}>
        {t("session.signIn")}
      </button>
    </form>
  );
}

/** What is seen once, between having proved oneself and being in. */
export function LastWords({ admitted }: { admitted: Admitted }) {
  const t = useTexts();
  const codes = admitted.recoveryCodes;
  return (
    <div className="sign-in-form">
      {admitted.linkFault && (
        <p role="alert" className="sign-in-fault">
          {t("session.linkFault", { why: admitted.linkFault })}
        </p>
      )}
      {codes.length > 0 && (
        <>
          <p role="status">{t("session.recoveryCodes")}</p>
          <ul className="recovery-codes">
            {codes.map((code) => (
              <li key={code}>
                <code>{code}</code>
              </li>
            ))}
          </ul>
        </>
      )}
      <button type="button" autoFocus onClick={admitted.enter}>
        {t(codes.length ? "session.codesKept" : "session.goOn")}
      </button>
    </div>
  );
}
