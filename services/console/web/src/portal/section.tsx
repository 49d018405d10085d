/** An enterprise's own pages. */
import { Section, type SectionPart } from "../shell/section";

const PARTS: readonly SectionPart[] = [
  { to: "/portal", label: "portal.title" },
  { to: "/portal/reports", label: "reports.title" },
  { to: "/portal/orders", label: "ownOrders.title" },
  { to: "/portal/support", label: "fund.title" },
  { to: "/portal/appeals", label: "appeals.title" },
];

export default function PortalSection() {
  return <Section label="menu.portal" parts={PARTS} />;
}
