/** What concerns the enterprise today: notices to take note of, reports that are due, alerts, its meters. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { StageMark, SeverityMark } from "../alerts/marks";
import { alerts, ok } from "../api/client";
import { today } from "../clock";
import { ago } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { Mark } from "../shell/mark";
import { Panel } from "../shell/panel";
import { Loaded } from "../shell/states";
import { useOwnMeters, useOwnOrders, useReports } from "./data";
import { OrderCard } from "./orders-page";
import { REPORT_TONES } from "./reports-page";

const SHOWN = 12;

export default function PortalPage() {
  const t = useTexts();
  return (
    <div className="page page-narrow">
      <div className="page-head">
        <h1>{t("portal.title")}</h1>
      </div>
      <OrdersToDo />
      <ReportsToDo />
      <OwnAlerts />
      <OwnMeters />
    </div>
  );
}

function OrdersToDo() {
  const t = useTexts();
  const orders = useOwnOrders();
  return (
    <Panel id="portal-orders" title={t("ownOrders.title")} extra={<Link to="/portal/orders">{t("situation.all")}</Link>}>
      <Loaded query={orders} empty={(data) => data.length === 0}>
        {(data) => (
          <ul className="cards">
            {data.slice(0, 3).map((order) => (
              <OrderCard key={order.id} order={order} />
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

function ReportsToDo() {
  const t = useTexts();
  useLanguage();
  const reports = useReports();
  const day = today();
  const owed = reports.data?.filter((it) => it.status === "due" || it.status === "draft" || it.status === "returned") ?? [];
  return (
    <Panel id="portal-reports" title={t("portal.owed")} extra={<Link to="/portal/reports">{t("situation.all")}</Link>}>
      <Loaded query={reports} empty={() => owed.length === 0}>
        {() => (
          <ul className="cards">
            {owed.slice(0, SHOWN).map((it) => (
              <li key={it.id}>
                <Link to={`/portal/reports/${it.id}`}>
                  <strong>{t("reports.of", { month: it.month.slice(0, 7), edition: term("edition", it.edition) })}</strong>
                  <span>
                    <Mark tone={REPORT_TONES[it.status]}>{term("report", it.status)}</Mark>
                    <small className={it.due_on < day ? "late" : ""}>{t("tasks.due", { on: it.due_on })}</small>
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

function OwnAlerts() {
  const t = useTexts();
  useLanguage();
  const query = useQuery({
    queryKey: ["alerts", "portal"],
    refetchInterval: 30_000,
    queryFn: async () => (await ok(alerts.GET("/v1/alerts", { params: { query: { limit: SHOWN, "filter[status][in]": "open,acknowledged" } } }))).items,
  });
  return (
    <Panel id="portal-alerts" title={t("portal.alerts")} extra={<Link to="/alerts">{t("situation.all")}</Link>}>
      <Loaded query={query} empty={(data) => data.length === 0}>
        {(data) => (
          <ul className="stream">
            {data.map((line) => (
              <li key={line.id}>
                <Link to={`/alerts/${line.id}`}>
                  <SeverityMark severity={line.severity} />
                  <span className="stream-title">{inLanguage(line.title_zh, line.title_en)}</span>
                  <span className="stream-note">
                    <StageMark stage={line.stage} /> {ago(line.occurred_at)}
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

function OwnMeters() {
  const t = useTexts();
  const meters = useOwnMeters();
  return (
    <Panel id="portal-meters" title={t("portal.meters")}>
      <Loaded query={meters} empty={(data) => data.length === 0}>
        {(data) => (
          <ul className="cards">
            {data.map((it) => (
              <li key={it.meter_no}>
                <Link to={`/energy?meter=${encodeURIComponent(it.meter_no)}&span=week`}>
                  <strong>{it.name}</strong>
                  <small>{it.meter_no}</small>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}
