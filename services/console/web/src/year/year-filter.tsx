/** The year a page of the year's account is about. */
import { InputNumber } from "antd";
import { useTexts } from "../i18n/language";

export function YearFilter({ year, onChange }: { year: number; onChange: (year: string) => void }) {
  const t = useTexts();
  return (
    <label className="filter-switch">
      {t("targets.year")}
      <InputNumber min={2000} max={2100} precision={0} value={year} onChange={(value) => onChange(value ? String(value) : "")} />
    </label>
  );
}
