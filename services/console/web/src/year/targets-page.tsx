/** Targets as a tree: what was promised, by whom, how far it has come, and what divisions leave out. */
import { useQuery } from "@tanstack/react-query";
import { Drawer, Select } from "antd";
import { useMemo } from "react";
import { ok, projects, type Projects } from "../api/client";
import { useList } from "../api/pages";
import { framed, LINE, look } from "../charts/look";
import { ShownChart } from "../charts/shown";
import { today } from "../clock";
import { number } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { Mark, type Tone } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { Rows } from "../shell/rows";
import { Loaded } from "../shell/states";
import { useDark } from "../shell/appearance";
import { amount, Figure, points } from "./figures";
import { YearFilter } from "./year-filter";

type Schemas = Projects["schemas"];
type Target = Schemas["TargetRead"];
type Branch = Schemas["BranchRead"];
type Split = Schemas["SplitRead"];
type Actual = Schemas["ActualRead"];

const LIGHTS: Record<string, Tone> = { green: "success", yellow: "warning", red: "error" };

export default function TargetsPage() {
  const t = useTexts();
  useLanguage();
  const [search, setAddress] = useAddress();
  const year = Number(search.get("year") ?? today().slice(0, 4));
  const light = search.get("light");
  const query = { "filter[first_year][lte]": year, "filter[last_year][gte]": year, "filter[withdrawn][eq]": false };
  const targets = useList<Target>(["targets", query], (part) =>
    ok(projects.GET("/v1/targets", { params: { query: { ...query, ...part, sort: "code" } } })),
  );
  const units = useUnits();
  // Those whose parent is not in the year stand at the top by themselves.
  const roots = useMemo(() => rootsOf(targets.data ?? [], light), [targets.data, light]);
  const open = search.get("target");
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("targets.title")}</h1>
      </div>
      <div className="filters">
        <YearFilter year={year} onChange={(year) => setAddress({ year })} />
        <Select
          allowClear
          className="filter-medium"
          aria-label={t("targets.light")}
          placeholder={t("targets.light")}
          value={light}
          onChange={(value: string | null) => setAddress({ light: value })}
          options={Object.keys(LIGHTS).map((value) => ({ value, label: term("light", value) }))}
        />
      </div>
      <Panel id="targets" title={t("targets.tree")}>
        <Loaded query={targets} empty={() => roots.length === 0} rows={8}>
          {(data) => (
            <ul className="target-tree">
              <li className="target-line target-head" aria-hidden>
                <span>{t("targets.name")}</span>
                <span>{t("targets.amount")}</span>
                <span>{t("targets.done")}</span>
                <span>{t("targets.pace")}</span>
                <span>{t("targets.standing")}</span>
              </li>
              {roots.map((root) => (
                <TargetLine key={root.id} target={root} all={data} depth={0} units={units} onOpen={(id) => setAddress({ target: id })} />
              ))}
            </ul>
          )}
        </Loaded>
      </Panel>
      {open && <TargetDrawer id={open} units={units} onClose={() => setAddress({ target: "" })} />}
    </div>
  );
}

type Units = ReadonlyMap<string, { unit: string; zh: string; en: string }>;

function useUnits(): Units {
  const indicators = useList(["target-indicators"], (part) => ok(projects.GET("/v1/target-indicators", { params: { query: part } })));
  return useMemo(() => new Map((indicators.data ?? []).map((it) => [it.code, { unit: it.unit, zh: it.unit_zh, en: it.unit_en }])), [indicators.data]);
}

function shownAmount(target: Target, value: string | null | undefined, units: Units): string {
  const unit = units.get(target.indicator_code);
  return amount(value, unit?.unit ?? "", unit?.zh, unit?.en);
}

function rootsOf(all: readonly Target[], light: string | null): Target[] {
  if (light) return all.filter((it) => it.light === light);
  const known = new Set(all.map((it) => it.id));
  return all.filter((it) => !it.parent_id || !known.has(it.parent_id));
}

interface TargetLineProps {
  target: Target;
  all: readonly Target[];
  depth: number;
  units: Units;
  onOpen: (id: string) => void;
}

