/** Feeds: who sends readings, whether they come, what of them was refused, and what waits for a meter. */
import { useQuery } from "@tanstack/react-query";
import { Table } from "antd";
import { energy, ok, type Energy } from "../api/client";
import { useRegions } from "../api/regions";
import { instant, number, percent } from "../format";
import { term, text, useTexts } from "../i18n/language";
import type { Field } from "../shell/form-dialog";
import { Mark, type Tone } from "../shell/mark";
import { Loaded } from "../shell/states";
import { ResourcePage } from "./frame";
import type { Resource } from "./resource";

type Schemas = Energy["schemas"];
type Feed = Schemas["FeedRead"];
type Receipt = Schemas["ReceiptSummary"];
type Waiting = Schemas["WaitingMeter"];

const STATES: Record<Feed["state"], Tone> = { on_time: "success", late: "warning", silent: "error", unscheduled: "plain", paused: "plain" };
const TRANSPORTS = ["http", "mqtt", "kafka", "folder"] as const;
const KINDS = ["readings", "curves", "files"] as const;

function useFeedFields(): readonly Field[] {
  const regions = useRegions();
  const of = (name: string, kind: Field["kind"], more: Partial<Field> = {}): Field => ({
    path: [name],
    label: `feeds.${name}` as Field["label"],
    kind,
    ...more,
  });
  return [
    of("code", "text", { required: true, fixed: true }),
    of("name", "text", { required: true }),
    of("owner", "text"),
    of("region_code", "choice", { required: true, options: regions.all.map(({ code, name }) => ({ value: code, label: name })) }),
    of("transport", "choice", { required: true, fixed: true, options: TRANSPORTS.map((value) => ({ value, label: term("transport", value) })) }),
    of("kind", "choice", { options: KINDS.map((value) => ({ value, label: term("feedKind", value) })) }),
    of("every_minutes", "number", { least: 1, digits: 0 }),
    of("cron", "text"),
    of("grace_minutes", "number", { least: 0, digits: 0 }),
    of("silent_after_minutes", "number", { least: 1, digits: 0 }),
    of("priority", "number", { digits: 0 }),
    of("unit", "text"),
    of("interval_minutes", "number", { least: 1, digits: 0 }),
    of("connection", "structure"),
    of("is_active", "switch"),
  ];
}

const FEEDS: Resource<Feed> = {
  name: "feeds",
  title: "feeds.title",
  right: "keepFeeds",
  every: 60_000,
  keyOf: (it) => it.code,
  titleOf: (it) => it.name,
  read: (part) => ok(energy.GET("/v1/feeds", { params: { query: { ...part, sort: "code" } } })),
  columns: () => [
    { title: text("feeds.name"), dataIndex: "name" },
    { title: text("feeds.code"), width: 150, dataIndex: "code" },
    { title: text("feeds.transport"), width: 90, render: (_, it) => term("transport", it.transport) },
    { title: text("orderly.state"), width: 100, render: (_, it) => <Mark tone={STATES[it.state]}>{term("feed", it.state)}</Mark> },
    { title: text("feeds.lastReceived"), width: 150, render: (_, it) => instant(it.last_received_at) },
    { title: text("feeds.lastDay"), width: 120, align: "right", render: (_, it) => number(it.last_day.accepted) },
    { title: text("feeds.errorRate"), width: 100, align: "right", render: (_, it) => percent(it.last_day.error_rate, 2) },
  ],
  facts: (it) => [
    ["feeds.code", it.code],
    ["feeds.owner", it.owner || undefined],
    ["feeds.transport", term("transport", it.transport)],
    ["feeds.every_minutes", number(it.every_minutes)],
    ["feeds.expectedAt", instant(it.expected_at)],
    ["feeds.lastReceived", instant(it.last_received_at)],
    ["feeds.lastReading", instant(it.last_reading_at)],
    ["feeds.late", number(it.late_minutes)],
    ["feeds.lastError", it.last_error],
    ["settings.changedBy", it.changed_by],
  ],
  Detail: FeedDetail,
  useFields: useFeedFields,
  start: { transport: "http", kind: "readings", is_active: true },
  create: async (typed) => {
    await ok(energy.POST("/v1/feeds", { body: typed as Schemas["FeedWrite"] }));
    return undefined;
  },
  change: (feed, { code, transport, ...body }) => {
    void [code, transport];
    return ok(energy.PATCH("/v1/feeds/{code}", { params: { path: { code: feed.code } }, headers: { "If-Match": `"${feed.version}"` }, body }));
  },
};

export function FeedsPage() {
  return <ResourcePage resource={FEEDS} />;
}

function FeedDetail({ row }: { row: Feed }) {
  const t = useTexts();
  return (
    <>
      <h3>{t("feeds.tally")}</h3>
      <Table
        size="small"
        rowKey="span"
        pagination={false}
        scroll={{ x: 480 }}
        dataSource={[
          { span: t("feeds.day"), ...row.last_day },
          { span: t("feeds.week"), ...row.last_week },
        ]}
        columns={[
          { title: "", dataIndex: "span" },
          { title: t("receipts.title"), align: "right", render: (_, it) => number(it.receipts) },
          { title: t("receipts.accepted"), align: "right", render: (_, it) => number(it.accepted) },
          { title: t("receipts.quarantined"), align: "right", render: (_, it) => number(it.quarantined) },
          { title: t("receipts.rejected"), align: "right", render: (_, it) => number(it.rejected) },
          { title: t("receipts.refused"), align: "right", render: (_, it) => number(it.refused) },
        ]}
      />
    </>
  );
}

