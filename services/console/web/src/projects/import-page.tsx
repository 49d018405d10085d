/** A table is read, judged line by line, and only then taken over: first what would happen, then that it happens. */
import { InboxOutlined } from "@ant-design/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Segmented, Select, Table, Upload } from "antd";
import { useEffect } from "react";
import { ok, problemOf, projects, send, type Projects } from "../api/client";
import { download } from "../api/download";
import { useList } from "../api/pages";
import { instant, number } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { Mark, type Tone } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { Rows } from "../shell/rows";
import { Failure, Loaded, sentence } from "../shell/states";

type Schemas = Projects["schemas"];
type Import = Schemas["ImportRead"];
type Fault = Schemas["FaultRead"];
type OnExisting = Import["on_existing"];

const TONES: Partial<Record<Import["state"], Tone>> = {
  queued: "busy",
  running: "busy",
  checked: "success",
  applied: "success",
  rejected: "error",
  failed: "error",
};
const WORKING: readonly Import["state"][] = ["queued", "running"];
const LOOK_MS = 1_000;
const TYPES: Record<string, string> = {
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  csv: "text/csv",
};

export default function ImportPage() {
  const t = useTexts();
  useLanguage();
  const [search, setAddress] = useAddress();
  const entity = search.get("entity") ?? "projects";
  const onExisting = (search.get("existing") ?? "refuse") as OnExisting;
  const open = search.get("import");
  const entities = useQuery({
    queryKey: ["imports", "entities"],
    staleTime: 10 * 60_000,
    queryFn: async () => (await ok(projects.GET("/v1/import-templates"))).items.filter((it) => it.may_import),
  });
  const queries = useQueryClient();
  const upload = useMutation({
    retry: false,
    mutationFn: (file: File) => handIn(file, entity, onExisting),
    onSuccess: (made) => {
      setAddress({ import: made.id });
      void queries.invalidateQueries({ queryKey: ["imports", "list"] });
    },
  });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("import.title")}</h1>
      </div>
      <Panel id="import-file" title={t("import.file")} extra={<Template entity={entity} />}>
        <div className="filters">
          <Select
            className="filter-medium"
            aria-label={t("import.what")}
            value={entity}
            onChange={(value: string) => setAddress({ entity: value, import: "" })}
            options={(entities.data ?? [{ name: "projects", title: t("menu.projects") }]).map((it) => ({ value: it.name, label: it.title }))}
          />
          <Segmented<OnExisting>
            aria-label={t("import.existing")}
            value={onExisting}
            onChange={(value) => setAddress({ existing: value })}
            options={(["refuse", "update"] as const).map((value) => ({ value, label: term("existing", value) }))}
          />
        </div>
        {upload.error && <Failure error={upload.error} />}
        <Upload.Dragger
          accept=".xlsx,.csv"
          multiple={false}
          showUploadList={false}
          disabled={upload.isPending}
          customRequest={({ file }) => upload.mutate(file as File)}
        >
          <InboxOutlined className="upload-mark" />
          <p>{t("import.drop")}</p>
          <p className="page-note">{t("import.dry")}</p>
        </Upload.Dragger>
      </Panel>
      {open && <OneImport id={open} onApply={(id) => setAddress({ import: id })} />}
      <Earlier onOpen={(id) => setAddress({ import: id })} />
    </div>
  );
}

/** The file as it is; the service says how it reads it. Throws Problem or Unreachable. */
async function handIn(file: File, entity: string, onExisting: OnExisting): Promise<Import> {
  const asked = new URLSearchParams({ entity, mode: "dry_run", on_existing: onExisting, file_name: file.name });
  const type = TYPES[file.name.split(".").pop()?.toLowerCase() ?? ""] ?? "application/octet-stream";
  const answer = await send(
    new Request(`${window.location.origin}/api/projects/v1/imports?${asked}`, { method: "POST", body: await file.arrayBuffer(), headers: { "Content-Type": type } }),
  );
  const body: unknown = await answer.json().catch(() => ({}));
  if (!answer.ok) throw problemOf(answer.status, body);
  return body as Import;
}

function Template({ entity }: { entity: string }) {
  const t = useTexts();
  const { message } = App.useApp();
  return (
    <Button
      size="small"
      onClick={() =>
        void download(`projects/v1/import-templates/${entity}.xlsx`, `${entity}.xlsx`).catch((error: unknown) => message.error(sentence(error)))
      }
    >
      {t("import.template")}
    </Button>
  );
}

