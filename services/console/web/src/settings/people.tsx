/** People of the offices, their accounts, keys of other systems, and what those are told. */
import { useQuery } from "@tanstack/react-query";
import { Table } from "antd";
import { ok, projects, type Projects } from "../api/client";
import { useList } from "../api/pages";
import { useRegions } from "../api/regions";
import { instant } from "../format";
import { term, text, useTexts } from "../i18n/language";
import type { Field } from "../shell/form-dialog";
import { Mark } from "../shell/mark";
import { Loaded } from "../shell/states";
import { ResourcePage } from "./frame";
import type { Resource } from "./resource";

type Schemas = Projects["schemas"];
type Person = Schemas["PersonRead"];
type Account = Schemas["services__projects__identity__schemas__AccountRead"];
type ApiKey = Schemas["ApiKeyRead"];
type Subscription = Schemas["SubscriptionRead"];

const POSTS = ["officer", "leader", "supervision_group", "leading_group"] as const;
const ROLES = ["admin", "security", "auditor", "supervisor", "leader", "officer", "enterprise", "feed", "viewer"] as const;
const SCOPES = ["projects:read", "projects:write", "energy:read", "energy:write", "energy:ingest", "alerts:read", "alerts:write"] as const;

const useRegionField = (required: boolean): Field => {
  const regions = useRegions();
  return {
    path: ["region_code"],
    label: "orderly.region",
    kind: "choice",
    required,
    options: regions.all.map(({ code, name }) => ({ value: code, label: name })),
  };
};

function usePersonFields(): readonly Field[] {
  const region = useRegionField(true);
  const units = useList(["settings", "units"], (part) => ok(projects.GET("/v1/units", { params: { query: part } })));
  return [
    { path: ["code"], label: "rules.code", kind: "text", fixed: true },
    { path: ["name"], label: "people.name", kind: "text", required: true },
    { path: ["unit_id"], label: "people.unit", kind: "choice", required: true, options: (units.data ?? []).map((it) => ({ value: it.unit_id, label: it.name })) },
    region,
    { path: ["post"], label: "people.post", kind: "choice", required: true, options: POSTS.map((value) => ({ value, label: term("post", value) })) },
    { path: ["phone"], label: "people.phone", kind: "text" },
    { path: ["email"], label: "people.email", kind: "text" },
    { path: ["active"], label: "people.active", kind: "switch" },
  ];
}

const PEOPLE: Resource<Person> = {
  name: "people",
  title: "people.title",
  right: "keepRegistry",
  keyOf: (it) => it.code,
  titleOf: (it) => it.name,
  read: (part) => ok(projects.GET("/v1/persons", { params: { query: { ...part, sort: "name" } } })),
  columns: () => [
    { title: text("people.name"), dataIndex: "name" },
    { title: text("rules.code"), width: 200, dataIndex: "code", ellipsis: true },
    { title: text("people.post"), width: 120, render: (_, it) => term("post", it.post) },
    { title: text("orderly.region"), width: 120, render: (_, it) => it.region_code },
    { title: text("people.phone"), width: 130, render: (_, it) => it.phone ?? "–" },
    { title: text("people.active"), width: 90, render: (_, it) => <ActiveMark on={it.active} /> },
  ],
  facts: (it) => [
    ["rules.code", it.code],
    ["people.post", term("post", it.post)],
    ["orderly.region", it.region_code],
    ["people.phone", it.phone],
    ["people.email", it.email],
    ["settings.changedAt", instant(it.updated_at)],
  ],
  useFields: usePersonFields,
  start: { active: true, post: "officer" },
  create: async (typed) => {
    await ok(projects.POST("/v1/persons", { body: typed as Schemas["PersonCreate"] }));
    return undefined;
  },
  change: (person, { code, ...body }) => {
    void code;
    return ok(projects.PATCH("/v1/persons/{code}", { params: { path: { code: person.code } }, headers: { "If-Match": `"${person.version}"` }, body }));
  },
};

function ActiveMark({ on }: { on: boolean }) {
  const t = useTexts();
  return <Mark tone={on ? "success" : "plain"}>{t(on ? "rules.on" : "rules.off")}</Mark>;
}

export function PeoplePage() {
  return <ResourcePage resource={PEOPLE} />;
}

function useAccountFields(): readonly Field[] {
  const region = useRegionField(false);
  const people = useList(["settings", "people"], (part) => ok(projects.GET("/v1/persons", { params: { query: part } })));
  return [
    { path: ["username"], label: "accounts.username", kind: "text", required: true, fixed: true },
    { path: ["password"], label: "accounts.password", kind: "password", hint: "accounts.passwordHint" },
    { path: ["role"], label: "accounts.role", kind: "choice", required: true, options: ROLES.map((value) => ({ value, label: term("role", value) })) },
    region,
    { path: ["person_id"], label: "accounts.person", kind: "choice", options: (people.data ?? []).map((it) => ({ value: it.person_id, label: it.name })) },
    { path: ["active"], label: "people.active", kind: "switch" },
  ];
}

