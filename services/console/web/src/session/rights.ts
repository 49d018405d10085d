/** What a role may do, so that nothing is offered that a service would refuse. The services decide. */
import type { Principal } from "./session";

type Role = Principal["role"];

const KEEPERS: readonly Role[] = ["admin", "supervisor"];
const DECIDERS: readonly Role[] = [...KEEPERS, "leader"];
const OFFICE: readonly Role[] = [...DECIDERS, "officer"];
const READERS: readonly Role[] = [...OFFICE, "auditor", "viewer"];

const RIGHTS = {
  seeToday: DECIDERS,
  seeSituation: READERS,
  seeProjects: [...READERS, "enterprise"],
  seeAllProjects: READERS,
  seeEnergy: [...READERS, "enterprise"],
  seeGrid: READERS,
  seeYear: READERS,
  seePortal: ["enterprise"],
  seeAlerts: [...READERS, "enterprise", "feed"],
  seeSettings: [...READERS, "security"],
  seeAlertStory: READERS,
  acknowledgeAlerts: [...OFFICE, "enterprise"],
  handleAlerts: OFFICE,
  instruct: DECIDERS,
  handleInstructions: OFFICE,
  silenceAlerts: OFFICE,
  editProjects: OFFICE,
  reportProgress: [...OFFICE, "enterprise"],
  planOrderlyUse: OFFICE,
  decideOrderlyUse: DECIDERS,
  seeFeeds: [...OFFICE, "auditor"],
  keepFeeds: OFFICE,
  keepRules: KEEPERS,
  keepRegistry: KEEPERS,
  mendDeliveries: DECIDERS,
  seeWebhooks: [...OFFICE, "auditor"],
  keepWebhooks: OFFICE,
  manageAccess: ["admin", "security"],
  seeAudit: ["admin", "security", "auditor"],
  administer: ["admin"],
  seeSetAside: ["admin", "auditor"],
} satisfies Record<string, readonly Role[]>;

export type Right = keyof typeof RIGHTS;

export function may(me: Principal | undefined, right: Right): boolean {
  return me !== undefined && (RIGHTS[right] as readonly Role[]).includes(me.role);
}
