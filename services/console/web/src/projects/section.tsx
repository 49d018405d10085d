/** Pages about projects. */
import { Section, type SectionPart } from "../shell/section";

const PARTS: readonly SectionPart[] = [
  { to: "/projects", label: "ledger.title" },
  { to: "/projects/board", label: "board.title", right: "seeAllProjects" },
  { to: "/projects/gantt", label: "gantt.title", right: "seeAllProjects" },
  { to: "/projects/map", label: "map.title", right: "seeAllProjects" },
  { to: "/projects/comparison", label: "comparison.title", right: "seeAllProjects" },
  { to: "/projects/instructions", label: "instruction.title", right: "seeAllProjects" },
  { to: "/projects/import", label: "import.title", right: "editProjects" },
];

export default function ProjectsSection() {
  return <Section label="menu.projects" parts={PARTS} />;
}
