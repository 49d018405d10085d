/** Instructions: those of mine, those for me, all of the region's. */
import { Segmented, Select } from "antd";
import { Link } from "react-router";
import { today } from "../clock";
import { term, useLanguage, useTexts } from "../i18n/language";
import { useSession } from "../session/session";
import { useAddress } from "../shell/address";
import { Mark } from "../shell/mark";
import { Rows } from "../shell/rows";
import { DUTY_TONES, useInstructions, useOffices, type Instruction, type Whose } from "./data";

const WHOSE: readonly Whose[] = ["given", "owned", "all"];
const PENDING = "open,in_handling,resolved";

export default function InstructionsPage() {
  const t = useTexts();
  useLanguage();
  const { me } = useSession();
  const [search, setAddress] = useAddress();
  const offices = useOffices();
  const whose = (search.get("whose") as Whose | null) ?? "all";
  const status = search.get("status") ?? PENDING;
  const instructions = useInstructions(me, whose, status === "any" ? "" : status);
  const states = [
    { value: PENDING, label: t("instruction.pending") },
    ...(["open", "in_handling", "resolved", "closed"] as const).map((value) => ({ value, label: term("duty", value) })),
    { value: "any", label: t("instruction.any") },
  ];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("instruction.title")}</h1>
      </div>
      <div className="filters">
        {me?.person_id && (
          <Segmented
            aria-label={t("instruction.whose")}
            value={whose}
            options={WHOSE.map((value) => ({ value, label: term("instruction.whose", value) }))}
            onChange={(value) => setAddress({ whose: value })}
          />
        )}
        <Select className="filter-medium" aria-label={t("orderly.state")} value={status} options={states} onChange={(value) => setAddress({ status: value })} />
      </div>
      <div className="panel panel-rows">
        <Rows<Instruction>
          query={instructions}
          width={880}
          columns={[
            { title: t("instruction.number"), width: 170, render: (_, it) => <Link to={`/projects/instructions/${it.id}`}>{it.printed_number}</Link> },
            { title: t("instruction.about"), width: 200, dataIndex: "subject_name", ellipsis: true },
            { title: t("instruct.text"), render: (_, it) => <span className="clamped">{it.text}</span> },
            { title: t("instruct.lead"), width: 140, render: (_, it) => offices.unit(it.lead_unit_id) },
            { title: t("orderly.state"), width: 100, render: (_, it) => <Mark tone={DUTY_TONES[it.status]}>{term("duty", it.status)}</Mark> },
            { title: t("problems.due"), width: 110, render: (_, it) => <span className={isLate(it) ? "late" : undefined}>{it.due_on}</span> },
          ]}
        />
      </div>
    </div>
  );
}

export function isLate(it: Pick<Instruction, "status" | "due_on">): boolean {
  return (it.status === "open" || it.status === "in_handling") && it.due_on < today();
}
