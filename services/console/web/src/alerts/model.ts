/** Alerts as the lists of this page hold them. */
import type { Alerts } from "../api/client";

export type Alert = Alerts["schemas"]["AlertRead"];
export type Severity = Alert["severity"];
export type Stage = Alert["stage"];

const FIELDS = [
  "id",
  "number",
  "version",
  "severity",
  "status",
  "stage",
  "title_zh",
  "title_en",
  "object_type",
  "object_id",
  "object_name",
  "object_label",
  "condition_kind",
  "region_code",
  "occurred_at",
  "received_at",
  "escalation_level",
  "promised_at",
  "acknowledged_by",
  "responsible_person_id",
  "responsible_unit_id",
  "muted_by",
] as const;

export type AlertLine = Pick<Alert, (typeof FIELDS)[number]>;

/** The alert without its texts and facts, which ten thousand rows need not hold: the service has no choice of fields. */
export function lineOf(alert: Alert): AlertLine {
  return Object.fromEntries(FIELDS.map((field) => [field, alert[field]])) as AlertLine;
}

export const SEVERITIES: readonly Severity[] = ["red", "orange", "yellow", "blue"];
export const STAGES: readonly Stage[] = ["open", "acknowledged", "handling", "resolved", "closed", "merged"];
export const LIVE_STAGES: readonly Stage[] = ["open", "acknowledged", "handling"];

export interface AlertState extends Partial<AlertLine> {
  alert_id: string;
}

/** The line after an event of the stream, which tells the alert's state but not all of its fields. */
export function advanced(line: AlertLine | undefined, { alert_id, ...state }: AlertState): AlertLine {
  const known: AlertLine = line ?? {
    id: alert_id,
    number: 0,
    version: 0,
    severity: "blue",
    status: "open",
    stage: "open",
    title_zh: "",
    title_en: "",
    object_type: "",
    object_id: "",
    object_name: null,
    object_label: null,
    condition_kind: "",
    region_code: "",
    occurred_at: "",
    received_at: "",
    escalation_level: 0,
    promised_at: null,
    acknowledged_by: null,
    responsible_person_id: null,
    responsible_unit_id: null,
  };
  const told = Object.fromEntries(FIELDS.filter((field) => state[field] != null).map((field) => [field, state[field]]));
  // Its version is not among what the event tells: a change from here asks for the alert first.
  return { ...known, ...told, version: line ? line.version + 1 : 1 };
}

export function isLive(line: { status: Alert["status"] }): boolean {
  return line.status !== "resolved";
}
