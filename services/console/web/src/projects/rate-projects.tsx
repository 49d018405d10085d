/** The rows behind one of the five rates. */
import { Button, Segmented, Table } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { useRegions } from "../api/regions";
import { number } from "../format";
import { term, useTexts } from "../i18n/language";
import { useSession } from "../session/session";
import { Loaded } from "../shell/states";
import { useRateProjects, type RatePart } from "./data";

const PARTS: readonly RatePart[] = ["outstanding", "numerator", "unusable"];

export function RateProjects({ rate, basis }: { rate: string; basis: string | null }) {
  const t = useTexts();
  const { me } = useSession();
  const regions = useRegions();
  const [part, setPart] = useState<RatePart>("outstanding");
  const rows = useRateProjects(rate, basis, part, me?.region_code);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{term("rate", rate)}</h1>
        <span className="page-note">{rows.data && t("ledger.count", { n: number(rows.data.length) })}</span>
        <Link to="/projects">
          <Button>{t("rates.whole")}</Button>
        </Link>
      </div>
      <div className="filters">
        <Segmented<RatePart>
          aria-label={t("rates.part")}
          value={part}
          onChange={setPart}
          options={PARTS.map((value) => ({ value, label: term("part.rate", value) }))}
        />
      </div>
      <Loaded query={rows} empty={(data) => data.length === 0}>
        {(data) => (
          <Table
            size="small"
            rowKey="id"
            dataSource={data}
            pagination={{ pageSize: 50, hideOnSinglePage: true }}
            scroll={{ x: 760 }}
            columns={[
              { title: t("ledger.name"), render: (_, it) => <Link to={`/projects/${it.id}`}>{it.name}</Link> },
              { title: t("ledger.region"), width: 120, render: (_, it) => regions.name(it.region_code) },
              { title: t("ledger.kind"), width: 110, render: (_, it) => term("project", it.kind) },
              { title: t("ledger.signed_on"), width: 120, dataIndex: "signed_on" },
              { title: t("rates.startDue"), width: 120, render: (_, it) => it.start_due_on ?? "–" },
              { title: t("rates.startedOn"), width: 120, render: (_, it) => it.started_on ?? "–" },
              { title: t("rates.reason"), width: 180, render: (_, it) => term("unusable", it.reason) },
            ]}
          />
        )}
      </Loaded>
    </div>
  );
}
