/** Events that a consumer could not handle, of all three services: mended, replayed, or discarded with a reason. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import { useState } from "react";
import { alerts, energy, ok, projects, tagged, type Projects } from "../api/client";
import { allItems } from "../api/pages";
import { instant } from "../format";
import { term, text, useTexts } from "../i18n/language";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { FormDialog, said, type Field } from "../shell/form-dialog";
import { Mark, type Tone } from "../shell/mark";
import { Loaded } from "../shell/states";
import { ResourcePage } from "./frame";
import type { Act, Resource } from "./resource";

type Service = "projects" | "energy" | "alerts";
type Letter = Projects["schemas"]["SetAsideEventRead"] & { service: Service };
type Whole = Projects["schemas"]["SetAsideEventDetail"];

// The same routes stand in each of the three.
const CLIENTS: Record<Service, typeof projects> = {
  projects,
  energy: energy as unknown as typeof projects,
  alerts: alerts as unknown as typeof projects,
};
const SERVICES = Object.keys(CLIENTS) as Service[];
const MOST = 1_000;
const TONES: Record<string, Tone> = { waiting: "error", replayed: "success", discarded: "plain" };

async function lettersOf(service: Service): Promise<Letter[]> {
  const read = (cursor: string | undefined) => ok(CLIENTS[service].GET("/v1/set-aside-events", { params: { query: { limit: MOST, ...(cursor && { cursor }) } } }));
  return (await allItems(read, MOST)).map((it) => ({ ...it, service }));
}

/** What waits comes first, the newest of it first. */
function byUrgency(one: Letter, other: Letter): number {
  return Number(other.state === "waiting") - Number(one.state === "waiting") || other.received_at.localeCompare(one.received_at);
}

function by(who: string | null, at: string | null, why: string | null): string | undefined {
  return who ? text("setAside.by", { who, at: instant(at), why: why ?? "" }) : undefined;
}

const REASON: Field = { path: ["reason"], label: "rules.reason", kind: "long", required: true };
const named = (it: Letter) => ({ params: { path: { letter_id: it.id } }, headers: { "If-Match": `"${it.version}"` } });
const isWaiting = (it: Letter) => it.state === "waiting";

const ACTS: readonly Act<Letter>[] = [
  {
    label: "setAside.replay",
    isOpen: isWaiting,
    fields: [REASON],
    run: (it, { reason }) => ok(CLIENTS[it.service].POST("/v1/set-aside-events/{letter_id}/replays", { ...named(it), body: { reason: said(reason) } })),
  },
  {
    label: "setAside.discard",
    danger: true,
    isOpen: isWaiting,
    fields: [REASON],
    run: (it, { reason }) => ok(CLIENTS[it.service].POST("/v1/set-aside-events/{letter_id}/discards", { ...named(it), body: { reason: said(reason) } })),
  },
];

const LETTERS: Resource<Letter> = {
  name: "set-aside",
  title: "setAside.title",
  note: "setAside.note",
  right: "administer",
  every: 30_000,
  keyOf: (it) => it.id,
  titleOf: (it) => it.event_type ?? it.topic,
  read: async () => ({ items: (await Promise.all(SERVICES.map(lettersOf))).flat().sort(byUrgency) }),
  columns: () => [
    { title: text("setAside.at"), width: 150, render: (_, it) => instant(it.received_at) },
    { title: text("setAside.state"), width: 90, render: (_, it) => <Mark tone={TONES[it.state]}>{term("setAside.state", it.state)}</Mark> },
    { title: text("setAside.service"), width: 80, render: (_, it) => term("service", it.service) },
    { title: text("setAside.type"), width: 280, ellipsis: true, render: (_, it) => it.event_type ?? it.topic },
    { title: text("setAside.cause"), ellipsis: true, dataIndex: "cause" },
  ],
  facts: (it) => [
    ["setAside.state", <Mark key="state" tone={TONES[it.state]}>{term("setAside.state", it.state)}</Mark>],
    ["setAside.service", term("service", it.service)],
    ["setAside.consumer", it.consumer],
    ["setAside.at", instant(it.received_at, true)],
    ["setAside.position", <span key="position" className="secret">{`${it.topic} · ${it.partition} · ${it.log_offset}`}</span>],
    ["setAside.cause", <span key="cause" className="secret">{it.cause}</span>],
    ["setAside.edited", by(it.edited_by, it.edited_at, it.edit_reason)],
    ["setAside.settled", by(it.settled_by, it.settled_at, it.settle_reason)],
    ["setAside.effect", it.took_effect === null ? undefined : text(it.took_effect ? "setAside.effect.yes" : "setAside.effect.no")],
  ],
  Detail: LetterDetail,
  acts: ACTS,
};