const RECEIPTS: Resource<Receipt> = {
  name: "receipts",
  title: "receipts.title",
  note: "receipts.note",
  every: 30_000,
  most: 500,
  keyOf: (it) => it.receipt_id,
  titleOf: (it) => it.name ?? it.receipt_id,
  read: (part) => ok(energy.GET("/v1/receipts", { params: { query: part } })),
  columns: () => [
    { title: text("receipts.at"), width: 160, render: (_, it) => instant(it.received_at, true) },
    { title: text("receipts.source"), dataIndex: "source", ellipsis: true },
    { title: text("receipts.name"), ellipsis: true, render: (_, it) => it.name ?? "–" },
    { title: text("orderly.state"), width: 96, render: (_, it) => <Mark tone={it.status === "merged" ? "success" : it.refusal ? "error" : "busy"}>{term("receipt", it.status)}</Mark> },
    { title: text("receipts.accepted"), width: 100, align: "right", render: (_, it) => number(it.accepted) },
    { title: text("receipts.quarantined"), width: 100, align: "right", render: (_, it) => number(it.quarantined) },
    { title: text("receipts.rejected"), width: 100, align: "right", render: (_, it) => number(it.rejected) },
  ],
  facts: (it) => [
    ["receipts.at", instant(it.received_at, true)],
    ["receipts.merged", instant(it.merged_at, true)],
    ["receipts.source", it.source],
    ["receipts.subject", it.subject],
    ["feeds.transport", term("transport", it.transport)],
    ["receipts.bytes", number(it.bytes)],
    ["receipts.accepted", number(it.accepted)],
    ["receipts.stored", number(it.stored)],
    ["receipts.revised", number(it.revised)],
    ["receipts.unchanged", number(it.unchanged)],
    ["receipts.superseded", number(it.superseded)],
    ["receipts.quarantined", number(it.quarantined)],
  ],
  Detail: Rejections,
};

export function ReceiptsPage() {
  return <ResourcePage resource={RECEIPTS} />;
}

function Rejections({ row }: { row: Receipt }) {
  const t = useTexts();
  const query = useQuery({
    queryKey: ["settings", "rejections", row.receipt_id],
    enabled: row.rejected > 0,
    queryFn: async () =>
      (await ok(energy.GET("/v1/receipts/{receipt_id}/rejections", { params: { path: { receipt_id: row.receipt_id }, query: { limit: 200 } } }))).items,
  });
  const refusal = row.refusal;
  return (
    <>
      {refusal && <p className="late gap-below">{refusal.message}</p>}
      {row.rejected > 0 && (
        <Loaded query={query}>
          {(items) => (
            <Table
              size="small"
              rowKey={(it) => `${it.line}${it.pointer}${it.code}`}
              pagination={{ pageSize: 50, hideOnSinglePage: true }}
              scroll={{ x: 480 }}
              dataSource={items}
              columns={[
                { title: t("receipts.line"), width: 80, align: "right", dataIndex: "line" },
                { title: t("receipts.where"), width: 180, dataIndex: "pointer", ellipsis: true },
                { title: t("receipts.fault"), dataIndex: "message" },
              ]}
            />
          )}
        </Loaded>
      )}
    </>
  );
}

const QUARANTINE: Resource<Waiting> = {
  name: "quarantine",
  title: "quarantine.title",
  note: "quarantine.note",
  right: "keepFeeds",
  every: 60_000,
  keyOf: (it) => it.meter_no,
  titleOf: (it) => it.meter_no,
  read: (part) => ok(energy.GET("/v1/quarantine/meters", { params: { query: part } })),
  columns: () => [
    { title: text("meters.meter"), dataIndex: "meter_no" },
    { title: text("quarantine.registered"), width: 110, render: (_, it) => <Mark tone={it.is_registered ? "success" : "warning"}>{text(it.is_registered ? "rules.yes" : "rules.no")}</Mark> },
    { title: text("quarantine.readings"), width: 110, align: "right", render: (_, it) => number(it.readings) },
    { title: text("quarantine.age"), width: 100, align: "right", render: (_, it) => number(it.age_days) },
    { title: text("feeds.lastReceived"), width: 160, render: (_, it) => instant(it.last_received_at) },
    { title: text("receipts.source"), width: 180, ellipsis: true, render: (_, it) => it.sources.join("、") },
  ],
  facts: (it) => [
    ["quarantine.readings", number(it.readings)],
    ["quarantine.rows", number(it.rows)],
    ["quarantine.first", instant(it.first_received_at)],
    ["feeds.lastReceived", instant(it.last_received_at)],
    ["receipts.source", it.sources.join("、")],
  ],
  acts: [
    {
      label: "quarantine.replay",
      run: (it) => ok(energy.POST("/v1/quarantine/replays", { body: { meter_no: it.meter_no } })),
      done: (answer) => {
        const { replayed, waiting } = answer as Schemas["ReplayResult"];
        return text("quarantine.replayed", { n: replayed, left: waiting });
      },
    },
    {
      label: "quarantine.discard",
      danger: true,
      fields: [{ path: ["reason"], label: "rules.reason", kind: "long", required: true }],
      run: (it, { reason }) => ok(energy.POST("/v1/quarantine/discards", { body: { meter_no: it.meter_no, reason: String(reason) } })),
    },
  ],
};

export function QuarantinePage() {
  return <ResourcePage resource={QUARANTINE} />;
}
