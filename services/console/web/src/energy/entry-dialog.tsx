/** A user's row in a plan: from which tier on it is called, by which measure, with how much. */
import { energy, ok, type Energy } from "../api/client";
import { term, useTexts } from "../i18n/language";
import { FormDialog, type Field, type Path } from "../shell/form-dialog";
import { userOption } from "./activate-dialog";
import { MEASURES, TIERS, useUsers, type Entry, type Plan } from "./orderly-data";

interface EntryDialogProps {
  plan: Plan;
  entry: Entry | undefined;
  onClose: () => void;
  onDone: () => void;
}

/** Refusals that are about one field and do not say so. */
const PLACES: Record<string, Path> = {
  "curtailment.entry_repeated": ["enterprise_id"],
  "curtailment.user_not_found": ["enterprise_id"],
  "curtailment.enterprise_unknown": ["enterprise_id"],
  "curtailment.entry_quota_unfit": ["quota"],
};

export function EntryDialog({ plan, entry, onClose, onDone }: EntryDialogProps) {
  const t = useTexts();
  const users = useUsers();
  const groups = Object.keys(plan.rotation);
  const fields: readonly Field[] = [
    { path: ["enterprise_id"], label: "orderly.user", kind: "choice", required: true, fixed: true, options: (users.data ?? []).map(userOption) },
    {
      path: ["tier"],
      label: "orderly.tier",
      kind: "choice",
      required: true,
      options: TIERS.map((value) => ({ value, label: term("tier", String(value)) })),
    },
    {
      path: ["measure"],
      label: "orderly.measure",
      kind: "choice",
      required: true,
      options: MEASURES.map((value) => ({ value, label: term("measure", value) })),
    },
    { path: ["quota"], label: "orderly.limit", kind: "number", required: true, least: 0 },
    {
      path: ["quota_unit"],
      label: "orderly.limitUnit",
      kind: "choice",
      required: true,
      options: (["kw", "percent"] as const).map((value) => ({ value, label: term("quota", value) })),
    },
    ...(groups.length
      ? [{ path: ["rotation_group"], label: "orderly.group", kind: "choice", options: groups.map((value) => ({ value, label: value })) } as const]
      : []),
    { path: ["note"], label: "orderly.note", kind: "long" },
  ];
  const send = async (typed: Record<string, unknown>) => {
    const path = { plan_id: plan.id };
    if (!entry) {
      const body = typed as Energy["schemas"]["CurtailmentEntryWrite"];
      return ok(energy.POST("/v1/curtailment-plans/{plan_id}/entries", { params: { path }, body }));
    }
    const { enterprise_id: user, ...body } = typed;
    void user;
    // Rows change with their plan, whose version is what somebody else may have moved on.
    const named = { params: { path: { ...path, entry_id: entry.id } }, headers: { "If-Match": `"${plan.version}"` } };
    return ok(energy.PATCH("/v1/curtailment-plans/{plan_id}/entries/{entry_id}", { ...named, body }));
  };
  return (
    <FormDialog
      title={t(entry ? "orderly.editUser" : "orderly.addUser")}
      okText={t("action.save")}
      fields={fields}
      before={entry}
      start={{ tier: 1, measure: "avoid", quota_unit: "kw" }}
      send={send}
      onDone={onDone}
      onClose={onClose}
      placeOf={(problem) => PLACES[problem.code]}
    />
  );
}
