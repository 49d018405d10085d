/** The page before anybody is signed in. */
import { useState } from "react";
import { chooseLanguage, useLanguage, useTexts } from "../i18n/language";
import { SignInReturn } from "./sign-in-return";
import { SignInWays } from "./sign-in-ways";
import { RETURN, START } from "./ways";

export function SignInPage() {
  const t = useTexts();
  const [isUnderWay] = useState(() => [START, RETURN].includes(window.location.pathname));
  const other = useLanguage() === "en" ? "zh-CN" : "en";
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
        {isUnderWay ? <SignInReturn /> : <SignInWays />}
        <button type="button" className="plain-link" lang={other} onClick={() => void chooseLanguage(other)}>
          {other === "en" ? "Switch to English" : "切换到中文"}
        </button>
      </div>
    </main>
  );
}
