/** Orderly use: plans with their users, and what is carried out of them. */
import { useQuery } from "@tanstack/react-query";
import { energy, ok, tagged, type Energy } from "../api/client";
import { useList } from "../api/pages";

type Schemas = Energy["schemas"];
export type Plan = Schemas["CurtailmentPlanRead"];
export type PlanItem = Schemas["CurtailmentPlanItem"];
export type Entry = Schemas["CurtailmentEntryRead"];
export type Finding = Schemas["CurtailmentFinding"];
export type User = Schemas["CurtailmentUserItem"];
export type Activation = Schemas["ActivationRead"];
export type Order = Schemas["services__energy__activations__schemas__OrderRead"];
export type Tracking = Schemas["TrackingRead"];
export type Verification = Schemas["VerificationRead"];
export type Course = Schemas["CourseRead"];

export const MEASURES = ["stagger", "avoid", "limit", "cut"] as const;
export const TIERS = [1, 2, 3, 4, 5, 6] as const;
const LIVE_MS = 5_000;
const CALM_MS = 60_000;

/** States in which something is still to come. */
const LIVE: ReadonlySet<Activation["state"]> = new Set(["ordered", "notified", "running"]);

export function isLive(activation: Activation | undefined): boolean {
  return activation !== undefined && LIVE.has(activation.state);
}

export function usePlans() {
  return useList<PlanItem>(["orderly", "plans"], (part) =>
    ok(energy.GET("/v1/curtailment-plans", { params: { query: { ...part, sort: "-year" } } })),
  );
}

export function usePlan(id: string) {
  return useQuery({
    queryKey: ["orderly", "plan", id],
    queryFn: async () => {
      const { body, tag } = await tagged(energy.GET("/v1/curtailment-plans/{plan_id}", { params: { path: { plan_id: id } } }));
      return { plan: body, tag };
    },
  });
}

export function useEntries(plan: string) {
  return useList<Entry>(["orderly", "plan", plan, "entries"], (part) =>
    ok(energy.GET("/v1/curtailment-entries", { params: { query: { ...part, sort: "tier", "filter[plan_id][eq]": plan } } })),
  );
}

export function useUsers() {
  return useList<User>(["orderly", "users"], (part) =>
    ok(energy.GET("/v1/curtailment-users", { params: { query: { ...part, sort: "name" } } })),
  );
}

export function useActivations() {
  return useList<Activation>(
    ["orderly", "activations"],
    (part) => ok(energy.GET("/v1/activations", { params: { query: { ...part, sort: "-starts_at" } } })),
    { every: CALM_MS / 2 },
  );
}

export function useActivation(id: string) {
  return useQuery({
    queryKey: ["orderly", "activation", id],
    refetchInterval: ({ state }) => (isLive(state.data) ? LIVE_MS : CALM_MS),
    queryFn: () => ok(energy.GET("/v1/activations/{activation_id}", { params: { path: { activation_id: id } } })),
  });
}

export function useTracking(id: string, live: boolean) {
  return useQuery({
    queryKey: ["orderly", "activation", id, "tracking"],
    refetchInterval: live ? LIVE_MS : CALM_MS,
    queryFn: () => ok(energy.GET("/v1/activations/{activation_id}/tracking", { params: { path: { activation_id: id } } })),
  });
}

export function useOrders(activation: string, live: boolean) {
  return useList<Order>(
    ["orderly", "activation", activation, "orders"],
    (part) => ok(energy.GET("/v1/activation-orders", { params: { query: { ...part, "filter[activation_id][eq]": activation } } })),
    { every: live ? LIVE_MS : CALM_MS },
  );
}

/** What each of the orders came to, by their newest verification. */
export function useVerifications(activation: string, orders: readonly Order[]) {
  return useQuery({
    queryKey: ["orderly", "activation", activation, "verifications", orders.map((it) => it.id)],
    enabled: orders.length > 0,
    queryFn: async () => {
      const answers = await Promise.all(
        orders.map((it) => ok(energy.GET("/v1/activation-orders/{order_id}/verifications", { params: { path: { order_id: it.id } } }))),
      );
      return new Map(answers.flatMap(({ items: [newest] }): [string, Verification][] => (newest ? [[newest.order_id, newest]] : [])));
    },
  });
}
