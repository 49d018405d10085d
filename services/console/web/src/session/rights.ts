/** What a role may do, so that nothing is offered that a service would refuse. The services decide. */
import type { Principal } from "./session";

type Role = Principal["role"];

const OFFICE: readonly Role[] = ["admin", "supervisor", "leader", "officer"];
const READERS: readonly Role[] = [...OFFICE, "auditor", "viewer"];

const RIGHTS = {
  seeSituation: READERS,
  seeProjects: [...READERS, "enterprise"],
  seeEnergy: [...READERS, "enterprise"],
  seeAlertStory: READERS,
  acknowledgeAlerts: [...OFFICE, "enterprise"],
  handleAlerts: OFFICE,
  silenceAlerts: OFFICE,
  editProjects: OFFICE,
} satisfies Record<string, readonly Role[]>;

export type Right = keyof typeof RIGHTS;

export function may(me: Principal | undefined, right: Right): boolean {
  return me !== undefined && (RIGHTS[right] as readonly Role[]).includes(me.role);
}
