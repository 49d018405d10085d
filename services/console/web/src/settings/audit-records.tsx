/** Who did what in the three services: found by filters, opened down to the detail, exported, and chained so that a change shows. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { App, Button, DatePicker, Drawer, Input, Segmented, Select, Table, Typography } from "antd";
import dayjs from "dayjs";
import { useMemo } from "react";
import { Link } from "react-router";
import { alerts, energy, ok, projects, type Projects } from "../api/client";
import { download } from "../api/download";
import { useList } from "../api/pages";
import { instant, number } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { useAddress } from "../shell/address";
import { Mark } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { opening } from "../shell/rows";
import { Loaded, sentence } from "../shell/states";

type AuditRecord = Projects["schemas"]["AuditRecordRead"];

const SERVICES = ["projects", "energy", "alerts"] as const;
type Service = (typeof SERVICES)[number];

const PAGE = 100;
const ROLES = ["admin", "security", "auditor", "supervisor", "leader", "officer", "enterprise", "feed", "viewer"] as const;
const FORMATS = ["xlsx", "ndjson"] as const;
/** What is typed, by the parameter it is sent as. */
const WORDS = [
  ["actor", "filter[actor][eq]", "records.actor"],
  ["action", "filter[action][eq]", "records.action"],
  ["object", "filter[object_type][eq]", "records.objectType"],
  ["which", "filter[object_id][eq]", "records.objectId"],
] as const;

export default function AuditRecordsPage() {
  const t = useTexts();
  useLanguage();
  const { message } = App.useApp();
  const [search, setAddress] = useAddress();
  const service = (SERVICES.find((it) => it === search.get("service")) ?? "projects") satisfies Service;
  const asked = useMemo(() => filtersOf(search), [search]);
  const records = useRecords(service, asked);
  const rows = useMemo(() => records.data?.pages.flatMap((page) => page.items) ?? [], [records.data]);
  const nameOf = useActors();
  const open = rows.find((row) => row.id === search.get("open"));
  const [from, to] = [search.get("from"), search.get("to")];
  const fetchIt = (format: string) =>
    void download(`${service}/v1/audit-records/export?${new URLSearchParams({ ...asked, format })}`, `audit-${service}.${format}`).catch((error: unknown) =>
      message.error(sentence(error)),
    );
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("records.title")}</h1>
        <div className="acts">
          {FORMATS.map((format) => (
            <Button key={format} onClick={() => fetchIt(format)}>
              {t("records.export", { format })}
            </Button>
          ))}
        </div>
      </div>
      <div className="filters">
        <Segmented<Service>
          aria-label={t("records.service")}
          value={service}
          onChange={(value) => setAddress({ service: value, open: "" })}
          options={SERVICES.map((value) => ({ value, label: term("service", value) }))}
        />
        <DatePicker.RangePicker
          aria-label={t("records.span")}
          value={from && to ? [dayjs(from), dayjs(to)] : null}
          onChange={(span) => setAddress({ from: span?.[0]?.format("YYYY-MM-DD"), to: span?.[1]?.format("YYYY-MM-DD") })}
        />
        <Select
          allowClear
          className="filter-medium"
          aria-label={t("records.role")}
          placeholder={t("records.role")}
          value={search.get("role")}
          onChange={(value: string | null) => setAddress({ role: value })}
          options={ROLES.map((value) => ({ value, label: term("role", value) }))}
        />
        <Select
          allowClear
          className="filter-medium"
          aria-label={t("records.result")}
          placeholder={t("records.result")}
          value={search.get("result")}
          onChange={(value: string | null) => setAddress({ result: value })}
          options={(["done", "refused"] as const).map((value) => ({ value, label: term("result", value) }))}
        />
        {WORDS.map(([name, , label]) => (
          <Input.Search
            key={name}
            allowClear
            className="filter-medium"
            aria-label={t(label)}
            placeholder={t(label)}
            defaultValue={search.get(name) ?? ""}
            onSearch={(value) => setAddress({ [name]: value.trim() })}
          />
        ))}
      </div>
      <ChainPanel service={service} />
      <div className="panel panel-rows">
        <Loaded query={records} empty={() => rows.length === 0}>
          {() => (
            <Table<AuditRecord>
              size="small"
              rowKey="id"
              pagination={false}
              scroll={{ x: 900 }}
              dataSource={rows}
              rowClassName="is-link"
              onRow={(row) => opening(() => setAddress({ open: row.id }))}
              columns={[
                {
                  title: t("records.at"),
                  width: 180,
                  render: (_, it) => (
                    <button type="button" className="plain-link" onClick={() => setAddress({ open: it.id })}>
                      {instant(it.at, true)}
                    </button>
                  ),
                },
                { title: t("records.actor"), width: 190, ellipsis: true, render: (_, it) => nameOf(it.actor) },
                { title: t("records.role"), width: 100, render: (_, it) => term("role", it.actor_role) },
                { title: t("records.action"), width: 190, ellipsis: true, dataIndex: "action" },
                { title: t("records.objectType"), width: 150, ellipsis: true, dataIndex: "object_type" },
                { title: t("records.objectId"), ellipsis: true, dataIndex: "object_id" },
                { title: t("records.result"), width: 110, render: (_, it) => <ResultMark result={it.result} /> },
                { title: t("records.sequence"), width: 80, align: "right", render: (_, it) => number(it.sequence) },
              ]}
            />
          )}
        </Loaded>
        {records.hasNextPage && (
          <p className="nothing">
            <Button loading={records.isFetchingNextPage} onClick={() => void records.fetchNextPage()}>
              {t("action.more")}
            </Button>
          </p>
        )}
      </div>
      {open && (
        <Drawer open size={720} title={`${open.action} · ${instant(open.at, true)}`} onClose={() => setAddress({ open: "" })}>
          <dl className="facts gap-below">
            <Fact name={t("records.actor")}>{nameOf(open.actor)}</Fact>
            <Fact name={t("records.kind")}>{term("actorKind", open.actor_kind)}</Fact>
            <Fact name={t("records.role")}>{term("role", open.actor_role)}</Fact>
            <Fact name={t("orderly.region")}>{open.actor_region_code ?? t("shell.everywhere")}</Fact>
            <Fact name={t("records.objectType")}>{open.object_type}</Fact>
            <Fact name={t("records.objectId")}>{open.object_id || "–"}</Fact>
            <Fact name={t("records.result")}>{open.result}</Fact>
            <Fact name={t("records.sequence")}>{open.sequence === null ? t("records.unlinked") : number(open.sequence)}</Fact>
          </dl>
          <h3>{t("records.hash")}</h3>
          <p className="gap-below secret">{open.hash ? <code>{open.hash}</code> : "–"}</p>
          <h3>{t("records.detail")}</h3>
          <pre className="code-block">{JSON.stringify(open.detail, null, 2)}</pre>
        </Drawer>
      )}
    </div>
  );
}