function OneImport({ id, onApply }: { id: string; onApply: (id: string) => void }) {
  const t = useTexts();
  useLanguage();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const named = { params: { path: { import_id: id } } };
  const query = useQuery({
    queryKey: ["imports", id],
    refetchInterval: ({ state }) => (state.data && !WORKING.includes(state.data.state) ? false : LOOK_MS),
    queryFn: () => ok(projects.GET("/v1/imports/{import_id}", named)),
  });
  const isApplied = query.data?.state === "applied";
  useEffect(() => {
    if (isApplied) void queries.invalidateQueries({ queryKey: ["projects"] });
  }, [isApplied, queries]);
  const apply = useMutation({
    retry: false,
    mutationFn: () => ok(projects.POST("/v1/imports/{import_id}/application", named)),
    // What is taken over is an import of its own; the check stays what it was.
    onSuccess: async (made) => {
      onApply(made.id);
      await queries.invalidateQueries({ queryKey: ["imports", "list"] });
    },
    onError: (error) => void message.error(sentence(error)),
  });
  return (
    <Panel id="import-result" title={query.data?.file_name ?? t("import.result")}>
      <Loaded query={query} rows={3}>
        {(data) => (
          <>
            <dl className="facts facts-line" role="status">
              <Fact name={t("orderly.state")}>
                <Mark tone={TONES[data.state]}>{term("import", data.state)}</Mark>
              </Fact>
              <Fact name={t("import.rows")}>{number(data.rows)}</Fact>
              <Fact name={t("import.inserted")}>{number(data.inserted)}</Fact>
              <Fact name={t("import.updated")}>{number(data.updated)}</Fact>
              <Fact name={t("import.unchanged")}>{number(data.unchanged)}</Fact>
              <Fact name={t("import.errors")}>
                <span className={data.errors ? "late" : ""}>{number(data.errors)}</span>
              </Fact>
            </dl>
            {data.failure && <p className="late">{inLanguage(data.failure_zh, data.failure_en)}</p>}
            {data.notices.map((it) => (
              <p key={`${it.code}${it.message_en}`}>{inLanguage(it.message_zh, it.message_en)}</p>
            ))}
            <div className="acts">
              {data.state === "checked" && data.errors === 0 && (
                <Button type="primary" loading={apply.isPending} onClick={() => apply.mutate()}>
                  {t("import.apply", { n: number(data.inserted + data.updated) })}
                </Button>
              )}
              {data.errors > 0 && (
                <Button
                  onClick={() =>
                    void download(`projects/v1/imports/${id}/errors.xlsx`, `errors-${data.file_name}.xlsx`).catch((error: unknown) =>
                      message.error(sentence(error)),
                    )
                  }
                >
                  {t("import.errorsFile")}
                </Button>
              )}
            </div>
            {data.errors > 0 && <Faults id={id} />}
          </>
        )}
      </Loaded>
    </Panel>
  );
}

function Faults({ id }: { id: string }) {
  const t = useTexts();
  useLanguage();
  const query = useList<Fault>(
    ["imports", id, "errors"],
    (part) => ok(projects.GET("/v1/imports/{import_id}/errors", { params: { path: { import_id: id }, query: part } })),
    { most: 1_000 },
  );
  return (
    <Loaded query={query} rows={4}>
      {(data) => (
        <Table<Fault>
          size="small"
          rowKey="number"
          pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
          scroll={{ x: 720 }}
          dataSource={data}
          columns={[
            { title: t("import.sheet"), width: 110, dataIndex: "sheet" },
            { title: t("import.row"), width: 70, align: "right", render: (_, it) => it.row ?? "–" },
            { title: t("import.column"), width: 180, render: (_, it) => [it.column, it.heading].filter(Boolean).join(" ") },
            { title: t("import.value"), width: 180, dataIndex: "value", ellipsis: true },
            { title: t("import.fault"), render: (_, it) => inLanguage(it.message_zh, it.message_en) },
          ]}
        />
      )}
    </Loaded>
  );
}

function Earlier({ onOpen }: { onOpen: (id: string) => void }) {
  const t = useTexts();
  useLanguage();
  const query = useList<Import>(
    ["imports", "list"],
    (part) => ok(projects.GET("/v1/imports", { params: { query: { ...part, sort: "-created_at" } } })),
    { most: 200 },
  );
  return (
    <Panel id="imports" title={t("import.earlier")}>
      <Rows<Import>
        query={query}
        width={760}
        columns={[
          { title: t("told.at"), width: 150, render: (_, it) => instant(it.created_at) },
          {
            title: t("import.file"),
            render: (_, it) => (
              <button type="button" className="plain-link" onClick={() => onOpen(it.id)}>
                {it.file_name}
              </button>
            ),
          },
          { title: t("import.mode"), width: 90, render: (_, it) => term("importMode", it.mode) },
          { title: t("orderly.state"), width: 100, render: (_, it) => <Mark tone={TONES[it.state]}>{term("import", it.state)}</Mark> },
          { title: t("import.rows"), width: 80, align: "right", render: (_, it) => number(it.rows) },
          { title: t("import.errors"), width: 80, align: "right", render: (_, it) => number(it.errors) },
        ]}
      />
    </Panel>
  );
}
