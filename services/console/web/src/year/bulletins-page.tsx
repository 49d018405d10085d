/** Bulletins: what was published, and what is being written. */
import { useQueryClient } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { ok, projects, type Projects } from "../api/client";
import { useList } from "../api/pages";
import { useRegions } from "../api/regions";
import { today } from "../clock";
import { instant } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { useAddress } from "../shell/address";
import { FormDialog, type Field } from "../shell/form-dialog";
import { Mark, type Tone } from "../shell/mark";
import { Panel } from "../shell/panel";
import { Rows } from "../shell/rows";
import { YearFilter } from "./year-filter";

type Schemas = Projects["schemas"];
type Bulletin = Schemas["BulletinSummary"];

const KINDS = ["month", "quarter", "half_year", "year"] as const;
export const STATUS_TONES: Partial<Record<string, Tone>> = { draft: "busy", reviewed: "warning", published: "success" };

export default function BulletinsPage() {
  const t = useTexts();
  useLanguage();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { me } = useSession();
  const regions = useRegions();
  const [search, setAddress] = useAddress();
  const [starting, setStarting] = useState(false);
  const year = Number(search.get("year") ?? today().slice(0, 4));
  const status = search.get("status");
  const query = { "filter[year][eq]": year, ...(status && { "filter[status][eq]": status }) };
  const bulletins = useList<Bulletin>(["bulletins", query], (part) => ok(projects.GET("/v1/bulletins", { params: { query: { ...query, ...part } } })));
  const fields: readonly Field[] = [
    {
      path: ["region_code"],
      label: "bulletin.region",
      kind: "choice",
      required: true,
      options: regions.all.map(({ code, name }) => ({ value: code, label: name })),
    },
    { path: ["kind"], label: "bulletin.kind", kind: "choice", required: true, options: KINDS.map((value) => ({ value, label: term("bulletin.kind", value) })) },
    { path: ["year"], label: "targets.year", kind: "number", required: true, least: 2000, most: 2100, digits: 0 },
    { path: ["number"], label: "bulletin.number", kind: "number", least: 1, most: 12, digits: 0, hint: "bulletin.numberHint" },
  ];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("bulletin.title")}</h1>
        {may(me, "editProjects") && (
          <div className="acts">
            <Button type="primary" onClick={() => setStarting(true)}>
              {t("bulletin.start")}
            </Button>
          </div>
        )}
      </div>
      <div className="filters">
        <YearFilter year={year} onChange={(year) => setAddress({ year })} />
        <Select
          allowClear
          className="filter-medium"
          aria-label={t("bulletin.status")}
          placeholder={t("bulletin.status")}
          value={status}
          onChange={(value: string | null) => setAddress({ status: value })}
          options={["draft", "reviewed", "published", "discarded"].map((value) => ({ value, label: term("bulletin.status", value) }))}
        />
      </div>
      <Panel id="bulletins" title={t("bulletin.list")}>
        <Rows<Bulletin>
          query={bulletins}
          width={760}
          columns={[
            { title: t("bulletin.name"), render: (_, row) => <Link to={`/year/bulletins/${row.id}`}>{inLanguage(row.title_zh, row.title_en)}</Link> },
            { title: t("bulletin.documentNumber"), render: (_, row) => row.document_number ?? "–" },
            { title: t("bulletin.region"), dataIndex: "region_name" },
            { title: t("bulletin.edition"), align: "right", dataIndex: "edition" },
            { title: t("bulletin.status"), render: (_, row) => <Mark tone={STATUS_TONES[row.status]}>{term("bulletin.status", row.status)}</Mark> },
            { title: t("bulletin.published"), render: (_, row) => (row.published_at ? instant(row.published_at) : "–") },
          ]}
        />
      </Panel>
      {starting && (
        <FormDialog
          title={t("bulletin.start")}
          okText={t("bulletin.start")}
          fields={fields}
          start={{ region_code: me?.region_code, kind: "month", year }}
          send={async (typed) => {
            const body = typed as unknown as Schemas["BulletinCreate"];
            const made = await ok(projects.POST("/v1/bulletins", { body: { ...body, number: body.number ?? 1 } }));
            await queries.invalidateQueries({ queryKey: ["bulletins"] });
            void navigate(`/year/bulletins/${made.id}`);
          }}
          onDone={() => setStarting(false)}
          onClose={() => setStarting(false)}
        />
      )}
    </div>
  );
}
