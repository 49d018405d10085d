/** Which projects a page shows; the same question on the ledger, the board, the chart of dates and the map. */
import { Input, Select, Switch } from "antd";
import type { ReactNode } from "react";
import { useRegions } from "../api/regions";
import { term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { STAGES } from "../situation/data";

const KINDS = ["new_build", "technical_renovation", "later_phase", "grid_works", "infrastructure", "tourism"] as const;

export function LedgerFilters({ children }: { children?: ReactNode }) {
  const t = useTexts();
  useLanguage();
  const [search, setAddress] = useAddress();
  const regions = useRegions();
  return (
    <div className="filters" role="search" aria-label={t("ledger.filters")}>
      <Input.Search
        allowClear
        className="filter-medium"
        aria-label={t("ledger.search")}
        placeholder={t("ledger.search")}
        defaultValue={search.get("text") ?? ""}
        key={search.get("text") ?? ""}
        onSearch={(value) => setAddress({ text: value.trim() })}
      />
      <Select
        mode="multiple"
        allowClear
        maxTagCount="responsive"
        className="filter-medium"
        aria-label={t("ledger.stage")}
        placeholder={t("ledger.stage")}
        value={search.get("stage")?.split(",") ?? []}
        onChange={(values: string[]) => setAddress({ stage: values.join(",") })}
        options={STAGES.map((value) => ({ value, label: term("stage", value) }))}
      />
      <Select
        allowClear
        className="filter-medium"
        aria-label={t("ledger.kind")}
        placeholder={t("ledger.kind")}
        value={search.get("kind")}
        onChange={(value: string | null) => setAddress({ kind: value })}
        options={KINDS.map((value) => ({ value, label: term("project", value) }))}
      />
      <Select
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        className="filter-medium"
        aria-label={t("ledger.region")}
        placeholder={t("ledger.region")}
        value={search.get("region")}
        onChange={(value: string | null) => setAddress({ region: value })}
        options={regions.all.map(({ code, name }) => ({ value: code, label: name }))}
      />
      <label className="filter-switch">
        <Switch size="small" checked={search.get("key") === "true"} onChange={(on) => setAddress({ key: on ? "true" : "" })} />
        {t("ledger.keyOnly")}
      </label>
      {children}
    </div>
  );
}
