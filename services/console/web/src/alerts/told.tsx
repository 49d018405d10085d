/** Who was told of an alert, and the chain of what happened to it. */
import { useQuery } from "@tanstack/react-query";
import { Alert as Notice, Table } from "antd";
import { alerts, ok } from "../api/client";
import { instant } from "../format";
import { term, useTexts } from "../i18n/language";
import { Mark, type Tone } from "../shell/mark";
import { Loaded } from "../shell/states";

const WORKED: Record<string, Tone> = { delivered: "success", failed: "error", pending: "busy" };

export function Notifications({ id }: { id: string }) {
  const t = useTexts();
  const query = useQuery({
    queryKey: ["alert", id, "notifications"],
    queryFn: () => ok(alerts.GET("/v1/alerts/{alert_id}/notifications", { params: { path: { alert_id: id } } })),
  });
  return (
    <Loaded query={query} empty={({ items }) => items.length === 0}>
      {({ items }) => (
        <Table
          size="small"
          rowKey="id"
          pagination={false}
          scroll={{ x: 520 }}
          dataSource={items}
          columns={[
            { title: t("told.at"), render: (_, it) => instant(it.created_at), width: 140 },
            { title: t("told.who"), dataIndex: "recipient_name" },
            { title: t("told.why"), render: (_, it) => term("chapter", it.reason) },
            {
              title: t("told.how"),
              render: (_, it) =>
                (it.deliveries ?? []).map((delivery) => (
                  <Mark key={delivery.id} tone={WORKED[delivery.status]}>
                    {term("channel", delivery.kind)} · {term("chapter", delivery.status)}
                  </Mark>
                )),
            },
          ]}
        />
      )}
    </Loaded>
  );
}

export function Trail({ id }: { id: string }) {
  const t = useTexts();
  const query = useQuery({
    queryKey: ["alert", id, "trail"],
    queryFn: () => ok(alerts.GET("/v1/alerts/{alert_id}/trail", { params: { path: { alert_id: id } } })),
  });
  return (
    <Loaded query={query}>
      {({ items, intact }) => (
        <>
          <Notice className="gap-below" showIcon type={intact ? "success" : "error"} title={t(intact ? "trail.intact" : "trail.broken")} />
          <Table
            size="small"
            rowKey="seq"
            pagination={false}
            scroll={{ x: 520 }}
            dataSource={items}
            columns={[
              { title: "#", dataIndex: "seq", width: 48 },
              { title: t("told.at"), render: (_, it) => instant(it.at, true), width: 160 },
              { title: t("trail.what"), render: (_, it) => term("chapter", it.kind) },
              { title: t("trail.who"), dataIndex: "actor", ellipsis: true },
              { title: t("trail.digest"), render: (_, it) => <code>{it.digest.slice(0, 12)}</code> },
            ]}
          />
        </>
      )}
    </Loaded>
  );
}
