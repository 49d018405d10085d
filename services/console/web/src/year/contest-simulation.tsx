/** Other weights on the same figures. Nothing is written. */
import { useMutation } from "@tanstack/react-query";
import { Button, InputNumber, Modal, Table } from "antd";
import { useState } from "react";
import { ok, projects } from "../api/client";
import { number } from "../format";
import { inLanguage, useTexts } from "../i18n/language";
import { Failure } from "../shell/states";
import type { Component } from "./contest-page";

interface SimulationProps {
  contestId: string;
  quarter: number;
  edition: number | undefined;
  components: readonly Component[];
  onClose: () => void;
}

export function Simulation({ contestId, quarter, edition, components, onClose }: SimulationProps) {
  const t = useTexts();
  const [weights, setWeights] = useState<Record<string, number>>(() =>
    Object.fromEntries(components.map((it) => [it.code, Number(it.weight)])),
  );
  const sum = Object.values(weights).reduce((all, weight) => all + weight, 0);
  const trial = useMutation({
    retry: false,
    mutationFn: () => {
      const tried = components.filter((it) => (weights[it.code] ?? 0) > 0).map((it) => ({ ...it, weight: String(weights[it.code]) }));
      const body = { quarter, edition: edition ?? null, components: tried };
      return ok(projects.POST("/v1/contests/{contest_id}/simulations", { params: { path: { contest_id: contestId } }, body }));
    },
  });
  return (
    <Modal open width={720} title={t("contest.simulate")} footer={null} onCancel={onClose} destroyOnHidden>
      <div className="filters">
        {components.map((it) => (
          <label key={it.code} className="filter-switch">
            {inLanguage(it.name_zh, it.name_en)}
            <InputNumber
              min={0}
              max={100}
              value={weights[it.code] ?? 0}
              onChange={(value) => setWeights((known) => ({ ...known, [it.code]: value ?? 0 }))}
            />
          </label>
        ))}
        <span className={sum === 100 ? "" : "late"}>{t("contest.sum", { n: number(sum, 2) })}</span>
        <Button type="primary" loading={trial.isPending} disabled={sum !== 100} onClick={() => trial.mutate()}>
          {t("contest.try")}
        </Button>
      </div>
      {trial.error && <Failure error={trial.error} />}
      {trial.data && (
        <Table
          size="small"
          rowKey="participant_id"
          pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
          dataSource={trial.data.places}
          columns={[
            { title: t("contest.participant"), dataIndex: "name" },
            { title: t("contest.before"), align: "right", render: (_, row) => placed(row.rank_before, row.score_before) },
            { title: t("contest.after"), align: "right", render: (_, row) => placed(row.rank_after, row.score_after) },
            { title: t("contest.gained"), align: "right", render: (_, row) => gained(row.places_gained) },
          ]}
        />
      )}
    </Modal>
  );
}

function placed(rank: number | null, score: string | null): string {
  return rank === null ? "–" : `${rank} (${score === null ? "–" : number(score, 2)})`;
}

function gained(places: number | null): string {
  if (places === null) return "–";
  return places === 0 ? "=" : `${places > 0 ? "▲" : "▼"} ${Math.abs(places)}`;
}
