/** Small signs of an alert: its colour with its name, its stage. */
import { Tag } from "antd";
import { term, useLanguage } from "../i18n/language";
import type { Severity, Stage } from "./model";

export function SeverityMark({ severity }: { severity: Severity }) {
  useLanguage();
  return <span className={`severity severity-${severity}`}>{term("severity", severity)}</span>;
}

const STAGE_COLOURS: Partial<Record<Stage, string>> = { open: "error", acknowledged: "processing", handling: "processing", closed: "success" };

export function StageMark({ stage }: { stage: Stage }) {
  useLanguage();
  return <Tag {...(STAGE_COLOURS[stage] && { color: STAGE_COLOURS[stage] })}>{term("stage.alert", stage)}</Tag>;
}
