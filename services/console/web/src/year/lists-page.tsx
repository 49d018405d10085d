/** Lists of enterprises: who is on them, what was agreed with them, how it goes. */
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { ok, projects, type Projects } from "../api/client";
import { useList } from "../api/pages";
import { useRegions } from "../api/regions";
import { today } from "../clock";
import { number } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { Mark, type Tone } from "../shell/mark";
import { Panel } from "../shell/panel";
import { Rows } from "../shell/rows";

type Schemas = Projects["schemas"];
type Count = Schemas["ListCount"];
type Member = Schemas["services__projects__lists__schemas__lists__MemberRead"];
type Measure = Schemas["MeasureRead"];

const VERDICTS: Record<Member["verdict"], Tone> = { met: "success", not_met: "error", unknown: "warning" };

export default function ListsPage() {
  const t = useTexts();
  useLanguage();
  const [search, setAddress] = useAddress();
  const chosen = search.get("list");
  const member = search.get("member");
  const summary = useQuery({
    queryKey: ["lists", "summary"],
    queryFn: async () => (await ok(projects.GET("/v1/enterprise-lists/summary", { params: { query: { day: today() } } }))).items,
  });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("lists.title")}</h1>
      </div>
      <Panel id="lists" title={t("lists.all")}>
        <Rows<Count>
          query={summary}
          rowKey={(it) => it.list_id}
          rowClass={(it) => (it.list_id === chosen ? "is-chosen" : "")}
          columns={[
            {
              title: t("lists.name"),
              render: (_, it) => (
                <button type="button" className="plain-link" onClick={() => setAddress({ list: it.list_id, member: "" })}>
                  {it.name}
                </button>
              ),
            },
            { title: t("lists.kind"), width: 130, render: (_, it) => term("list", it.kind) },
            { title: t("lists.members"), width: 90, align: "right", render: (_, it) => number(it.members) },
            { title: t("lists.entered"), width: 110, align: "right", render: (_, it) => number(it.entered) },
            { title: t("lists.left"), width: 110, align: "right", render: (_, it) => number(it.left) },
          ]}
        />
      </Panel>
      <Members list={chosen} chosen={member} onOpen={(id) => setAddress({ member: id })} onAll={() => setAddress({ list: "", member: "" })} />
      <Measures list={chosen} member={member} />
    </div>
  );
}

interface MembersProps {
  list: string | null;
  chosen: string | null;
  onOpen: (id: string) => void;
  onAll: () => void;
}

function Members({ list, chosen, onOpen, onAll }: MembersProps) {
  const t = useTexts();
  useLanguage();
  const regions = useRegions();
  const query = { "filter[left_on][null]": true, sort: "enterprise_name", ...(list && { "filter[list_id][eq]": list }) };
  const members = useList<Member>(["lists", "members", query], (part) =>
    ok(projects.GET("/v1/list-members", { params: { query: { ...query, ...part } } })),
  );
  const day = today();
  return (
    <Panel
      id="members"
      title={t("lists.members")}
      extra={
        list && (
          <Button size="small" onClick={onAll}>
            {t("support.all")}
          </Button>
        )
      }
    >
      <Rows<Member>
        query={members}
        width={860}
        rowClass={(it) => (it.id === chosen ? "is-chosen" : "")}
        columns={[
          {
            title: t("benchmarks.enterprise"),
            render: (_, it) => (
              <button type="button" className="plain-link" onClick={() => onOpen(it.id)}>
                {it.enterprise_name}
              </button>
            ),
          },
          { title: t("lists.name"), dataIndex: "list_name" },
          { title: t("orderly.region"), width: 110, render: (_, it) => regions.name(it.region_code) },
          { title: t("lists.joined"), width: 110, dataIndex: "joined_on" },
          { title: t("lists.verdict"), width: 110, render: (_, it) => <Mark tone={VERDICTS[it.verdict]}>{term("condition", it.verdict)}</Mark> },
          {
            title: t("lists.progressDue"),
            width: 130,
            render: (_, it) => <span className={it.progress_due_on && it.progress_due_on < day ? "late" : ""}>{it.progress_due_on ?? "–"}</span>,
          },
          { title: t("lists.stage"), width: 110, render: (_, it) => term("pilot", it.pilot_stage) },
        ]}
      />
    </Panel>
  );
}

function Measures({ list, member }: { list: string | null; member: string | null }) {
  const t = useTexts();
  useLanguage();
  const query = {
    sort: "due_on",
    "filter[status][in]": "open,in_handling,resolved",
    ...(list && { "filter[list_id][eq]": list }),
    ...(member && { "filter[member_id][eq]": member }),
  };
  const measures = useList<Measure>(["lists", "measures", query], (part) =>
    ok(projects.GET("/v1/list-measures", { params: { query: { ...query, ...part } } })),
  );
  const day = today();
  return (
    <Panel id="measures" title={t("lists.measures")}>
      <Rows<Measure>
        query={measures}
        width={720}
        columns={[
          { title: t("lists.measure"), dataIndex: "title" },
          { title: t("lists.content"), dataIndex: "content", ellipsis: true },
          { title: t("orderly.state"), width: 100, render: (_, it) => <Mark>{term("duty", it.status)}</Mark> },
          { title: t("lists.agreed"), width: 110, dataIndex: "agreed_on" },
          {
            title: t("problems.due"),
            width: 120,
            render: (_, it) => <span className={it.status !== "resolved" && it.due_on < day ? "late" : ""}>{it.due_on}</span>,
          },
        ]}
      />
    </Panel>
  );
}
