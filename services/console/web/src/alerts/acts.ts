/** What people do with alerts: one by its own address, several in one request that says which were done. */
import { alerts, ok, type Alerts } from "../api/client";
import type { Alert } from "./model";

type Bulk = Alerts["schemas"]["BulkCreate"]["action"];
export type Act = Bulk["act"];
export type BulkItem = Alerts["schemas"]["BulkItem"];
export const BULK = 200;

export interface Done {
  done: number;
  refused: BulkItem[];
}

/** Several alerts. Each is done or not by itself. */
export async function actOnMany(ids: readonly string[], action: Bulk): Promise<Done> {
  const result: Done = { done: 0, refused: [] };
  for (let at = 0; at < ids.length; at += BULK) {
    const body = { alert_ids: ids.slice(at, at + BULK), action };
    const answer = await ok(alerts.POST("/v1/alerts/bulk-actions", { body }));
    result.done += answer.done;
    result.refused.push(...answer.items.filter((item) => !item.done));
  }
  return result;
}

/** One alert as the person saw it: refused with 412 when it is another by now. */
export async function actOnOne(alert: Pick<Alert, "id" | "version">, action: Bulk): Promise<unknown> {
  const named = { params: { path: { alert_id: alert.id } }, headers: { "If-Match": `"${alert.version}"` } };
  switch (action.act) {
    case "acknowledge":
      return ok(alerts.POST("/v1/alerts/{alert_id}/acknowledgements", { ...named, body: without(action) }));
    case "handle":
      return ok(alerts.POST("/v1/alerts/{alert_id}/handlings", { ...named, body: without(action) }));
    case "resolve":
      return ok(alerts.POST("/v1/alerts/{alert_id}/resolutions", { ...named, body: without(action) }));
    case "verify":
      return ok(alerts.POST("/v1/alerts/{alert_id}/verifications", { ...named, body: without(action) }));
    case "comment":
      return ok(alerts.POST("/v1/alerts/{alert_id}/comments", { ...named, body: without(action) }));
    default:
      throw new Error(action.act);
  }
}

/** What is said of the act itself, which the address names. */
function without<T extends { act: string }>(action: T): Omit<T, "act"> {
  const { act, ...rest } = action;
  void act;
  return rest;
}
