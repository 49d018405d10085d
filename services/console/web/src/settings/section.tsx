/** The settings. */
import { Section, type SectionPart } from "../shell/section";

const PARTS: readonly SectionPart[] = [
  { to: "/settings/rules", label: "rules.title", right: "seeAlertStory" },
  { to: "/settings/policies", label: "policies.title", right: "seeAlertStory" },
  { to: "/settings/routes", label: "routes.title", right: "seeAlertStory" },
  { to: "/settings/feeds", label: "feeds.title", right: "seeFeeds" },
  { to: "/settings/receipts", label: "receipts.title", right: "seeFeeds" },
  { to: "/settings/quarantine", label: "quarantine.title", right: "seeFeeds" },
  { to: "/settings/dead-letters", label: "letters.title", right: "mendDeliveries" },
  { to: "/settings/events", label: "setAside.title", right: "seeSetAside" },
  { to: "/settings/regions", label: "regions.title", right: "seeAlertStory" },
  { to: "/settings/people", label: "people.title", right: "seeAlertStory" },
  { to: "/settings/accounts", label: "accounts.title", right: "manageAccess" },
  { to: "/settings/keys", label: "keys.list", right: "manageAccess" },
  { to: "/settings/platforms", label: "platforms.title", right: "administer" },
  { to: "/settings/links", label: "links.title", right: "administer" },
  { to: "/settings/webhooks", label: "webhooks.title", right: "seeWebhooks" },
  { to: "/settings/calendar", label: "calendar.title", right: "seeAlertStory" },
  { to: "/settings/audit", label: "audit.title", right: "seeAlertStory" },
  { to: "/settings/records", label: "records.title", right: "seeAudit" },
];

export default function SettingsSection() {
  return <Section label="menu.settings" parts={PARTS} />;
}
