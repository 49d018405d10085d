/** What the list shows, and the questions that somebody asks again and again. */
import { StarOutlined } from "@ant-design/icons";
import { Button, Dropdown, Input, Modal, Select, Switch } from "antd";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useRegions } from "../api/regions";
import { term, useTexts } from "../i18n/language";
import { useSession } from "../session/session";
import { EVERY_STAGE, keepFilters, savedFilters, type Filters } from "./filters";
import { SEVERITIES, STAGES } from "./model";

interface FilterBarProps {
  filters: Filters;
  onChange: (change: Filters) => void;
}

export function FilterBar({ filters, onChange }: FilterBarProps) {
  const t = useTexts();
  const regions = useRegions();
  const { me } = useSession();
  return (
    <div className="filters" role="search" aria-label={t("alerts.filters")}>
      <Select
        mode="multiple"
        allowClear
        maxTagCount="responsive"
        className="filter-medium"
        aria-label={t("alerts.severity")}
        placeholder={t("alerts.severity")}
        value={filters.severity?.split(",") ?? []}
        onChange={(values: string[]) => onChange({ severity: values.join(",") })}
        options={SEVERITIES.map((value) => ({ value, label: term("severity", value) }))}
      />
      <Select
        className="filter-medium"
        aria-label={t("alerts.stage")}
        value={filters.stage ?? ""}
        onChange={(value) => onChange({ stage: value })}
        options={[
          { value: "", label: t("alerts.stageLive") },
          { value: EVERY_STAGE, label: t("alerts.stageAll") },
          ...STAGES.map((value) => ({ value, label: term("stage.alert", value) })),
        ]}
      />
      <Select
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        className="filter-medium"
        aria-label={t("alerts.region")}
        placeholder={t("alerts.region")}
        value={filters.region ?? null}
        onChange={(value: string | null) => onChange({ region: value ?? "" })}
        options={regions.all.map(({ code, name }) => ({ value: code, label: name }))}
      />
      <Input.Search
        allowClear
        id="alert-search"
        className="filter-medium"
        aria-label={t("alerts.search")}
        placeholder={t("alerts.search")}
        defaultValue={filters.text ?? ""}
        key={filters.text ?? ""}
        onSearch={(value) => onChange({ text: value.trim() })}
      />
      {me?.person_id && (
        <label className="filter-switch">
          <Switch size="small" checked={!!filters.mine} onChange={(on) => onChange({ mine: on ? "1" : "" })} />
          {t("alerts.mine")}
        </label>
      )}
      <SavedFilters />
    </div>
  );
}

function SavedFilters() {
  const t = useTexts();
  const [search, setSearch] = useSearchParams();
  const [saved, setSaved] = useState(savedFilters);
  const [name, setName] = useState<string>();
  const keep = (all: typeof saved) => {
    keepFilters(all);
    setSaved(all);
  };
  const items = [
    ...saved.map((it, index) => ({
      key: `${index}`,
      label: it.name,
      onClick: () => setSearch(new URLSearchParams(it.search)),
    })),
    ...(saved.length ? [{ type: "divider" as const }] : []),
    { key: "save", label: t("filters.save"), onClick: () => setName("") },
    ...(saved.length ? [{ key: "clear", label: t("filters.forget"), danger: true, onClick: () => keep([]) }] : []),
  ];
  return (
    <>
      <Dropdown trigger={["click"]} menu={{ items }}>
        <Button icon={<StarOutlined />}>{t("filters.saved")}</Button>
      </Dropdown>
      <Modal
        open={name !== undefined}
        title={t("filters.save")}
        okText={t("action.save")}
        cancelText={t("action.cancel")}
        okButtonProps={{ disabled: !name?.trim() }}
        onCancel={() => setName(undefined)}
        onOk={() => {
          keep([...saved.filter((it) => it.name !== name?.trim()), { name: name?.trim() ?? "", search: search.toString() }]);
          setName(undefined);
        }}
      >
        <Input
          aria-label={t("filters.name")}
          placeholder={t("filters.name")}
          maxLength={40}
          value={name ?? ""}
          onChange={(event) => setName(event.target.value)}
        />
      </Modal>
    </>
  );
}
