/** Small signs of an alert: its colour with its name, its stage. */
import { term, useLanguage } from "../i18n/language";
import { Mark, type Tone } from "../shell/mark";
import type { Severity, Stage } from "./model";

export function SeverityMark({ severity }: { severity: Severity }) {
  useLanguage();
  return <span className={`severity severity-${severity}`}>{term("severity", severity)}</span>;
}

const STAGE_TONES: Partial<Record<Stage, Tone>> = {
  open: "error",
  acknowledged: "busy",
  handling: "busy",
  resolved: "warning",
  closed: "success",
};

export function StageMark({ stage }: { stage: Stage }) {
  useLanguage();
  return <Mark tone={STAGE_TONES[stage]}>{term("stage.alert", stage)}</Mark>;
}
