/** What a leader leads, has instructed and waits for. */
import { useQuery } from "@tanstack/react-query";
import { alerts, ok, projects, tagged, type Projects } from "../api/client";
import { allItems, useList } from "../api/pages";
import { today } from "../clock";
import type { Principal } from "../session/session";
import type { Tone } from "../shell/mark";

export type Instruction = Projects["schemas"]["InstructionRead"];
export type OpenedInstruction = Projects["schemas"]["InstructionWhole"];
export type Extension = Projects["schemas"]["ExtensionRead"];
export type Subject = Projects["schemas"]["SubjectWrite"];
type Project = Projects["schemas"]["ProjectRead"];
type Condition = Projects["schemas"]["ConditionRead"];

export const DUTY_TONES: Record<Instruction["status"], Tone> = { open: "error", in_handling: "busy", resolved: "warning", closed: "success" };

const LED_FIELDS = "id,code,name,stage,region_code,percent,plan,last_progress_on";
/** So many ids fit into an address. */
const AT_ONCE = 50;

export interface Led {
  project: Project;
  conditions: Condition[];
}

/** Projects somebody is lead official of (挂帅) today, what is wrong with them first. */
export function useLedProjects(person: string | null | undefined) {
  return useQuery({
    queryKey: ["leader", "projects", person],
    enabled: Boolean(person),
    refetchInterval: 60_000,
    queryFn: async (): Promise<Led[]> => {
      const own = { "filter[person_id][eq]": person ?? "", "filter[valid_from][lte]": today(), limit: 1000 };
      const terms = (await ok(projects.GET("/v1/lead-officials", { params: { query: own } }))).items;
      const ids = terms.filter((term) => term.valid_to === null || term.valid_to > today()).map((term) => term.project_id);
      const led: Led[] = [];
      for (let at = 0; at < ids.length; at += AT_ONCE) led.push(...(await ledOf(ids.slice(at, at + AT_ONCE))));
      return led.sort((one, other) => worst(other) - worst(one) || one.project.name.localeCompare(other.project.name, "zh"));
    },
  });
}

async function ledOf(ids: readonly string[]): Promise<Led[]> {
  const named = ids.join(",");
  const [found, open] = await Promise.all([
    ok(projects.GET("/v1/projects", { params: { query: { "filter[id][in]": named, fields: LED_FIELDS, limit: AT_ONCE } } })),
    allItems((cursor) =>
      ok(projects.GET("/v1/conditions", { params: { query: { "filter[project_id][in]": named, "filter[open][eq]": true, limit: 1000, ...(cursor && { cursor }) } } })),
    ),
  ]);
  return found.items.map((project) => ({ project, conditions: open.filter((it) => it.project_id === project.id) }));
}

function worst({ conditions }: Led): number {
  return Math.max(0, ...conditions.map((it) => it.level));
}

/** What somebody instructed and what is not closed yet, the nearest deadline first. */
export function useGiven(me: Principal | undefined) {
  const person = me?.person_id;
  return useList<Instruction>(
    ["instructions", "given", person],
    (part) => ok(projects.GET("/v1/instructions", { params: { query: { ...part, ...givenBy(person), "filter[status][in]": "open,in_handling,resolved", sort: "due_on" } } })),
    { enabled: Boolean(person), every: 10_000, most: 1000 },
  );
}

function givenBy(person: string | null | undefined) {
  return person ? { "filter[instructed_by_person_id][eq]": person } : {};
}

export type Whose = "given" | "owned" | "all";

export function useInstructions(me: Principal | undefined, whose: Whose, status: string) {
  const person = me?.person_id;
  const of = person && whose === "owned" ? { "filter[owner_person_id][eq]": person } : whose === "given" ? givenBy(person) : {};
  return useList<Instruction>(["instructions", whose, status, person], (part) =>
    ok(projects.GET("/v1/instructions", { params: { query: { ...part, ...of, ...(status && { "filter[status][in]": status }), sort: "-issued_on" } } })),
  );
}

export function useInstruction(id: string) {
  return useQuery({
    queryKey: ["instructions", "one", id],
    // What may be done follows from where it stands: asked anew whenever it is opened.
    staleTime: 0,
    refetchInterval: 60_000,
    queryFn: async () => {
      const path = { instruction_id: id };
      const [{ body, tag }, steps, extensions] = await Promise.all([
        tagged(projects.GET("/v1/instructions/{instruction_id}", { params: { path } })),
        ok(projects.GET("/v1/instructions/{instruction_id}/steps", { params: { path, query: { limit: 500 } } })),
        ok(projects.GET("/v1/instructions/{instruction_id}/extension-requests", { params: { path, query: { limit: 100 } } })),
      ]);
      return { instruction: body, tag, steps: steps.items, extensions: extensions.items };
    },
  });
}

/** Units and people by id; an office has few of them. */
export function useOffices() {
  const query = useQuery({
    queryKey: ["offices"],
    staleTime: 10 * 60_000,
    queryFn: async () => {
      const [units, people] = await Promise.all([
        allItems((cursor) => ok(projects.GET("/v1/units", { params: { query: { limit: 1000, ...(cursor && { cursor }) } } }))),
        allItems((cursor) => ok(projects.GET("/v1/persons", { params: { query: { limit: 1000, "filter[active][eq]": true, ...(cursor && { cursor }) } } }))),
      ]);
      return { units, people };
    },
  });
  const units = query.data?.units ?? [];
  const people = query.data?.people ?? [];
  const nameOfUnit = new Map(units.map((it) => [it.unit_id, it.name]));
  const nameOfPerson = new Map(people.map((it) => [it.person_id, it.name]));
  return {
    units: units.map((it) => ({ value: it.unit_id, label: it.name })),
    people: people.map((it) => ({ value: it.person_id, label: `${it.name} · ${nameOfUnit.get(it.unit_id) ?? ""}` })),
    unit: (id: string | null | undefined) => (id ? (nameOfUnit.get(id) ?? "–") : "–"),
    person: (id: string | null | undefined) => (id ? (nameOfPerson.get(id) ?? "–") : "–"),
  };
}

/** What was held back and told in one message. */
export function useDigests(person: string | null | undefined) {
  return useQuery({
    queryKey: ["digests", person],
    enabled: Boolean(person),
    queryFn: async () => {
      const query = { limit: 3, "filter[person_id][eq]": person ?? "" };
      return (await ok(alerts.GET("/v1/digests", { params: { query } }))).items;
    },
  });
}
