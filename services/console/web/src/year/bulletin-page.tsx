/** One bulletin: read as it will be printed, its texts edited, checked by another, published, and followed until read. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Input, Popconfirm, Progress } from "antd";
import { useState } from "react";
import { useParams } from "react-router";
import { ok, Problem, projects, tagged, type Projects } from "../api/client";
import { download } from "../api/download";
import { useList } from "../api/pages";
import { instant } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { FormDialog, said } from "../shell/form-dialog";
import { Mark } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { Rows } from "../shell/rows";
import { Failure, Loaded, sentence } from "../shell/states";
import { PrintedChart, PrintedTable } from "./bulletin-printed";
import { STATUS_TONES } from "./bulletins-page";

type Schemas = Projects["schemas"];
type Bulletin = Schemas["BulletinRead"];
type Block = Schemas["BlockRead"];
type Opened = { body: Bulletin; tag: string };

const FORMATS = ["pdf", "docx", "html"] as const;

export default function BulletinPage() {
  const { id = "" } = useParams();
  useLanguage();
  const bulletin = useQuery({
    queryKey: ["bulletins", id],
    queryFn: () => tagged(projects.GET("/v1/bulletins/{bulletin_id}", { params: { path: { bulletin_id: id } } })),
  });
  return (
    <div className="page">
      <Loaded query={bulletin} rows={10}>
        {(opened) => <Opened opened={opened} />}
      </Loaded>
    </div>
  );
}

function useChange(id: string) {
  const queries = useQueryClient();
  const { message } = App.useApp();
  return useMutation({
    retry: false,
    mutationFn: (send: () => Promise<unknown>) => send(),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["bulletins"] }),
    onError: (error) => {
      void message.error(sentence(error));
      // Somebody else was faster: what stands now is shown beside what was typed.
      if (error instanceof Problem && error.status === 412) void queries.invalidateQueries({ queryKey: ["bulletins", id] });
    },
  });
}

function Opened({ opened }: { opened: Opened }) {
  const t = useTexts();
  const { body, tag } = opened;
  const draft = body.status === "draft" || body.status === "reviewed";
  return (
    <>
      <div className="page-head">
        <h1>
          {inLanguage(body.title_zh, body.title_en)} <Mark tone={STATUS_TONES[body.status]}>{term("bulletin.status", body.status)}</Mark>
        </h1>
        <Acts bulletin={body} />
      </div>
      <Panel id="about" title={t("bulletin.about")}>
        <dl className="facts">
          <Fact name={t("bulletin.documentNumber")}>{body.document_number ?? "–"}</Fact>
          <Fact name={t("bulletin.region")}>{body.region_name}</Fact>
          <Fact name={t("bulletin.edition")}>{body.edition}</Fact>
          <Fact name={t("bulletin.figuresAt")}>{instant(body.figures_at)}</Fact>
          <Fact name={t("bulletin.reviewed")}>{body.reviewed_at ? instant(body.reviewed_at) : "–"}</Fact>
          <Fact name={t("bulletin.published")}>{body.published_at ? instant(body.published_at) : "–"}</Fact>
          {body.reason && <Fact name={t("bulletin.reason")}>{body.reason}</Fact>}
        </dl>
      </Panel>
      {body.sections.map((section) => (
        <Panel key={section.code} id={`section-${section.code}`} title={inLanguage(section.title_zh, section.title_en)}>
          {section.blocks.map((block) => (
            <BlockLines key={block.id} id={body.id} block={block} tag={tag} editable={draft} />
          ))}
        </Panel>
      ))}
      {body.status === "published" && <Receipts id={body.id} />}
    </>
  );
}

function Acts({ bulletin }: { bulletin: Bulletin }) {
  const t = useTexts();
  const { message } = App.useApp();
  const { me } = useSession();
  const change = useChange(bulletin.id);
  const [asks, setAsks] = useState<"send back" | "correct">();
  const path = { bulletin_id: bulletin.id };
  const draft = bulletin.status === "draft" || bulletin.status === "reviewed";
  const writes = may(me, "editProjects");
  const fetchFile = (format: string) =>
    void download(`projects/v1/bulletins/${bulletin.id}/${draft ? "preview" : "files"}/${format}`, `bulletin.${format}`).catch((error: unknown) =>
      message.error(sentence(error)),
    );
  const publish = (accept_changed: boolean) => change.mutate(() => ok(projects.POST("/v1/bulletins/{bulletin_id}/publications", { params: { path }, body: { accept_changed } })));
  const figuresChanged = change.error instanceof Problem && change.error.code === "bulletin.figures_changed";
  return (
    <div className="acts">
      {FORMATS.map((format) => (
        <Button key={format} onClick={() => fetchFile(format)}>
          {term("bulletin.format", format)}
        </Button>
      ))}
      {draft && writes && (
        <Button onClick={() => change.mutate(() => ok(projects.POST("/v1/bulletins/{bulletin_id}/refreshments", { params: { path } })))}>{t("bulletin.refresh")}</Button>
      )}
      {bulletin.status === "draft" && writes && (
        <>
          <Button onClick={() => setAsks("send back")}>{t("bulletin.sendBack")}</Button>
          <Button
            type="primary"
            loading={change.isPending}
            onClick={() => change.mutate(() => ok(projects.POST("/v1/bulletins/{bulletin_id}/reviews", { params: { path }, body: { passed: true } })))}
          >
            {t("bulletin.review")}
          </Button>
        </>
      )}
      {bulletin.status === "reviewed" && writes && (
        <Popconfirm
          title={t(figuresChanged ? "bulletin.publishChanged" : "bulletin.publishSure")}
          okText={t("bulletin.publish")}
          cancelText={t("action.cancel")}
          onConfirm={() => publish(figuresChanged)}
        >
          <Button type="primary" loading={change.isPending}>
            {t("bulletin.publish")}
          </Button>
        </Popconfirm>
      )}
      {bulletin.status === "published" && !bulletin.superseded_by_id && writes && <Button onClick={() => setAsks("correct")}>{t("bulletin.correct")}</Button>}
      {asks && (
        <FormDialog
          title={t(asks === "correct" ? "bulletin.correct" : "bulletin.sendBack")}
          okText={t("action.save")}
          fields={[{ path: ["reason"], label: "bulletin.reason", kind: "long", required: true }]}
          send={(typed) => {
            const reason = said(typed.reason);
            return asks === "correct"
              ? ok(projects.POST("/v1/bulletins/{bulletin_id}/corrections", { params: { path }, body: { reason } }))
              : ok(projects.POST("/v1/bulletins/{bulletin_id}/reviews", { params: { path }, body: { passed: false, note: reason } }));
          }}
          onDone={() => {
            setAsks(undefined);
            change.mutate(() => Promise.resolve());
          }}
          onClose={() => setAsks(undefined)}
        />
      )}
    </div>
  );
}

/** A paragraph reads as it is printed; in its editor, figures are names that nobody can mistype into another number. */
function BlockLines({ id, block, tag, editable }: { id: string; block: Block; tag: string; editable: boolean }) {
  const t = useTexts();
  const language = useLanguage();
  const { me } = useSession();
  const change = useChange(id);
  const own = language === "en" ? block.text_en : block.text_zh;
  const [typed, setTyped] = useState<string>();
  const reads = inLanguage(block.reads_zh, block.reads_en);
  const table = language === "en" ? block.table_en : block.table_zh;
  const chart = language === "en" ? block.chart_en : block.chart_zh;
  if (table) return <PrintedTable table={table} />;
  if (chart) return <PrintedChart chart={chart} />;
  const save = () => {
    const body = language === "en" ? { text_en: typed ?? "", text_zh: block.text_zh ?? "" } : { text_zh: typed ?? "", text_en: block.text_en ?? "" };
    change.mutate(
      () =>
        ok(
          projects.PATCH("/v1/bulletins/{bulletin_id}/blocks/{block_id}", {
            params: { path: { bulletin_id: id, block_id: block.id }, header: { "If-Match": tag } },
            body,
          }),
        ),
      { onSuccess: () => setTyped(undefined) },
    );
  };
  if (typed !== undefined) {
    return (
      <div className="gap-below">
        <Input.TextArea className="code grows" aria-label={t("bulletin.text")} value={typed} onChange={(event) => setTyped(event.target.value)} />
        {change.error && <Failure error={change.error} />}
        <Button size="small" type="primary" loading={change.isPending} onClick={save}>
          {t("action.save")}
        </Button>{" "}
        <Button size="small" onClick={() => setTyped(undefined)}>
          {t("action.cancel")}
        </Button>
      </div>
    );
  }
  return (
    <p>
      {reads}{" "}
      {editable && own !== null && own !== undefined && may(me, "editProjects") && (
        <Button size="small" type="link" onClick={() => setTyped(own)}>
          {t("bulletin.edit")}
        </Button>
      )}
      {block.edited_name && <small>{t("bulletin.editedBy", { name: block.edited_name })}</small>}
    </p>
  );
}

