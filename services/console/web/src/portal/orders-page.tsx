/** Notices of orderly use to the enterprise: what it has to give and when; taken note of with one press. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { energy, ok } from "../api/client";
import { instant, number, power } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { AcknowledgeDialog } from "../energy/activation-page";
import { Mark } from "../shell/mark";
import { Panel } from "../shell/panel";
import { Loaded } from "../shell/states";
import { useOwnOrders, type Order } from "./data";

const OVER: readonly Order["activation_state"][] = ["ended", "verified", "closed", "cancelled"];

export default function OwnOrdersPage() {
  const t = useTexts();
  const orders = useOwnOrders();
  return (
    <div className="page page-narrow">
      <div className="page-head">
        <h1>{t("ownOrders.title")}</h1>
      </div>
      <Loaded query={orders} empty={(data) => data.length === 0}>
        {(data) => (
          <ul className="cards">
            {data.map((order) => (
              <OrderCard key={order.id} order={order} whole />
            ))}
          </ul>
        )}
      </Loaded>
    </div>
  );
}

export function OrderCard({ order, whole = false }: { order: Order; whole?: boolean }) {
  const t = useTexts();
  useLanguage();
  const queries = useQueryClient();
  const [acknowledging, setAcknowledging] = useState(false);
  const isOver = OVER.includes(order.activation_state);
  const isWaiting = !order.acknowledged_at && order.notified_at !== null && !isOver;
  return (
    <li className="order-card">
      <div>
        <span>
          <Mark tone={isOver ? "plain" : isWaiting ? "error" : "busy"}>{term("activationState", order.activation_state)}</Mark>
          <small>{order.activation_code}</small>
        </span>
        <strong>{t("ownOrders.what", { kw: power(order.ordered_kw), measure: term("measure", order.measure) })}</strong>
        <span>{`${instant(order.starts_at)} – ${instant(order.ends_at)}`}</span>
        <small>{order.reason}</small>
        {order.acknowledged_at ? (
          <small>{t("ownOrders.acknowledged", { at: instant(order.acknowledged_at) })}</small>
        ) : (
          order.acknowledge_by && <small className="late">{t("ownOrders.by", { at: instant(order.acknowledge_by) })}</small>
        )}
        {order.verdict && (
          <span>
            <Mark tone={order.verdict === "met" ? "success" : "error"}>{term("verdict", order.verdict)}</Mark>
          </span>
        )}
        {isWaiting && (
          <Button type="primary" onClick={() => setAcknowledging(true)}>
            {t("ownOrders.acknowledge")}
          </Button>
        )}
        {whole && <Notices order={order} />}
      </div>
      {acknowledging && (
        <AcknowledgeDialog
          order={order}
          onClose={() => setAcknowledging(false)}
          onDone={() => {
            setAcknowledging(false);
            void queries.invalidateQueries({ queryKey: ["portal", "orders"] });
          }}
        />
      )}
    </li>
  );
}

function Notices({ order }: { order: Order }) {
  const t = useTexts();
  useLanguage();
  const notices = useQuery({
    queryKey: ["portal", "orders", order.id, "notices"],
    queryFn: async () => (await ok(energy.GET("/v1/activation-orders/{order_id}/notices", { params: { path: { order_id: order.id } } }))).items,
  });
  return (
    <Panel id={`notices-${order.id}`} title={t("ownOrders.notices", { n: number(order.notices) })}>
      <Loaded query={notices} empty={(data) => data.length === 0} rows={2}>
        {(data) => (
          <ul className="findings">
            {data.map((it) => (
              <li key={it.id}>
                <small>{instant(it.told_at)}</small> {inLanguage(it.text_zh, it.text_en)}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}
