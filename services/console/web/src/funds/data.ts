/** Policies that give money, and what is applied for under them. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ok, projects, tagged, type Projects } from "../api/client";
import { useList } from "../api/pages";
import { today } from "../clock";
import { number } from "../format";
import { text } from "../i18n/language";
import type { Tone } from "../shell/mark";

type Schemas = Projects["schemas"];
export type Application = Schemas["ApplicationRead"];
export type ApplicationWrite = Schemas["ApplicationWrite"];
export type Payment = Schemas["PaymentRead"];
type PolicyRead = Schemas["PolicyRead"];

/** What comes with an application under a policy. */
export interface PolicyPaper {
  code: string;
  name: string;
  required: boolean;
}

/** The terms of every kind; each kind has its own of them. */
export interface Terms {
  kind: Application["kind"];
  rate_percent?: string | null;
  share_percent?: string | null;
  max_days?: number | null;
  figure?: string;
  bands?: readonly { from_value: string; amount_yuan: string; per_mille: string }[];
  items?: readonly { code: string; name: string; treatment: string }[];
  percents?: readonly string[];
  unit?: string;
  per_unit_yuan?: string;
  max_units?: string | null;
}

export type Policy = Omit<PolicyRead, "papers" | "terms" | "steps"> & { papers: PolicyPaper[]; terms: Terms; steps: { name: string }[] };

/** A paper of an application: a document kept with it, or words that say where it is. */
export interface BroughtPaper {
  code: string;
  document_id: string | null;
  reference: string;
}

export const APPLICATION_TONES: Partial<Record<Application["status"], Tone>> = {
  draft: "warning",
  in_review: "busy",
  returned: "error",
  approved: "success",
  refused: "error",
  closed: "success",
};

/** What stands there may be said anew. */
export const isEditable = ({ status }: Application) => status === "draft" || status === "returned";

/** Exact to the yuan: who is paid compares it with an account. */
export function yuan(value: string | number | null | undefined): string {
  return value === null || value === undefined ? "–" : text("money.yuan", { n: number(value) });
}

/** Policies under which one may apply today. */
export function usePoliciesInForce() {
  const day = today();
  return useList<Policy>(["support", "policies", "in-force", day], async (part) => {
    const query = { ...part, "filter[status][eq]": "adopted" as const, "filter[valid_from][lte]": day, sort: "code" };
    const { items, ...page } = await ok(projects.GET("/v1/support-policies", { params: { query } }));
    return { ...page, items: (items as unknown as Policy[]).filter((it) => it.valid_to === null || day < it.valid_to) };
  });
}

export function usePolicy(id: string | undefined) {
  return useQuery({
    queryKey: ["support", "policy", id],
    enabled: id !== undefined,
    staleTime: 10 * 60_000,
    queryFn: async () => (await ok(projects.GET("/v1/support-policies/{policy_id}", { params: { path: { policy_id: id ?? "" } } }))) as unknown as Policy,
  });
}

export function useOwnApplications() {
  return useList<Application>(
    ["support", "own"],
    (part) => ok(projects.GET("/v1/support-applications", { params: { query: { ...part, sort: "-code" } } })),
    { every: 30_000 },
  );
}

/** Key of one application; all that belongs to it begins so. */
export const applicationKey = (id: string) => ["support", "application", id] as const;

export function useApplication(id: string) {
  return useQuery({
    queryKey: [...applicationKey(id), "one"],
    // What may be done hangs on its state, which the other side changes while the page stands open.
    staleTime: 0,
    refetchInterval: 10_000,
    queryFn: () => tagged(projects.GET("/v1/support-applications/{application_id}", { params: { path: { application_id: id } } })),
  });
}

/** What happened until now; a newer version of the application has more of it. */
export function useCourse({ id, version }: Application) {
  const path = { application_id: id };
  return useQuery({
    queryKey: [...applicationKey(id), "course", version],
    placeholderData: keepPreviousData,
    queryFn: async () => {
      const about = { "filter[application_id][eq]": id, limit: 200 };
      const [steps, payments, clawbacks] = await Promise.all([
        ok(projects.GET("/v1/support-applications/{application_id}/steps", { params: { path, query: { limit: 200 } } })),
        ok(projects.GET("/v1/support-payments", { params: { query: about } })),
        ok(projects.GET("/v1/support-clawbacks", { params: { query: about } })),
      ]);
      return { steps: steps.items, payments: payments.items, clawbacks: clawbacks.items };
    },
  });
}

/** What is due as things stand, before anybody handed it in. */
export function useComputation(application: Application) {
  return useQuery({
    queryKey: [...applicationKey(application.id), "computation", application.version],
    enabled: isEditable(application),
    queryFn: () => ok(projects.GET("/v1/support-applications/{application_id}/computation", { params: { path: { application_id: application.id } } })),
  });
}

export function useApplicationDocuments(id: string) {
  return useList(["support", "application", id, "documents"], (part) =>
    ok(projects.GET("/v1/documents", { params: { query: { ...part, "filter[owner_id][eq]": id, "filter[withdrawn][eq]": false } } })),
  );
}
