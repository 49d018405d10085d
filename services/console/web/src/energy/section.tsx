/** Pages about energy. */
import { Section, type SectionPart } from "../shell/section";

const PARTS: readonly SectionPart[] = [
  { to: "/energy", label: "energy.title" },
  { to: "/energy/meters", label: "meters.title" },
  { to: "/energy/grid", label: "grid.title", right: "seeGrid" },
  { to: "/energy/orderly-use", label: "orderly.title", right: "seeGrid" },
  { to: "/energy/generation", label: "generation.title", right: "seeGrid" },
  { to: "/energy/benchmarks", label: "benchmarks.title", right: "seeGrid" },
];

export default function EnergySection() {
  return <Section label="menu.energy" parts={PARTS} />;
}