const MEND: readonly Field[] = [
  { path: ["body"], label: "setAside.body", kind: "structure", hint: "setAside.bodyHint" },
  { path: ["headers"], label: "setAside.newHeaders", kind: "structure", hint: "setAside.headersHint" },
  REASON,
];

function LetterDetail({ row }: { row: Letter }) {
  const query = useQuery({
    queryKey: ["settings", "set-aside", "one", row.id, row.version],
    queryFn: () => tagged(CLIENTS[row.service].GET("/v1/set-aside-events/{letter_id}", { params: { path: { letter_id: row.id } } })),
  });
  return <Loaded query={query}>{({ body, tag }) => <Contents service={row.service} letter={body} tag={tag} />}</Loaded>;
}

function Contents({ service, letter, tag }: { service: Service; letter: Whole; tag: string }) {
  const t = useTexts();
  const { me } = useSession();
  const queries = useQueryClient();
  const [mending, setMending] = useState(false);
  const body = asObject(letter.edited_body ?? letter.body);
  return (
    <>
      {letter.left_behind && <Alert className="gap-below" showIcon type="warning" title={t("setAside.leftBehind")} />}
      {letter.state === "waiting" && may(me, "administer") && (
        <div className="acts">
          <Button type="primary" onClick={() => setMending(true)}>
            {t("setAside.mend")}
          </Button>
        </div>
      )}
      {letter.edited_body !== null && <Words title={t("setAside.mended")} words={pretty(letter.edited_body)} />}
      <Words title={t("setAside.came")} words={letter.body === null ? t("setAside.tombstone") : pretty(letter.body)} />
      <Words title={t("setAside.headers")} words={[...letter.headers, ...Object.entries(letter.edited_headers ?? {})].map((pair) => pair.join(": ")).join("\n")} />
      <Words title={t("setAside.stack")} words={letter.stack} />
      {mending && (
        <FormDialog
          title={t("setAside.mend")}
          okText={t("action.save")}
          width={720}
          fields={MEND}
          start={{ ...(body && { body }), ...(letter.edited_headers && { headers: letter.edited_headers }) }}
          done={t("setAside.saved")}
          send={({ body: mended, headers, reason }) =>
            ok(
              CLIENTS[service].PATCH("/v1/set-aside-events/{letter_id}", {
                params: { path: { letter_id: letter.id } },
                headers: { "If-Match": tag },
                body: { body: (mended ?? null) as Record<string, unknown> | null, headers: (headers ?? {}) as Record<string, string>, reason: said(reason) },
              }),
            )
          }
          onDone={() => {
            setMending(false);
            void queries.invalidateQueries({ queryKey: ["settings", "set-aside"] });
          }}
          onClose={() => setMending(false)}
        />
      )}
    </>
  );
}

function Words({ title, words }: { title: string; words: string }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <pre className="code-block">{words}</pre>
    </section>
  );
}

function asObject(words: string | null): Record<string, unknown> | undefined {
  try {
    const found: unknown = JSON.parse(words ?? "");
    return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function pretty(words: string): string {
  const found = asObject(words);
  return found ? JSON.stringify(found, null, 2) : words;
}

export default function SetAsidePage() {
  return <ResourcePage resource={LETTERS} />;
}