function Receipts({ id }: { id: string }) {
  const t = useTexts();
  const path = { bulletin_id: id };
  const summary = useQuery({
    queryKey: ["bulletins", id, "receipt-summary"],
    refetchInterval: 15_000,
    queryFn: () => ok(projects.GET("/v1/bulletins/{bulletin_id}/receipt-summary", { params: { path } })),
  });
  const receipts = useList<Schemas["ReceiptRead"]>(["bulletins", id, "receipts"], (part) =>
    ok(projects.GET("/v1/bulletins/{bulletin_id}/receipts", { params: { path, query: part } })),
  );
  const at = (value: string | null) => (value ? instant(value) : "–");
  return (
    <Panel
      id="receipts"
      title={t("bulletin.receipts")}
      extra={summary.data && t("bulletin.receiptsOf", { n: summary.data.confirmed, all: summary.data.recipients })}
    >
      {summary.data?.confirmed_percent != null && <Progress aria-label={t("bulletin.receipts")} percent={Math.round(Number(summary.data.confirmed_percent))} size="small" />}
      <Rows<Schemas["ReceiptRead"]>
        query={receipts}
        rowKey={(row) => row.receipt_id}
        columns={[
          { title: t("bulletin.person"), render: (_, row) => row.person_name ?? "–" },
          { title: t("bulletin.unit"), render: (_, row) => row.unit_name ?? "–" },
          { title: t("bulletin.delivered"), render: (_, row) => (row.failed_at ? <Mark tone="error">{t("bulletin.failed")}</Mark> : at(row.delivered_at)) },
          { title: t("bulletin.read"), render: (_, row) => at(row.read_at) },
          { title: t("bulletin.confirmed"), render: (_, row) => at(row.confirmed_at) },
        ]}
      />
    </Panel>
  );
}
