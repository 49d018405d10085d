/** How somebody signs in here: at the site's own issuer, or by name and password; in a webview also by its application. */
import { useState } from "react";
import { useLanguage, useTexts } from "../i18n/language";
import { SignInFailed } from "./asking";
import { SignInForm } from "./sign-in-form";
import { currentWays, goToIssuer, goToPlatform, here, START, startWays, type Issuer } from "./ways";

/** `beside`: in a window of its own, because the page behind holds what somebody typed. */
export function SignInWays({ known, beside }: { known?: string | undefined; beside?: boolean }) {
  const [{ issuer, platforms, fault }, setWays] = useState(currentWays);
  const t = useTexts();
  if (fault) {
    return (
      <div className="sign-in-form">
        <p role="alert" className="sign-in-fault">
          {fault}
        </p>
        <button type="button" onClick={() => void startWays().then(() => setWays(currentWays()))}>
          {t("session.tryAgain")}
        </button>
      </div>
    );
  }
  if (issuer) return <AtIssuer issuer={issuer} beside={beside ?? false} />;
  return (
    <>
      {platforms.map((platform) => (
        <div className="sign-in-form" key={platform.id}>
          <button type="button" onClick={() => goToPlatform(platform, here())}>
            {t("session.byPlatform", { name: platform.name })}
          </button>
        </div>
      ))}
      <SignInForm known={known} />
    </>
  );
}

function AtIssuer({ issuer, beside }: { issuer: Issuer; beside: boolean }) {
  const t = useTexts();
  useLanguage();
  const [fault, setFault] = useState("");
  const go = () => {
    if (beside && window.open(START, "duban-sign-in", "popup,width=480,height=680")) return;
    goToIssuer(issuer, here(), false).catch((error: unknown) => {
      setFault(error instanceof SignInFailed ? error.message : t("session.unreachable"));
    });
  };
  return (
    <div className="sign-in-form">
      {fault && (
        <p role="alert" className="sign-in-fault">
          {fault}
        </p>
      )}
      <p>{t("session.atIssuer")}</p>
      <button type="button" autoFocus onClick={go}>
        {t("session.byIssuer")}
      </button>
    </div>
  );
}
