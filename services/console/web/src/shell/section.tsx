/** Pages that belong together: their names above, the chosen one below. */
import { Spin } from "antd";
import { Suspense } from "react";
import { NavLink, Outlet } from "react-router";
import { useTexts } from "../i18n/language";
import type { Key } from "../i18n/zh-CN";
import { may, type Right } from "../session/rights";
import { useSession } from "../session/session";

export interface SectionPart {
  to: string;
  label: Key;
  right?: Right;
}

export function Section({ label, parts }: { label: Key; parts: readonly SectionPart[] }) {
  const t = useTexts();
  const { me } = useSession();
  const shown = parts.filter((part) => !part.right || may(me, part.right));
  return (
    <div className="section">
      {shown.length > 1 && (
        <nav className="section-menu" aria-label={t(label)}>
          {shown.map((part) => (
            <NavLink key={part.to} to={part.to} end={part.to.split("/").length === 2}>
              {t(part.label)}
            </NavLink>
          ))}
        </nav>
      )}
      <div className="section-page">
        <Suspense fallback={<Spin className="page-spin" size="large" />}>
          <Outlet />
        </Suspense>
      </div>
    </div>
  );
}
