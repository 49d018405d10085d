/** Who needs how much energy for what it makes, beside the benchmarks in force; the worst first. */
import { useQuery } from "@tanstack/react-query";
import { DatePicker, Segmented } from "antd";
import dayjs from "dayjs";
import { energy, ok, projects, type Energy } from "../api/client";
import { allItems, useList } from "../api/pages";
import { today } from "../clock";
import { number, percent } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { Mark, type Tone } from "../shell/mark";
import { Panel } from "../shell/panel";
import { Rows } from "../shell/rows";

type Schemas = Energy["schemas"];
type Intensity = Schemas["IntensityRead"];
type Kind = Intensity["kind"];

interface Ranked {
  key: string;
  rank: number | undefined;
  enterprise: string;
  product: string;
  intensity: Intensity;
  /** Of the limit; more than one is over it. */
  share: number | undefined;
}

const KINDS: readonly Kind[] = ["equivalent", "equal_value"];
// Each enterprise is a question of its own: the service ranks nobody outside of a contest.
const MOST = 200;
const AT_ONCE = 6;
const TONES: Record<string, Tone> = { advanced: "success", within_entry: "success", within_limit: "busy", over_limit: "error" };

export default function BenchmarksPage() {
  const t = useTexts();
  useLanguage();
  const [search, setAddress] = useAddress();
  const to = search.get("to") ?? monthBefore(today().slice(0, 7));
  const from = search.get("from") ?? `${to.slice(0, 4)}-01`;
  const kind = (search.get("kind") ?? "equivalent") as Kind;
  const ranking = useRanking(from, to, kind);
  const benchmarks = useList<Schemas["BenchmarkRead"]>(["benchmarks"], (part) =>
    ok(energy.GET("/v1/energy-benchmarks", { params: { query: { ...part, sort: "sector_code" } } })),
  );
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("benchmarks.title")}</h1>
        <span className="page-note" />
        <Segmented<Kind>
          aria-label={t("benchmarks.factor")}
          value={kind}
          onChange={(value) => setAddress({ kind: value })}
          options={KINDS.map((value) => ({ value, label: term("factor", value) }))}
        />
        <DatePicker.RangePicker
          picker="month"
          aria-label={t("generation.period")}
          value={[dayjs(from), dayjs(to)]}
          allowClear={false}
          onChange={(months) => setAddress({ from: months?.[0]?.format("YYYY-MM"), to: months?.[1]?.format("YYYY-MM") })}
        />
      </div>
      <Panel id="ranking" title={t("benchmarks.ranking")} extra={t("benchmarks.rankingNote")}>
        <Rows<Ranked>
          query={ranking}
          rowKey={(it) => it.key}
          width={920}
          columns={[
            { title: t("benchmarks.rank"), width: 60, align: "right", render: (_, it) => it.rank ?? "–" },
            { title: t("benchmarks.enterprise"), dataIndex: "enterprise" },
            { title: t("benchmarks.product"), width: 120, dataIndex: "product" },
            {
              title: t("benchmarks.intensity"),
              width: 170,
              align: "right",
              render: (_, { intensity }) => (intensity.value === null ? reasonOf(intensity) : `${number(intensity.value, 3)} tce/${intensity.unit}`),
            },
            { title: t("benchmarks.limit"), width: 100, align: "right", render: (_, { intensity }) => number(intensity.benchmark?.limit_value, 3) },
            { title: t("benchmarks.advanced"), width: 100, align: "right", render: (_, { intensity }) => number(intensity.benchmark?.advanced_value, 3) },
            {
              title: t("benchmarks.share"),
              width: 150,
              render: (_, it) =>
                it.share === undefined ? (
                  "–"
                ) : (
                  <span className="share-bar">
                    <span className="bar-track" aria-hidden>
                      <span className={`bar-part ${it.share > 1 ? "fill-bad" : "fill-good"}`} style={{ width: `${Math.min(100, it.share * 66.7)}%` }} />
                    </span>
                    {percent(it.share, 0)}
                  </span>
                ),
            },
            {
              title: t("benchmarks.standing"),
              width: 110,
              render: (_, { intensity }) => (intensity.standing ? <Mark tone={TONES[intensity.standing]}>{term("benchmark", intensity.standing)}</Mark> : "–"),
            },
            { title: t("benchmarks.saving"), width: 160, align: "right", render: (_, { intensity }) => number(intensity.needed_tce, 1) },
          ]}
        />
      </Panel>
      <Panel id="benchmarks" title={t("benchmarks.inForce")}>
        <Rows
          query={benchmarks}
          width={860}
          columns={[
            { title: t("benchmarks.sector"), width: 80, dataIndex: "sector_code" },
            { title: t("benchmarks.product"), render: (_, it) => it.product_code || term("basis", it.basis) },
            { title: t("benchmarks.factor"), width: 100, render: (_, it) => term("factor", it.factor_kind) },
            { title: t("benchmarks.limit"), width: 110, align: "right", render: (_, it) => number(it.limit_value, 3) },
            { title: t("benchmarks.entry"), width: 110, align: "right", render: (_, it) => number(it.entry_value, 3) },
            { title: t("benchmarks.advanced"), width: 110, align: "right", render: (_, it) => number(it.advanced_value, 3) },
            { title: t("benchmarks.unit"), width: 110, render: (_, it) => `tce/${it.product_unit || "–"}` },
            { title: t("benchmarks.source"), dataIndex: "source", ellipsis: true },
          ]}
        />
      </Panel>
    </div>
  );
}