function TargetLine({ target, all, depth, units, onOpen }: TargetLineProps) {
  const t = useTexts();
  useLanguage();
  const children = all.filter((it) => it.parent_id === target.id);
  const { standing } = target;
  const done = standing?.completion_percent;
  return (
    <li>
      <div className="target-line">
        <span style={{ paddingLeft: depth * 22 }}>
          <button type="button" className="plain-link" onClick={() => onOpen(target.id)}>
            {target.name}
          </button>
          <small>{target.scope_name}</small>
        </span>
        <span>{`${target.direction === "at_most" ? "≤ " : ""}${shownAmount(target, target.amount, units)}`}</span>
        <span className="share-bar">
          <span className="bar-track" aria-hidden>
            <span className="bar-part fill-blue" style={{ width: `${Math.min(100, Math.max(0, Number(done ?? 0)))}%` }} />
            {standing?.planned_percent != null && <i className="bar-due" style={{ left: `${Math.min(100, Number(standing.planned_percent))}%` }} />}
          </span>
          {points(done)}
        </span>
        <span className={Number(standing?.behind_points ?? 0) > 0 && target.light !== "green" ? "late" : ""}>{paceOf(target, t)}</span>
        <span>
          <Mark tone={target.light ? LIGHTS[target.light] : undefined}>{term("verdict.target", target.verdict)}</Mark>
        </span>
      </div>
      {children.length > 0 && (
        <ul>
          {children.map((child) => (
            <TargetLine key={child.id} target={child} all={all} depth={depth + 1} units={units} onOpen={onOpen} />
          ))}
        </ul>
      )}
    </li>
  );
}

function paceOf({ standing }: Target, t: ReturnType<typeof useTexts>): string {
  const behind = standing?.behind_points;
  if (behind === null || behind === undefined) return standing?.lacking ? term("lack", standing.lacking) : "–";
  const value = Number(behind);
  if (value === 0) return t("targets.onPace");
  return t(value > 0 ? "targets.behind" : "targets.ahead", { n: number(Math.abs(value), 1) });
}

function TargetDrawer({ id, units, onClose }: { id: string; units: Units; onClose: () => void }) {
  const t = useTexts();
  useLanguage();
  const tree = useQuery({
    queryKey: ["targets", "tree", id],
    queryFn: async () => (await ok(projects.GET("/v1/target-trees/{target_id}", { params: { path: { target_id: id } } }))).items,
  });
  return (
    <Drawer open size={760} title={tree.data?.find((it) => it.target.id === id)?.target.name ?? t("targets.title")} onClose={onClose}>
      <Loaded query={tree} rows={8}>
        {(branches) => {
          const own = branches.find((it) => it.target.id === id);
          return own ? <TargetDetail branch={own} branches={branches} units={units} /> : null;
        }}
      </Loaded>
    </Drawer>
  );
}

function TargetDetail({ branch, branches, units }: { branch: Branch; branches: readonly Branch[]; units: Units }) {
  const t = useTexts();
  const { target, splits } = branch;
  const { standing } = target;
  return (
    <>
      <dl className="facts gap-below">
        <Fact name={t("targets.scope")}>{target.scope_name}</Fact>
        <Fact name={t("targets.years")}>{target.first_year === target.last_year ? target.first_year : `${target.first_year}–${target.last_year}`}</Fact>
        <Fact name={t("targets.amount")}>{shownAmount(target, target.amount, units)}</Fact>
        <Fact name={t("targets.latest")}>
          {standing?.latest ? `${shownAmount(target, standing.latest.actual, units)} · ${standing.latest.month.slice(0, 7)}` : "–"}
        </Fact>
        <Fact name={t("targets.done")}>{points(standing?.completion_percent)}</Fact>
        <Fact name={t("targets.due")}>{points(standing?.planned_percent)}</Fact>
        <Fact name={t("targets.pace")}>{paceOf(target, t)}</Fact>
        <Fact name={t("targets.forecast")}>{shownAmount(target, standing?.forecast, units)}</Fact>
        <Fact name={t("targets.letter")}>{term("letter", target.letter_state)}</Fact>
        <Fact name={t("targets.source")}>{target.source || "–"}</Fact>
      </dl>
      {standing && standing.points.length > 0 && <PaceChart target={target} />}
      <Splits splits={splits} target={target} branches={branches} units={units} />
      <Actuals target={target} units={units} />
    </>
  );
}

