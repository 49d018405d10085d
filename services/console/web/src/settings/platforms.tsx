/** Applications around the page whose sign-in is taken, and who is linked to whom there. */
import { ok, projects, type Projects } from "../api/client";
import { useList } from "../api/pages";
import { instant } from "../format";
import { term, text } from "../i18n/language";
import type { Field } from "../shell/form-dialog";
import { Mark } from "../shell/mark";
import { ResourcePage } from "./frame";
import type { Resource } from "./resource";

type Schemas = Projects["schemas"];
type Platform = Schemas["PlatformRead"];
type Linked = Schemas["LinkRead"];

const KINDS = ["wecom", "dingtalk"] as const;

function usePlatforms() {
  return useList<Platform>(["settings", "platforms"], (part) => ok(projects.GET("/v1/sign-in-platforms", { params: { query: part } })));
}

function useAccounts() {
  return useList(["settings", "accounts"], (part) => ok(projects.GET("/v1/accounts", { params: { query: { ...part, sort: "username" } } })));
}

const usePlatformFields = (): readonly Field[] => [
  { path: ["kind"], label: "platforms.kind", kind: "choice", required: true, fixed: true, options: KINDS.map((value) => ({ value, label: term("platform", value) })) },
  { path: ["name"], label: "platforms.name", kind: "text", required: true },
  { path: ["app_id"], label: "platforms.appId", kind: "text", required: true, hint: "platforms.appIdHint" },
  { path: ["agent_id"], label: "platforms.agentId", kind: "number", least: 1, digits: 0, hint: "platforms.agentIdHint" },
  { path: ["secret"], label: "platforms.secret", kind: "password", hint: "platforms.secretHint" },
  { path: ["api_url"], label: "platforms.apiUrl", kind: "text", hint: "platforms.apiUrlHint" },
  { path: ["authorize_url"], label: "platforms.authorizeUrl", kind: "text" },
  { path: ["enabled"], label: "people.active", kind: "switch" },
];

const PLATFORMS: Resource<Platform> = {
  name: "platforms",
  title: "platforms.title",
  note: "platforms.note",
  right: "administer",
  keyOf: (it) => it.id,
  titleOf: (it) => it.name,
  read: (part) => ok(projects.GET("/v1/sign-in-platforms", { params: { query: part } })),
  columns: () => [
    { title: text("platforms.name"), dataIndex: "name" },
    { title: text("platforms.kind"), width: 120, render: (_, it) => term("platform", it.kind) },
    { title: text("platforms.appId"), width: 220, ellipsis: true, render: (_, it) => <code>{it.app_id}</code> },
    { title: text("platforms.agentId"), width: 110, render: (_, it) => it.agent_id ?? "–" },
    { title: text("orderly.state"), width: 100, render: (_, it) => <Mark tone={it.enabled ? "success" : "plain"}>{text(it.enabled ? "rules.on" : "rules.off")}</Mark> },
    { title: text("settings.createdAt"), width: 150, render: (_, it) => instant(it.created_at) },
  ],
  facts: (it) => [
    ["platforms.kind", term("platform", it.kind)],
    ["platforms.appId", <code key="app">{it.app_id}</code>],
    ["platforms.agentId", it.agent_id],
    ["platforms.apiUrl", it.api_url],
    ["platforms.authorizeUrl", it.authorize_url],
    ["settings.createdAt", instant(it.created_at)],
  ],
  useFields: usePlatformFields,
  start: { kind: "wecom" },
  create: async ({ enabled, ...typed }) => {
    void enabled;
    await ok(projects.POST("/v1/sign-in-platforms", { body: typed as Schemas["PlatformCreate"] }));
    return undefined;
  },
  change: (it, { kind, ...body }) => {
    void kind;
    return ok(projects.PATCH("/v1/sign-in-platforms/{platform_id}", { params: { path: { platform_id: it.id } }, headers: { "If-Match": `"${it.version}"` }, body }));
  },
};

export function PlatformsPage() {
  return <ResourcePage resource={PLATFORMS} />;
}

function useLinkFields(): readonly Field[] {
  const platforms = usePlatforms();
  const accounts = useAccounts();
  return [
    { path: ["platform_id"], label: "links.platform", kind: "choice", required: true, options: (platforms.data ?? []).map((it) => ({ value: it.id, label: it.name })) },
    { path: ["account_id"], label: "links.account", kind: "choice", required: true, options: (accounts.data ?? []).map((it) => ({ value: it.id, label: it.username })) },
    { path: ["user_id"], label: "links.user", kind: "text", required: true, hint: "links.userHint" },
  ];
}

function PlatformName({ id }: { id: string }) {
  return <>{usePlatforms().data?.find((it) => it.id === id)?.name ?? "–"}</>;
}

function AccountName({ id }: { id: string }) {
  return <>{useAccounts().data?.find((it) => it.id === id)?.username ?? id}</>;
}

const LINKS: Resource<Linked> = {
  name: "links",
  title: "links.title",
  note: "links.note",
  right: "administer",
  keyOf: (it) => it.id,
  titleOf: (it) => it.user_id,
  read: (part) => ok(projects.GET("/v1/linked-identities", { params: { query: part } })),
  columns: () => [
    { title: text("links.user"), dataIndex: "user_id" },
    { title: text("links.platform"), width: 180, render: (_, it) => <PlatformName id={it.platform_id} /> },
    { title: text("links.account"), width: 180, render: (_, it) => <AccountName id={it.account_id} /> },
    { title: text("links.at"), width: 160, render: (_, it) => instant(it.linked_at) },
    { title: text("links.by"), width: 180, ellipsis: true, render: (_, it) => <AccountName id={it.linked_by} /> },
  ],
  facts: (it) => [
    ["links.platform", <PlatformName key="platform" id={it.platform_id} />],
    ["links.account", <AccountName key="account" id={it.account_id} />],
    ["links.at", instant(it.linked_at)],
    ["links.by", <AccountName key="by" id={it.linked_by} />],
  ],
  useFields: useLinkFields,
  create: async (typed) => {
    await ok(projects.POST("/v1/linked-identities", { body: typed as Schemas["LinkCreate"] }));
    return undefined;
  },
  acts: [
    {
      label: "links.away",
      danger: true,
      run: (it) => ok(projects.DELETE("/v1/linked-identities/{link_id}", { params: { path: { link_id: it.id } } })),
    },
  ],
};

export function LinksPage() {
  return <ResourcePage resource={LINKS} />;
}