const ACCOUNTS: Resource<Account> = {
  name: "accounts",
  title: "accounts.title",
  right: "manageAccess",
  keyOf: (it) => it.id,
  titleOf: (it) => it.username,
  read: (part) => ok(projects.GET("/v1/accounts", { params: { query: { ...part, sort: "username" } } })),
  columns: () => [
    { title: text("accounts.username"), dataIndex: "username" },
    { title: text("accounts.role"), width: 130, render: (_, it) => term("role", it.role) },
    { title: text("orderly.region"), width: 130, render: (_, it) => it.region_code ?? text("shell.everywhere") },
    { title: text("people.active"), width: 90, render: (_, it) => <ActiveMark on={it.active} /> },
    { title: text("settings.createdAt"), width: 150, render: (_, it) => instant(it.created_at) },
  ],
  facts: (it) => [
    ["accounts.role", term("role", it.role)],
    ["orderly.region", it.region_code ?? text("shell.everywhere")],
    ["settings.createdAt", instant(it.created_at)],
    ["accounts.notBefore", instant(it.not_before)],
  ],
  useFields: useAccountFields,
  start: { role: "officer", active: true },
  create: async ({ active, ...typed }) => {
    void active;
    await ok(projects.POST("/v1/accounts", { body: typed as Schemas["AccountCreate"] }));
    return undefined;
  },
  change: (account, { username, password, ...body }) => {
    void [username, password];
    return ok(
      projects.PATCH("/v1/accounts/{account_id}", { params: { path: { account_id: account.id } }, headers: { "If-Match": `"${account.version}"` }, body }),
    );
  },
  acts: [
    {
      label: "accounts.revoke",
      danger: true,
      run: (it) => ok(projects.POST("/v1/accounts/{account_id}/revocations", { params: { path: { account_id: it.id } } })),
    },
  ],
};

export function AccountsPage() {
  return <ResourcePage resource={ACCOUNTS} />;
}

function useKeyFields(): readonly Field[] {
  const region = useRegionField(false);
  return [
    { path: ["name"], label: "keys.name", kind: "text", required: true },
    { path: ["role"], label: "accounts.role", kind: "choice", required: true, options: ROLES.map((value) => ({ value, label: term("role", value) })) },
    { path: ["scopes"], label: "keys.scopes", kind: "choices", options: SCOPES.map((value) => ({ value, label: value })) },
    region,
    { path: ["expires_at"], label: "keys.expires", kind: "instant" },
  ];
}

const KEYS: Resource<ApiKey> = {
  name: "keys",
  title: "keys.list",
  right: "manageAccess",
  keyOf: (it) => it.id,
  titleOf: (it) => it.name,
  read: (part) => ok(projects.GET("/v1/api-keys", { params: { query: { ...part, sort: "name" } } })),
  columns: () => [
    { title: text("keys.name"), dataIndex: "name" },
    { title: text("keys.prefix"), width: 130, render: (_, it) => <code>{it.prefix}…</code> },
    { title: text("accounts.role"), width: 110, render: (_, it) => term("role", it.role) },
    { title: text("keys.scopes"), width: 240, ellipsis: true, render: (_, it) => it.scopes.join("、") },
    { title: text("keys.expires"), width: 150, render: (_, it) => instant(it.expires_at) },
    { title: text("orderly.state"), width: 90, render: (_, it) => <Mark tone={it.revoked_at ? "plain" : "success"}>{text(it.revoked_at ? "keys.revoked" : "keys.valid")}</Mark> },
  ],
  facts: (it) => [
    ["keys.prefix", <code key="prefix">{it.prefix}…</code>],
    ["accounts.role", term("role", it.role)],
    ["keys.scopes", it.scopes.join("、")],
    ["orderly.region", it.region_code ?? text("shell.everywhere")],
    ["settings.createdAt", instant(it.created_at)],
    ["keys.expires", instant(it.expires_at)],
    ["keys.revoked", instant(it.revoked_at)],
  ],
  useFields: useKeyFields,
  start: { role: "feed", scopes: ["energy:ingest", "energy:read"] },
  create: async (typed) => {
    const made = await ok(projects.POST("/v1/api-keys", { body: typed as Schemas["ApiKeyCreate"] }));
    return { label: "keys.secret", value: made.key };
  },
  acts: [
    {
      label: "keys.revoke",
      danger: true,
      isOpen: (it) => !it.revoked_at,
      run: (it) => ok(projects.DELETE("/v1/api-keys/{key_id}", { params: { path: { key_id: it.id } } })),
    },
  ],
};

export function KeysPage() {
  return <ResourcePage resource={KEYS} />;
}

function useSubscriptionFields(): readonly Field[] {
  const region = useRegionField(false);
  const offered = useQuery({
    queryKey: ["settings", "webhook-types"],
    staleTime: 10 * 60_000,
    queryFn: async () => (await ok(projects.GET("/v1/webhook-event-types"))).items,
  });
  return [
    { path: ["name"], label: "webhooks.name", kind: "text", required: true },
    { path: ["url"], label: "webhooks.url", kind: "text", required: true },
    { path: ["topics"], label: "webhooks.topics", kind: "choices", options: (offered.data ?? []).map((it) => ({ value: it.topic, label: it.topic })) },
    {
      path: ["event_types"],
      label: "webhooks.types",
      kind: "choices",
      options: (offered.data ?? []).flatMap((it) => it.types).map((value) => ({ value, label: value })),
    },
    region,
  ];
}

