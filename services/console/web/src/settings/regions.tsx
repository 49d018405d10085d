/** Regions by their codes (GB/T 2260 and what stands below it), and who answers there where nobody else does. */
import { ok, projects, type Projects } from "../api/client";
import { instant } from "../format";
import { term, text } from "../i18n/language";
import type { Field } from "../shell/form-dialog";
import { ResourcePage } from "./frame";
import type { Resource } from "./resource";

type Region = Projects["schemas"]["RegionRead"];
type Write = Projects["schemas"]["RegionWrite"];

const POSTS = ["officer", "leader", "supervision_group", "leading_group"] as const;

const useRegionFields = (): readonly Field[] => [
  { path: ["code"], label: "rules.code", kind: "text", required: true, fixed: true, hint: "regions.codeHint" },
  { path: ["name"], label: "regions.name", kind: "text", required: true },
  { path: ["default_post"], label: "regions.post", kind: "choice", required: true, options: POSTS.map((value) => ({ value, label: term("post", value) })) },
];

const put = (code: string, { name, default_post }: Record<string, unknown>) =>
  ok(projects.PUT("/v1/regions/{code}", { params: { path: { code } }, body: { name, default_post } as Write }));

const REGIONS: Resource<Region> = {
  name: "regions",
  title: "regions.title",
  note: "regions.note",
  right: "administer",
  keyOf: (it) => it.code,
  titleOf: (it) => it.name,
  read: (part) => ok(projects.GET("/v1/regions", { params: { query: { ...part, sort: "code" } } })),
  columns: () => [
    { title: text("rules.code"), width: 140, dataIndex: "code" },
    // A region stands below the one whose code it begins with.
    { title: text("regions.name"), render: (_, it) => <span style={{ paddingLeft: depthOf(it.code) * 18 }}>{it.name}</span> },
    { title: text("regions.post"), width: 160, render: (_, it) => term("post", it.default_post) },
    { title: text("settings.changedAt"), width: 160, render: (_, it) => instant(it.updated_at) },
  ],
  facts: (it) => [
    ["rules.code", it.code],
    ["regions.post", term("post", it.default_post)],
    ["settings.changedAt", instant(it.updated_at)],
  ],
  useFields: useRegionFields,
  start: { default_post: "officer" },
  create: async (typed) => {
    await put(String(typed.code), typed);
    return undefined;
  },
  change: (it, typed) => put(it.code, typed),
  acts: [{ label: "action.remove", danger: true, run: (it) => ok(projects.DELETE("/v1/regions/{code}", { params: { path: { code: it.code } } })) }],
};

/** Province, prefecture, county, township. */
function depthOf(code: string): number {
  if (code.length > 6) return 3;
  return code.endsWith("0000") ? 0 : code.endsWith("00") ? 1 : 2;
}

export function RegionsPage() {
  return <ResourcePage resource={REGIONS} />;
}
