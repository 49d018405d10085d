/** What an authenticator application reads to know a new second factor. */
import { QRCode } from "antd";
import { useTexts } from "../i18n/language";
import type { SecondFactor } from "./session";

export default function SetUp({ factor }: { factor: SecondFactor }) {
  const t = useTexts();
  return (
    <>
      <p>{t("session.setUpFactor")}</p>
      <FactorCode factor={factor} />
    </>
  );
}

export function FactorCode({ factor }: { factor: SecondFactor }) {
  const t = useTexts();
  return (
    <div className="second-factor">
      {/* Applications read dark on light, whatever the page's colours are. */}
      <QRCode value={factor.otpauth_uri} size={176} color="#000" bgColor="#fff" />
      <p>
        {t("session.factorSecret")} <code>{factor.secret.match(/.{1,4}/g)?.join(" ")}</code>
      </p>
    </div>
  );
}