const WEBHOOKS: Resource<Subscription> = {
  name: "webhooks",
  title: "webhooks.title",
  right: "keepWebhooks",
  keyOf: (it) => it.id,
  titleOf: (it) => it.name,
  read: (part) => ok(projects.GET("/v1/webhook-subscriptions", { params: { query: { ...part, sort: "name" } } })),
  columns: () => [
    { title: text("webhooks.name"), dataIndex: "name" },
    { title: text("webhooks.url"), width: 320, dataIndex: "url", ellipsis: true },
    { title: text("webhooks.topics"), width: 200, ellipsis: true, render: (_, it) => it.topics.join("、") || "–" },
    { title: text("orderly.state"), width: 100, render: (_, it) => <SubscriptionMark row={it} /> },
    { title: text("webhooks.failures"), width: 100, align: "right", dataIndex: "failures_in_a_row" },
  ],
  facts: (it) => [
    ["webhooks.url", it.url],
    ["webhooks.topics", it.topics.join("、") || undefined],
    ["webhooks.types", it.event_types.join("、") || undefined],
    ["orderly.region", it.region_code],
    ["webhooks.owner", it.owner],
    ["webhooks.failing", instant(it.failing_since)],
    ["webhooks.paused", it.paused_reason],
  ],
  Detail: Deliveries,
  useFields: useSubscriptionFields,
  create: async (typed) => {
    const made = await ok(projects.POST("/v1/webhook-subscriptions", { body: typed as Schemas["SubscriptionCreate"] }));
    return { label: "webhooks.secret", value: made.secret };
  },
  change: (it, body) =>
    ok(projects.PATCH("/v1/webhook-subscriptions/{subscription_id}", { ...named(it), headers: { "If-Match": `"${it.version}"` }, body })),
  acts: [
    { label: "webhooks.ping", run: (it) => ok(projects.POST("/v1/webhook-subscriptions/{subscription_id}/pings", named(it))) },
    {
      label: "webhooks.pause",
      isOpen: (it) => !it.paused_at,
      run: (it) =>
        ok(projects.PATCH("/v1/webhook-subscriptions/{subscription_id}", { ...named(it), headers: { "If-Match": `"${it.version}"` }, body: { paused: true } })),
    },
    {
      label: "webhooks.resume",
      isOpen: (it) => !!it.paused_at,
      run: (it) =>
        ok(projects.PATCH("/v1/webhook-subscriptions/{subscription_id}", { ...named(it), headers: { "If-Match": `"${it.version}"` }, body: { paused: false } })),
    },
    { label: "action.remove", danger: true, run: (it) => ok(projects.DELETE("/v1/webhook-subscriptions/{subscription_id}", named(it))) },
  ],
};

const named = (it: Subscription) => ({ params: { path: { subscription_id: it.id } } });

function SubscriptionMark({ row }: { row: Subscription }) {
  const t = useTexts();
  if (row.paused_at) return <Mark tone="warning">{t("webhooks.isPaused")}</Mark>;
  return <Mark tone={row.failing_since ? "error" : "success"}>{t(row.failing_since ? "webhooks.isFailing" : "webhooks.isWell")}</Mark>;
}

export function WebhooksPage() {
  return <ResourcePage resource={WEBHOOKS} />;
}

function Deliveries({ row }: { row: Subscription }) {
  const t = useTexts();
  const query = useQuery({
    queryKey: ["settings", "webhooks", row.id, "deliveries"],
    refetchInterval: 10_000,
    queryFn: async () => {
      const asked = { limit: 50, sort: "-created_at", "filter[subscription_id][eq]": row.id };
      return (await ok(projects.GET("/v1/webhook-deliveries", { params: { query: asked } }))).items;
    },
  });
  return (
    <>
      <h3>{t("webhooks.deliveries")}</h3>
      <Loaded query={query} empty={(data) => data.length === 0}>
        {(data) => (
          <Table
            size="small"
            rowKey="id"
            pagination={false}
            scroll={{ x: 560 }}
            dataSource={data}
            columns={[
              { title: t("told.at"), width: 150, render: (_, it) => instant(it.created_at) },
              { title: t("webhooks.type"), dataIndex: "type", ellipsis: true },
              { title: t("orderly.state"), width: 90, render: (_, it) => <Mark tone={it.status === "delivered" ? "success" : it.status === "failed" ? "error" : "busy"}>{term("chapter", it.status)}</Mark> },
              { title: t("webhooks.attempts"), width: 70, align: "right", dataIndex: "attempts" },
              { title: t("webhooks.answer"), width: 160, ellipsis: true, render: (_, it) => it.last_error ?? it.last_status_code ?? "–" },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
