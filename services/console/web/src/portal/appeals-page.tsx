/** Requests and complaints of the enterprise, and what became of them. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Timeline } from "antd";
import { useState } from "react";
import { ok, projects, type Projects } from "../api/client";
import { term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { FormDialog, type Field } from "../shell/form-dialog";
import { Mark, type Tone } from "../shell/mark";
import { Fact } from "../shell/panel";
import { Rows } from "../shell/rows";
import { Loaded } from "../shell/states";
import { useAppeals, type Appeal } from "./data";

type Create = Projects["schemas"]["AppealCreate"];

const TONES: Record<Appeal["status"], Tone> = { accepted: "busy", dispatched: "busy", answered: "warning", returned: "warning", closed: "success" };
const CATEGORIES = [
  ...(["energy", "land", "funds", "labour", "approval", "policy", "logistics", "surroundings", "fees"] as const),
  ...(["four_disorders", "four_bullies", "three_disorders", "other"] as const),
] as const;

export default function AppealsPage() {
  const t = useTexts();
  useLanguage();
  const queries = useQueryClient();
  const [search, setAddress] = useAddress();
  const appeals = useAppeals();
  const [writing, setWriting] = useState(false);
  const fields: readonly Field[] = [
    {
      path: ["kind"],
      label: "appeals.kind",
      kind: "choice",
      required: true,
      options: (["request", "complaint"] as const).map((value) => ({ value, label: term("appeal", value) })),
    },
    { path: ["category"], label: "appeals.category", kind: "choice", required: true, options: CATEGORIES.map((value) => ({ value, label: term("appealCategory", value) })) },
    { path: ["title"], label: "appeals.subject", kind: "text", required: true },
    { path: ["content"], label: "appeals.content", kind: "long", required: true },
    { path: ["contact", "name"], label: "appeals.contact", kind: "text" },
    { path: ["contact", "phone"], label: "people.phone", kind: "text" },
  ];
  return (
    <div className="page page-narrow">
      <div className="page-head">
        <h1>{t("appeals.title")}</h1>
        <div className="acts">
          <Button type="primary" onClick={() => setWriting(true)}>
            {t("appeals.write")}
          </Button>
        </div>
      </div>
      <div className="panel panel-rows">
        <Rows<Appeal>
          query={appeals}
          width={560}
          columns={[
            {
              title: t("appeals.subject"),
              render: (_, it) => (
                <button type="button" className="plain-link" onClick={() => setAddress({ appeal: it.id })}>
                  {it.title}
                </button>
              ),
            },
            { title: t("appeals.kind"), width: 80, render: (_, it) => term("appeal", it.kind) },
            { title: t("orderly.state"), width: 90, render: (_, it) => <Mark tone={TONES[it.status]}>{term("appealStatus", it.status)}</Mark> },
            { title: t("appeals.accepted"), width: 110, dataIndex: "accepted_on" },
            { title: t("problems.due"), width: 110, render: (_, it) => it.due_on ?? "–" },
          ]}
        />
      </div>
      {writing && (
        <FormDialog
          title={t("appeals.write")}
          okText={t("appeals.send")}
          fields={fields}
          start={{ kind: "request", category: "energy" }}
          send={(typed) => ok(projects.POST("/v1/appeals", { body: typed as unknown as Create }))}
          done={t("appeals.sent")}
          onDone={() => {
            setWriting(false);
            void queries.invalidateQueries({ queryKey: ["portal", "appeals"] });
          }}
          onClose={() => setWriting(false)}
        />
      )}
      {search.get("appeal") && <OneAppeal id={search.get("appeal") ?? ""} onClose={() => setAddress({ appeal: "" })} />}
    </div>
  );
}

function OneAppeal({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useTexts();
  useLanguage();
  const queries = useQueryClient();
  const [rating, setRating] = useState(false);
  const query = useQuery({
    queryKey: ["portal", "appeal", id],
    queryFn: () => ok(projects.GET("/v1/appeals/{appeal_id}", { params: { path: { appeal_id: id } } })),
  });
  const fields: readonly Field[] = [
    { path: ["score"], label: "appeals.score", kind: "number", required: true, least: 1, most: 5, digits: 0 },
    { path: ["satisfied"], label: "appeals.satisfied", kind: "switch" },
    { path: ["comment"], label: "appeals.comment", kind: "long" },
  ];
  return (
    <Drawer
      open
      size={560}
      title={query.data?.title ?? t("appeals.title")}
      onClose={onClose}
      extra={query.data?.status === "answered" && <Button type="primary" onClick={() => setRating(true)}>{t("appeals.rate")}</Button>}
    >
      <Loaded query={query} rows={6}>
        {(data) => (
          <>
            <dl className="facts gap-below">
              <Fact name={t("appeals.code")}>{data.code}</Fact>
              <Fact name={t("appeals.kind")}>{term("appeal", data.kind)}</Fact>
              <Fact name={t("appeals.category")}>{term("appealCategory", data.category)}</Fact>
              <Fact name={t("orderly.state")}>{term("appealStatus", data.status)}</Fact>
              <Fact name={t("problems.due")}>{data.due_on ?? "–"}</Fact>
            </dl>
            <p className="summary gap-below">{data.content}</p>
            <Timeline
              items={data.rounds.map((round) => ({
                key: round.number,
                content: (
                  <div className="chapter">
                    <time>{round.answered_on ?? round.dispatched_on}</time>
                    <strong>{t(round.answer ? "appeals.answer" : "appeals.dispatched")}</strong>
                    <span>{round.answer ?? round.note}</span>
                    {round.comment && <span>{round.comment}</span>}
                  </div>
                ),
              }))}
            />
          </>
        )}
      </Loaded>
      {rating && (
        <FormDialog
          title={t("appeals.rate")}
          okText={t("appeals.send")}
          fields={fields}
          start={{ score: 5, satisfied: true }}
          send={({ score, satisfied, comment }) =>
            ok(
              projects.POST("/v1/appeals/{appeal_id}/ratings", {
                params: { path: { appeal_id: id } },
                body: { score: Number(score), satisfied: satisfied === true, ...(typeof comment === "string" && { comment }) },
              }),
            )
          }
          onDone={() => {
            setRating(false);
            void queries.invalidateQueries({ queryKey: ["portal"] });
          }}
          onClose={() => setRating(false)}
        />
      )}
    </Drawer>
  );
}