function ResultMark({ result }: { result: string }) {
  const isDone = result === "done";
  return (
    <span title={result}>
      <Mark tone={isDone ? "success" : "error"}>{term("result", isDone ? "done" : "refused")}</Mark>
    </span>
  );
}

/** The chain's newest link, and whether the nightly look at all of it found anything that still stands. */
function ChainPanel({ service }: { service: Service }) {
  const t = useTexts();
  const { me } = useSession();
  const chain = useQuery({
    queryKey: ["settings", "audit-chain", service],
    refetchInterval: 60_000,
    queryFn: () => ok(clientOf(service).GET("/v1/audit-chain")),
  });
  const broken = useQuery({
    queryKey: ["alerts", "audit-broken"],
    enabled: may(me, "seeAlertStory"),
    queryFn: async () => {
      const query = { limit: 10, "filter[condition_kind][eq]": "audit_broken", "filter[status][in]": "open,acknowledged" };
      return (await ok(alerts.GET("/v1/alerts", { params: { query } }))).items;
    },
  });
  return (
    <Panel id="chain" title={t("records.chain")}>
      <Loaded query={chain} rows={2}>
        {(head) => (
          <>
            <dl className="facts">
              <Fact name={t("records.linked")}>{number(head.linked)}</Fact>
              <Fact name={t("records.waiting")}>{number(head.waiting)}</Fact>
              <Fact name={t("records.verified")}>
                {broken.data === undefined ? (
                  "–"
                ) : broken.data.length === 0 ? (
                  <Mark tone="success">{t("records.whole")}</Mark>
                ) : (
                  <Link to={`/alerts/${broken.data[0]?.id ?? ""}`}>
                    <Mark tone="error">{t("records.broken")}</Mark>
                  </Link>
                )}
              </Fact>
            </dl>
            {head.hash && (
              <p className="muted-words secret">
                {t("records.head")}{" "}
                <Typography.Text copyable code>
                  {`${head.sequence}:${head.hash}`}
                </Typography.Text>
              </p>
            )}
          </>
        )}
      </Loaded>
    </Panel>
  );
}

/** The three services answer these alike; one type stands for them. */
function clientOf(service: Service): typeof projects {
  return { projects, energy: energy as unknown as typeof projects, alerts: alerts as unknown as typeof projects }[service];
}

type Asked = Record<string, string>;

function filtersOf(search: URLSearchParams): Asked {
  const asked: Asked = {};
  for (const [name, parameter] of WORDS) {
    const said = search.get(name);
    if (said) asked[parameter] = said;
  }
  const [role, result, from, to] = ["role", "result", "from", "to"].map((name) => search.get(name));
  if (role) asked["filter[actor_role][eq]"] = role;
  if (result) asked[`filter[result][${result === "done" ? "eq" : "ne"}]`] = "done";
  if (from) asked["filter[at][gte]"] = `${from}T00:00:00+08:00`;
  if (to) asked["filter[at][lte]"] = `${to}T23:59:59.999+08:00`;
  return asked;
}

function useRecords(service: Service, asked: Asked) {
  return useInfiniteQuery({
    queryKey: ["settings", "audit-records", service, asked],
    placeholderData: keepPreviousData,
    initialPageParam: "",
    queryFn: ({ pageParam }) => {
      const query = { ...asked, limit: PAGE, ...(pageParam && { cursor: pageParam }) };
      return ok(clientOf(service).GET("/v1/audit-records", { params: { query } }));
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** Names of accounts for those who may read them; an account's identity else. */
function useActors(): (actor: string) => string {
  const { me } = useSession();
  const accounts = useList(["settings", "accounts"], (part) => ok(projects.GET("/v1/accounts", { params: { query: { ...part, sort: "username" } } })), {
    enabled: may(me, "manageAccess"),
  });
  const names = useMemo(() => new Map(accounts.data?.map((it) => [it.id, it.username])), [accounts.data]);
  return (actor) => names.get(actor) ?? actor;
}
