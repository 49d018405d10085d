/** The ledger. */
import { SettingOutlined, StarOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Checkbox, Dropdown, Input, Modal, Popover, Skeleton, Table } from "antd";
import { useMemo, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { ok, projects } from "../api/client";
import { useRegions } from "../api/regions";
import { money, number } from "../format";
import { useLanguage, useTexts } from "../i18n/language";
import type { Key } from "../i18n/zh-CN";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { useAddress } from "../shell/address";
import { useNarrow } from "../shell/online";
import { Failure, Nothing, sentence } from "../shell/states";
import { COLUMNS, columnsOf, Percent, StageTag, USUAL, type ColumnName } from "./columns";
import { queryOf, savedQuery, searchOf, useLedger, useProject, type Project } from "./data";
import { EditDialog } from "./edit-dialog";
import { ExportButton } from "./export-button";
import { LedgerFilters } from "./filters";
import { RateProjects } from "./rate-projects";

const KEPT = "duban.ledger.columns";

export default function ProjectsPage() {
  const [search] = useSearchParams();
  const rate = search.get("rate");
  return rate ? <RateProjects rate={rate} basis={search.get("basis")} /> : <Ledger />;
}

function Ledger() {
  const t = useTexts();
  const language = useLanguage();
  const [search, setAddress] = useAddress();
  const regions = useRegions();
  const narrow = useNarrow();
  const [shown, setShown] = useColumns();
  const [editing, setEditing] = useState<string>();
  const { me } = useSession();
  const edits = may(me, "editProjects");
  const query = useMemo(() => queryOf(search), [search]);
  const ledger = useLedger(query);
  const columns = useMemo(() => {
    void language;
    const all = columnsOf(regions, search.get("sort") ?? "", edits ? setEditing : undefined);
    return COLUMNS.filter((name) => shown.includes(name)).map((name) => all[name]);
  }, [regions, search, shown, language, edits]);
  const more = () => {
    if (ledger.hasNextPage && !ledger.isFetchingNextPage) void ledger.fetchNextPage();
  };
  return (
    <div className="page page-fill">
      <div className="page-head">
        <h1>{t("menu.projects")}</h1>
        <span className="page-note" role="status">
          {ledger.data && t(ledger.hasNextPage ? "ledger.counting" : "ledger.count", { n: number(ledger.rows.length) })}
        </span>
      </div>
      <LedgerFilters>
        <Views />
        <Popover
          trigger="click"
          placement="bottomRight"
          content={
            <Checkbox.Group
              className="stacked"
              value={shown}
              onChange={(names) => setShown(names)}
              options={COLUMNS.map((name) => ({ value: name, label: t(`ledger.${name}` as Key), disabled: name === "name" }))}
            />
          }
        >
          <Button icon={<SettingOutlined />} className="wide-only">
            {t("ledger.columns")}
          </Button>
        </Popover>
        <ExportButton query={query} />
      </LedgerFilters>
      {ledger.isError && <Failure error={ledger.error} retry={() => void ledger.refetch()} />}
      {ledger.isPending && !ledger.isError && <Skeleton active paragraph={{ rows: 10 }} />}
      {ledger.data && ledger.rows.length === 0 && <Nothing />}
      {ledger.rows.length > 0 &&
        (narrow ? (
          <Cards rows={ledger.rows} more={ledger.hasNextPage ? more : undefined} />
        ) : (
          <Table<Project>
            size="small"
            rowKey="id"
            sticky
            virtual
            pagination={false}
            dataSource={ledger.rows}
            columns={columns}
            scroll={{ x: columns.reduce((sum, column) => sum + Number(column.width ?? 120), 0), y: window.innerHeight - 258 }}
            onScroll={(event) => {
              const pane = event.currentTarget;
              if (pane.scrollTop + pane.clientHeight > pane.scrollHeight - 400) more();
            }}
            onChange={(_pages, _filters, sorter) => {
              const by = Array.isArray(sorter) ? sorter[0] : sorter;
              setAddress({ sort: by?.order ? `${by.order === "descend" ? "-" : ""}${String(by.columnKey)}` : "" });
            }}
          />
        ))}
      {editing && <EditHere id={editing} onClose={() => setEditing(undefined)} />}
    </div>
  );
}

/** The whole project as it is now: a row of the ledger is a part of it, and may be a minute old. */
function EditHere({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error } = useProject(id);
  // What came first is what is changed; an answer that comes later must not take what was typed.
  const [begun, setBegun] = useState<typeof data>();
  if (data && !begun) setBegun(data);
  if (begun) return <EditDialog {...begun} onClose={onClose} />;
  return error ? <Failure error={error} /> : null;
}

function useColumns(): [ColumnName[], (names: ColumnName[]) => void] {
  const [shown, setShown] = useState<ColumnName[]>(() => {
    const kept = localStorage.getItem(KEPT)?.split(",") as ColumnName[] | undefined;
    return kept?.length ? COLUMNS.filter((name) => kept.includes(name)) : [...USUAL];
  });
  const change = (names: ColumnName[]) => {
    const wanted = COLUMNS.filter((name) => name === "name" || names.includes(name));
    localStorage.setItem(KEPT, wanted.join(","));
    setShown([...wanted]);
  };
  return [shown, change];
}

/** The ledger on a phone. */
function Cards({ rows, more }: { rows: readonly Project[]; more: (() => void) | undefined }) {
  const t = useTexts();
  const regions = useRegions();
  return (
    <ul className="cards">
      {rows.map((project) => (
        <li key={project.id}>
          <Link to={`/projects/${project.id}`}>
            <strong>{project.name}</strong>
            <span>
              <StageTag stage={project.stage} /> {regions.name(project.region_code)} · {money(project.total_investment_yuan)}
            </span>
            <Percent value={project.percent} />
          </Link>
        </li>
      ))}
      {more && (
        <li>
          <Button block onClick={more}>
            {t("action.more")}
          </Button>
        </li>
      )}
    </ul>
  );
}

/** Views that the service keeps: on the office's machine and at home they are the same. */
function Views() {
  const t = useTexts();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const [name, setName] = useState<string>();
  const views = useQuery({
    queryKey: ["saved-filters"],
    queryFn: async () => {
      const query = { limit: 200, "filter[entity][eq]": "projects" as const };
      return (await ok(projects.GET("/v1/saved-filters", { params: { query } }))).items;
    },
  });
  const save = async () => {
    try {
      await ok(
        projects.POST("/v1/saved-filters", {
          body: { entity: "projects", name: name?.trim() ?? "", query: savedQuery(search), visibility: "private" },
        }),
      );
      setName(undefined);
      await queries.invalidateQueries({ queryKey: ["saved-filters"] });
    } catch (error) {
      void message.error(sentence(error));
    }
  };
  const items = [
    ...(views.data ?? []).map((view) => ({ key: view.id, label: view.name, onClick: () => setSearch(searchOf(view.query)) })),
    ...(views.data?.length ? [{ type: "divider" as const }] : []),
    { key: "save", label: t("filters.save"), onClick: () => setName("") },
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
        onOk={save}
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
