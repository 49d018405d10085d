/** The year's account: what was earned, what was promised, what was paid, who is looked after. */
import { Section, type SectionPart } from "../shell/section";

const PARTS: readonly SectionPart[] = [
  { to: "/year/economy", label: "economy.title" },
  { to: "/year/targets", label: "targets.title" },
  { to: "/year/contest", label: "contest.title" },
  { to: "/year/support", label: "support.title" },
  { to: "/year/lists", label: "lists.title" },
  { to: "/year/bulletins", label: "bulletin.title" },
];

export default function YearSection() {
  return <Section label="menu.year" parts={PARTS} />;
}