function reasonOf(intensity: Intensity): string {
  return [...new Set(intensity.reasons.map((it) => term("lack", it.code)))].join("、") || "–";
}

function useRanking(from: string, to: string, kind: Kind) {
  return useQuery({
    queryKey: ["ranking", from, to, kind],
    queryFn: async () => {
      const [ids, names, products] = await Promise.all([reporting(from, to), enterpriseNames(), productNames()]);
      const found = await inTurns([...ids].slice(0, MOST), async (id) => {
        const query = { from, to, kind };
        const { items } = await ok(energy.GET("/v1/enterprises/{enterprise_id}/energy-intensities", { params: { path: { enterprise_id: id }, query } }));
        return items.filter((it) => it.boundary === "enterprise").map((it) => ({ id, it }));
      });
      return ranked(found.flat(), names, products);
    },
  });
}

/** Who said what it made in these months. */
async function reporting(from: string, to: string): Promise<Set<string>> {
  const query = { "filter[month][gte]": `${from}-01`, "filter[month][lte]": `${to}-01`, "filter[kind][in]": "output,value" };
  const figures = await allItems((cursor) =>
    ok(energy.GET("/v1/energy-figures", { params: { query: { ...query, limit: 1000, ...(cursor && { cursor }) } } })),
  );
  return new Set(figures.map((it) => it.enterprise_id));
}

async function enterpriseNames(): Promise<Map<string, string>> {
  const all = await allItems((cursor) => ok(projects.GET("/v1/enterprises", { params: { query: { limit: 1000, ...(cursor && { cursor }) } } })));
  return new Map(all.map((it) => [it.enterprise_id, it.name]));
}

async function productNames(): Promise<Map<string, string>> {
  const { items } = await ok(energy.GET("/v1/energy-products", { params: { query: { limit: 1000 } } }));
  return new Map(items.map((it) => [it.code, it.name]));
}

async function inTurns<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) answers.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(ask))));
  return answers;
}

function ranked(found: readonly { id: string; it: Intensity }[], names: ReadonlyMap<string, string>, products: ReadonlyMap<string, string>): Ranked[] {
  const rows = found.map(({ id, it }) => ({
    key: `${id} ${it.product} ${it.basis}`,
    rank: undefined as number | undefined,
    enterprise: names.get(id) ?? id,
    product: it.product ? (products.get(it.product) ?? it.product) : term("basis", it.basis),
    intensity: it,
    share: it.value !== null && it.benchmark ? it.value / it.benchmark.limit_value : undefined,
  }));
  rows.sort((one, other) => (other.share ?? -1) - (one.share ?? -1));
  return rows.map((row, index) => ({ ...row, rank: row.share === undefined ? undefined : index + 1 }));
}

function monthBefore(month: string): string {
  return dayjs(`${month}-01`).subtract(1, "month").format("YYYY-MM");
}
