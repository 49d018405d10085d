/** The way to the issuer, and the way back from it or from the application around the page. */
import { useEffect, useId, useState, type FormEvent } from "react";
import { currentLanguage, useTexts } from "../i18n/language";
import { SignInFailed } from "./asking";
import { session, type Admitted } from "./session";
import { LastWords, SignInForm } from "./sign-in-form";
import { SignInWays } from "./sign-in-ways";
import { comeBack, currentWays, goToIssuer, START, type Returned } from "./ways";

const CODE_NEEDED = "sign_in.second_factor_needed";

type Step =
  | { kind: "waiting" }
  | { kind: "failed"; fault: string }
  | { kind: "linking"; ticket: string }
  | { kind: "code"; ticket: string }
  | { kind: "admitted"; admitted: Admitted }
  | { kind: "done" };

// A component that is made twice must not use the code twice.
let coming: Promise<Returned> | undefined;

export function SignInReturn() {
  const t = useTexts();
  const [step, setStep] = useState<Step>({ kind: "waiting" });
  const fail = (error: unknown) =>
    setStep({ kind: "failed", fault: error instanceof SignInFailed && error.message ? error.message : t("session.unreachable") });
  useEffect(() => {
    if (step.kind !== "waiting") return;
    void arrive(setStep).catch(fail);
    // Once: what is in the address is good once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  switch (step.kind) {
    case "waiting":
      return <p role="status">{t("session.returning")}</p>;
    case "done":
      return <p role="status">{t("session.closeWindow")}</p>;
    case "admitted":
      return <LastWords admitted={step.admitted} />;
    case "code":
      return <CodeForm ticket={step.ticket} onAdmitted={(admitted) => finish(admitted, false, setStep)} />;
    case "linking":
      return (
        <>
          <p role="status">{t("session.toLink")}</p>
          <SignInForm ticket={step.ticket} />
        </>
      );
    default:
      return (
        <>
          <p role="alert" className="sign-in-fault">
            {step.fault}
          </p>
          <SignInWays />
        </>
      );
  }
}

async function arrive(show: (step: Step) => void): Promise<void> {
  const { issuer } = currentWays();
  if (window.location.pathname === START) {
    if (issuer) await goToIssuer(issuer, "/", window.name === "duban-sign-in");
    else window.location.replace("/");
    return;
  }
  coming ??= comeBack(new URLSearchParams(window.location.search));
  // The code has no business in the history, whatever comes of it.
  window.history.replaceState(null, "", "/sign-in/return");
  const back = await coming;
  window.history.replaceState(null, "", back.next);
  const language = currentLanguage();
  if (back.by === "issuer") return finish(await session.admitFromIssuer(back.tokens, language), back.beside, show);
  if (!back.linked) return show({ kind: "linking", ticket: back.ticket });
  try {
    finish(await session.signInByTicket(back.ticket, "", language), false, show);
  } catch (error) {
    if (!(error instanceof SignInFailed) || error.code !== CODE_NEEDED) throw error;
    show({ kind: "code", ticket: back.ticket });
  }
}

function finish(admitted: Admitted, beside: boolean, show: (step: Step) => void): void {
  if (admitted.recoveryCodes.length) return show({ kind: "admitted", admitted });
  admitted.enter();
  if (!beside) return;
  show({ kind: "done" });
  window.close();
}

/** The application has said who it is; the account has a second factor. */
function CodeForm({ ticket, onAdmitted }: { ticket: string; onAdmitted: (admitted: Admitted) => void }) {
  const t = useTexts();
  const id = useId();
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget).get("code");
    setBusy(true);
    setFault("");
    try {
      onAdmitted(await session.signInByTicket(ticket, typeof typed === "string" ? typed.trim() : "", currentLanguage()));
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
      <label htmlFor={id}>{t("session.code")}</label>
      <input id={id} name="code" autoComplete="one-time-code" autoFocus maxLength={32} autoCapitalize="none" spellCheck={false} />
      <button type="submit" disabled={busy}>
        {t("session.signIn")}
      </button>
    </form>
  );
}
