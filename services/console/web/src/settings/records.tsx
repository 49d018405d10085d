/** The working calendar, messages that did not arrive, and the seals of what happened. */
import { App, Button, Segmented } from "antd";
import { useState } from "react";
import { alerts, ok, projects, type Alerts, type Projects } from "../api/client";
import { download } from "../api/download";
import { instant, number } from "../format";
import { term, text, useTexts } from "../i18n/language";
import type { Field } from "../shell/form-dialog";
import { Mark } from "../shell/mark";
import { sentence } from "../shell/states";
import { ResourcePage } from "./frame";
import type { Resource } from "./resource";

type Day = Projects["schemas"]["CalendarDayRead"];
type Delivery = Alerts["schemas"]["DeliveryRead"];
type Seal = Alerts["schemas"]["SealRead"];

const DAY_FIELDS: readonly Field[] = [
  { path: ["on"], label: "calendar.on", kind: "date", required: true, fixed: true },
  { path: ["working"], label: "calendar.working", kind: "switch" },
  { path: ["note"], label: "calendar.note", kind: "text" },
];

const putDay = (on: string, { working, note }: Record<string, unknown>) =>
  ok(projects.PUT("/v1/calendar-days/{on}", { params: { path: { on } }, body: { working: working === true, note: typeof note === "string" ? note : "" } }));

const CALENDAR: Resource<Day> = {
  name: "calendar",
  title: "calendar.title",
  note: "calendar.hint",
  right: "administer",
  keyOf: (it) => it.on,
  titleOf: (it) => it.on,
  // All of them at once: exceptions from the national calendar are few.
  read: async () => {
    const { items } = await ok(projects.GET("/v1/calendar-days"));
    return { items: [...items].sort((one, other) => other.on.localeCompare(one.on)) };
  },
  columns: () => [
    { title: text("calendar.on"), width: 140, dataIndex: "on" },
    { title: text("calendar.kind"), width: 120, render: (_, it) => <Mark tone={it.working ? "busy" : "success"}>{text(it.working ? "calendar.works" : "calendar.rests")}</Mark> },
    { title: text("calendar.note"), dataIndex: "note" },
    { title: text("settings.changedAt"), width: 160, render: (_, it) => instant(it.updated_at) },
  ],
  facts: (it) => [
    ["calendar.on", it.on],
    ["calendar.kind", text(it.working ? "calendar.works" : "calendar.rests")],
    ["calendar.note", it.note || undefined],
  ],
  useFields: () => DAY_FIELDS,
  start: { working: false },
  create: async (typed) => {
    await putDay(String(typed.on), typed);
    return undefined;
  },
  change: (day, typed) => putDay(day.on, typed),
  acts: [{ label: "action.remove", danger: true, run: (it) => ok(projects.DELETE("/v1/calendar-days/{on}", { params: { path: { on: it.on } } })) }],
};

export function CalendarPage() {
  return <ResourcePage resource={CALENDAR} />;
}

const one = (it: Delivery) => ({ params: { query: { "filter[id][eq]": it.id } } });

const LETTERS: Resource<Delivery> = {
  name: "letters",
  title: "letters.title",
  note: "letters.note",
  right: "mendDeliveries",
  every: 30_000,
  keyOf: (it) => it.id,
  titleOf: (it) => it.subject || it.id,
  read: (part) => ok(alerts.GET("/v1/dead-letters", { params: { query: part } })),
  columns: () => [
    { title: text("told.at"), width: 150, render: (_, it) => instant(it.created_at) },
    { title: text("letters.subject"), dataIndex: "subject", ellipsis: true },
    { title: text("letters.kind"), width: 110, render: (_, it) => term("channel", it.kind) },
    { title: text("letters.target"), width: 220, dataIndex: "target", ellipsis: true },
    { title: text("webhooks.attempts"), width: 70, align: "right", dataIndex: "attempts" },
    { title: text("letters.error"), width: 220, ellipsis: true, render: (_, it) => it.last_error ?? it.error_code ?? "–" },
  ],
  facts: (it) => [
    ["letters.kind", term("channel", it.kind)],
    ["letters.target", it.target],
    ["told.why", term("chapter", it.reason)],
    ["webhooks.attempts", number(it.attempts)],
    ["letters.error", it.last_error],
    ["told.at", instant(it.created_at)],
  ],
  acts: [
    { label: "letters.again", run: (it) => ok(alerts.POST("/v1/dead-letters/redeliveries", one(it))) },
    {
      label: "quarantine.discard",
      danger: true,
      fields: [{ path: ["reason"], label: "rules.reason", kind: "long", required: true }],
      run: (it, { reason }) => ok(alerts.POST("/v1/dead-letters/discards", { ...one(it), body: { reason: String(reason) } })),
    },
  ],
};

export function DeadLettersPage() {
  return <ResourcePage resource={LETTERS} />;
}

const SEALS: Resource<Seal> = {
  name: "seals",
  title: "audit.title",
  note: "audit.note",
  most: 500,
  keyOf: (it) => String(it.sequence),
  titleOf: (it) => text("audit.seal", { n: it.sequence }),
  read: (part) => ok(alerts.GET("/v1/trail/seals", { params: { query: { ...part, sort: "-sequence" } } })),
  columns: () => [
    { title: text("audit.number"), width: 80, align: "right", dataIndex: "sequence" },
    { title: text("audit.at"), width: 170, render: (_, it) => instant(it.sealed_at, true) },
    { title: text("audit.entries"), width: 110, align: "right", render: (_, it) => number(it.entries) },
    { title: text("audit.total"), width: 120, align: "right", render: (_, it) => number(it.entries_total) },
    { title: text("trail.digest"), render: (_, it) => <code>{it.digest.slice(0, 24)}</code> },
    { title: text("audit.key"), width: 160, dataIndex: "key_id", ellipsis: true },
  ],
  facts: (it) => [
    ["audit.at", instant(it.sealed_at, true)],
    ["audit.entries", number(it.entries)],
    ["audit.alerts", number(it.alerts)],
    ["audit.total", number(it.entries_total)],
    ["audit.algorithm", it.algorithm],
    ["audit.key", it.key_id],
    ["trail.digest", <code key="digest">{it.digest}</code>],
    ["audit.previous", <code key="previous">{it.previous}</code>],
    ["audit.root", <code key="root">{it.root}</code>],
    ["audit.signature", <code key="signature">{it.signature}</code>],
  ],
  Tools: TrailExport,
};

const FORMATS = ["xlsx", "csv", "jsonl"] as const;
type Format = (typeof FORMATS)[number];

function TrailExport() {
  const t = useTexts();
  const { message } = App.useApp();
  const [format, setFormat] = useState<Format>("xlsx");
  const fetchIt = () =>
    void download(`alerts/v1/trail/export?format=${format}`, `trail.${format}`).catch((error: unknown) => message.error(sentence(error)));
  return (
    <>
      <Segmented<Format> aria-label={t("audit.format")} value={format} onChange={setFormat} options={[...FORMATS]} />
      <Button onClick={fetchIt}>{t("action.export")}</Button>
    </>
  );
}

export function AuditPage() {
  return <ResourcePage resource={SEALS} />;
}