function PaceChart({ target }: { target: Target }) {
  const t = useTexts();
  const language = useLanguage();
  const dark = useDark();
  const option = useMemo(() => {
    void language;
    const colours = look(dark);
    const plan = target.standing?.plan ?? [];
    const done = target.standing?.points ?? [];
    const value = (text: string | null | undefined) => (text == null ? null : Number(text));
    const series = [
      { ...LINE, name: t("targets.plan"), data: plan.map((it) => [it.month, value(it.planned)]), color: colours.ink, lineStyle: { type: "dashed" } },
      { ...LINE, showSymbol: true, name: t("targets.actual"), data: done.map((it) => [it.month, value(it.actual)]), color: colours.accent },
    ];
    return framed({ dark, series, unit: "" });
  }, [target, dark, language, t]);
  return <ShownChart option={option} height={240} label={t("targets.chart", { name: target.name })} />;
}

interface SplitsProps {
  splits: readonly Split[];
  target: Target;
  branches: readonly Branch[];
  units: Units;
}

/** Each division of the target by itself: what its parts sum to, and what that leaves open. */
function Splits({ splits, target, branches, units }: SplitsProps) {
  const t = useTexts();
  const names = new Map(branches.map((it) => [it.target.id, it.target]));
  if (splits.length === 0) return null;
  return (
    <section className="gap-below">
      <h3>{t("targets.splits")}</h3>
      {splits.map((split) => (
        <div key={`${split.by}${split.first_year}${split.last_year}`} className="split">
          <p>
            <strong>{term("split", split.by)}</strong>{" "}
            {split.first_year === split.last_year ? split.first_year : `${split.first_year}–${split.last_year}`} · {t("targets.sum")}{" "}
            {shownAmount(target, split.total, units)} ·{" "}
            <span className={split.difference !== null && Number(split.difference) !== 0 ? "late" : ""}>
              {t("targets.difference")} {shownAmount(target, split.difference, units)}
            </span>
          </p>
          {split.missing.length > 0 && <p className="no-figure">{t("targets.missing", { names: split.missing.join("、") })}</p>}
          <ul>
            {split.children.map((child) => {
              const one = names.get(child);
              return one && <li key={child}>{`${one.name} · ${shownAmount(one, one.amount, units)}`}</li>;
            })}
          </ul>
        </div>
      ))}
    </section>
  );
}

function Actuals({ target, units }: { target: Target; units: Units }) {
  const t = useTexts();
  const [search, setAddress] = useAddress();
  const actuals = useQuery({
    queryKey: ["targets", target.id, "actuals"],
    queryFn: async () =>
      (await ok(projects.GET("/v1/targets/{target_id}/actuals", { params: { path: { target_id: target.id } } }))).items,
  });
  const open = actuals.data?.find((it) => it.id === search.get("actual"));
  return (
    <section>
      <h3>{t("targets.actuals")}</h3>
      <Rows<Actual>
        query={actuals}
        width={520}
        columns={[
          {
            title: t("economy.month"),
            width: 90,
            render: (_, it) => (
              <button type="button" className="plain-link" onClick={() => setAddress({ actual: it.id === open?.id ? "" : it.id })}>
                {it.month.slice(0, 7)}
              </button>
            ),
          },
          {
            title: t("economy.value"),
            align: "right",
            width: 150,
            render: (_, it) => <Figure shown={shownAmount(target, it.value, units)} reason={it.reason} isThere={it.value !== null} />,
          },
          { title: t("orderly.edition"), width: 70, dataIndex: "edition" },
          { title: t("targets.source"), width: 100, render: (_, it) => term("source", it.source) },
          { title: t("targets.rows"), width: 80, align: "right", dataIndex: "rows" },
        ]}
      />
      {open && <ActualRows actual={open} target={target} units={units} />}
    </section>
  );
}

/** What a month's figure was made of. */
function ActualRows({ actual, target, units }: { actual: Actual; target: Target; units: Units }) {
  const t = useTexts();
  const rows = useQuery({
    queryKey: ["targets", "rows", actual.id],
    queryFn: async () =>
      (await ok(projects.GET("/v1/target-actuals/{actual_id}/rows", { params: { path: { actual_id: actual.id } } }))).items,
  });
  return (
    <>
      <h3>{t("targets.rowsOf", { month: actual.month.slice(0, 7) })}</h3>
      <Rows
        query={rows}
        width={460}
        columns={[
          { title: t("targets.rowCode"), width: 150, dataIndex: "code" },
          { title: t("targets.rowName"), dataIndex: "name" },
          { title: t("economy.value"), width: 150, align: "right", render: (_, it) => shownAmount(target, it.amount, units) },
          { title: t("orderly.note"), render: (_, it) => inLanguage(it.note, it.note) || "–" },
        ]}
      />
    </>
  );
}
