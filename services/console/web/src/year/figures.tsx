/** Figures of the year as they are shown: in their unit, and why where there is none. */
import { Tooltip } from "antd";
import { money, number } from "../format";
import { inLanguage, term, useTexts } from "../i18n/language";

/** A value in its unit; money in 万元 and 亿元. */
export function amount(value: string | number | null | undefined, unit: string, unitZh?: string, unitEn?: string): string {
  if (value === null || value === undefined) return "–";
  if (unit === "yuan") return money(value);
  const name = inLanguage(unitZh, unitEn) || term("unit", unit);
  return unit === "percent" ? `${number(value, 2)}%` : `${number(value, 2)} ${name}`;
}

/** Percent as the services say them, not a share of one. */
export function points(value: string | null | undefined, digits = 1): string {
  return value === null || value === undefined ? "–" : `${number(value, digits)}%`;
}

interface FigureProps {
  shown: string;
  reason: string | null | undefined;
  isThere: boolean;
}

/** A figure, or the reason why it is not there: nobody takes it for nought. */
export function Figure({ shown, reason, isThere }: FigureProps) {
  return isThere ? <>{shown}</> : <span className="no-figure">{reason ? term("lack", reason) : "–"}</span>;
}

/** Growth in red and green would say what is good; it only says what is more. */
export function Growth({ rate, reason }: { rate: string | null | undefined; reason: string | null | undefined }) {
  if (rate === null || rate === undefined) return <span className="no-figure">{reason ? term("lack", reason) : "–"}</span>;
  const value = Number(rate);
  return <span className={value < 0 ? "growth-down" : "growth-up"}>{`${value > 0 ? "+" : ""}${number(value, 1)}%`}</span>;
}

/** How many of those who owe it said theirs. */
export function Completeness({ complete, expected }: { complete: number; expected: number }) {
  const t = useTexts();
  const words = t("economy.reported", { n: complete, all: expected });
  return (
    <Tooltip title={words}>
      <span className={complete < expected ? "is-partial" : ""}>{`${complete} / ${expected}`}</span>
    </Tooltip>
  );
}
