/** Projects where they stand: drawn from their coordinates, without anybody's tiles. */
import { MinusOutlined, PlusOutlined, ExpandOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import { useRegions } from "../api/regions";
import { money, number } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import { useAddress } from "../shell/address";
import { Panel } from "../shell/panel";
import { Loaded, Nothing } from "../shell/states";
import { STAGES } from "../situation/data";
import { StageTag } from "./columns";
import { queryOf, useProjectsTogether, type Project } from "./data";
import { LedgerFilters } from "./filters";

const WIDTH = 1000;
const HEIGHT = 640;
const MARGIN = 60;
const CLUSTER = 26;
const ZOOM = 1.5;
const SHOWN = 60;
const STAGE_FILLS: Record<Project["stage"], string> = {
  planned: "map-planned",
  signed: "map-signed",
  started: "map-started",
  completed: "map-completed",
  in_production: "map-producing",
  at_capacity: "map-producing",
  opened: "map-producing",
  suspended: "map-suspended",
  terminated: "map-terminated",
};

interface Placed {
  project: Project;
  longitude: number;
  latitude: number;
}

/** What of the map is seen: its middle, and pixels a degree of longitude. */
interface View {
  longitude: number;
  latitude: number;
  scale: number;
}

interface Cluster {
  key: string;
  x: number;
  y: number;
  members: Placed[];
}

export default function MapPage() {
  const t = useTexts();
  useLanguage();
  const [search] = useAddress();
  const query = useMemo(() => queryOf(search), [search]);
  const projects = useProjectsTogether(query);
  const placed = useMemo(() => (projects.data ?? []).flatMap(placeOf), [projects.data]);
  const [chosen, setChosen] = useState<readonly Project[]>([]);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("map.title")}</h1>
        <span className="page-note" role="status">
          {projects.data && t("map.count", { n: number(placed.length), without: number(projects.data.length - placed.length) })}
        </span>
        <span className="legend wide-only">
          {STAGES.filter((stage) => placed.some((it) => it.project.stage === stage)).map((stage) => (
            <span key={stage}>
              <i className={STAGE_FILLS[stage]} />
              {term("stage", stage)}
            </span>
          ))}
        </span>
      </div>
      <LedgerFilters />
      <Loaded query={projects} rows={10}>
        {() =>
          placed.length === 0 ? (
            <Panel id="map-none" title={t("map.title")}>
              <Nothing words={t("map.none")} />
            </Panel>
          ) : (
            <div className="map-columns">
              <MapView placed={placed} key={search.toString()} onChoose={setChosen} />
              <Chosen projects={chosen.length ? chosen : placed.map((it) => it.project)} />
            </div>
          )
        }
      </Loaded>
    </div>
  );
}

function Chosen({ projects }: { projects: readonly Project[] }) {
  const t = useTexts();
  const regions = useRegions();
  return (
    <Panel id="map-list" title={t("map.list", { n: number(projects.length) })}>
      <ul className="cards">
        {projects.slice(0, SHOWN).map((project) => (
          <li key={project.id}>
            <Link to={`/projects/${project.id}`}>
              <strong>{project.name}</strong>
              <span>
                <StageTag stage={project.stage} /> {regions.name(project.region_code)} · {money(project.total_investment_yuan)}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {projects.length > SHOWN && <p className="nothing">{t("map.more", { n: number(projects.length - SHOWN) })}</p>}
    </Panel>
  );
}

interface MapViewProps {
  placed: readonly Placed[];
  onChoose: (projects: readonly Project[]) => void;
}

function MapView({ placed, onChoose }: MapViewProps) {
  const t = useTexts();
  const regions = useRegions();
  const whole = useMemo(() => wholeOf(placed), [placed]);
  const [view, setView] = useState(whole);
  const drag = useRef<{ x: number; y: number; view: View }>(undefined);
  const frame = useRef<SVGSVGElement>(null);
  const clusters = useMemo(() => clustersOf(placed, view), [placed, view]);
  const names = useMemo(() => namesOf(placed), [placed]);
  const zoom = (factor: number) => setView((before) => ({ ...before, scale: before.scale * factor }));
  const move = (event: React.PointerEvent) => {
    if (!drag.current || !frame.current) return;
    const pixels = WIDTH / frame.current.clientWidth;
    const { view: before, x, y } = drag.current;
    setView({
      ...before,
      longitude: before.longitude - ((event.clientX - x) * pixels) / before.scale,
      latitude: before.latitude + ((event.clientY - y) * pixels) / (before.scale / squeeze(before.latitude)),
    });
  };
  return (
    <div className="panel map-frame">
      <div className="map-tools">
        <Button icon={<PlusOutlined />} aria-label={t("map.in")} onClick={() => zoom(ZOOM)} />
        <Button icon={<MinusOutlined />} aria-label={t("map.out")} onClick={() => zoom(1 / ZOOM)} />
        <Button icon={<ExpandOutlined />} aria-label={t("map.whole")} onClick={() => setView(whole)} />
      </div>
      <svg
        ref={frame}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="group"
        aria-label={t("map.picture", { n: placed.length })}
        onPointerDown={(event) => {
          drag.current = { x: event.clientX, y: event.clientY, view };
        }}
        onPointerMove={move}
        onPointerUp={() => (drag.current = undefined)}
        onPointerLeave={() => (drag.current = undefined)}
        onDoubleClick={() => zoom(ZOOM)}
      >
        <Graticule view={view} />
        {clusters.map((cluster) => (
          <ClusterMark key={cluster.key} cluster={cluster} onChoose={() => onChoose(cluster.members.map((it) => it.project))} />
        ))}
        {names.map(({ code, longitude, latitude }) => {
          const { x, y } = at(longitude, latitude, view);
          return (
            <text key={code} x={x} y={y} className="map-region" textAnchor="middle">
              {regions.name(code)}
            </text>
          );
        })}
      </svg>
    </div>
  );
}

function ClusterMark({ cluster, onChoose }: { cluster: Cluster; onChoose: () => void }) {
  const t = useTexts();
  const [first] = cluster.members;
  if (!first) return null;
  const many = cluster.members.length > 1;
  const label = many ? t("map.cluster", { n: cluster.members.length }) : first.project.name;
  return (
    <g
      className="map-mark"
      role="button"
      tabIndex={0}
      aria-label={label}
      onClick={onChoose}
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === " ") onChoose();
      }}
    >
      <title>{many ? cluster.members.map((it) => it.project.name).slice(0, 8).join("\n") : label}</title>
      <circle cx={cluster.x} cy={cluster.y} r={many ? 10 + Math.min(14, Math.sqrt(cluster.members.length) * 2.4) : 8} className={many ? "map-many" : STAGE_FILLS[first.project.stage]} />
      {many && (
        <text x={cluster.x} y={cluster.y + 4} textAnchor="middle" className="map-figure">
          {cluster.members.length}
        </text>
      )}
    </g>
  );
}

/** Lines of whole parts of a degree, so that distances can be judged. */
function Graticule({ view }: { view: View }) {
  const step = [5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01].find((it) => it * view.scale < 260) ?? 0.01;
  const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
  const [left, right] = [view.longitude - WIDTH / 2 / view.scale, view.longitude + WIDTH / 2 / view.scale];
  const height = HEIGHT / 2 / (view.scale / squeeze(view.latitude));
  const lines = (from: number, to: number) =>
    Array.from({ length: Math.min(60, Math.floor(to / step) - Math.ceil(from / step) + 1) }, (_, index) => (Math.ceil(from / step) + index) * step);
  return (
    <g className="map-grid" aria-hidden>
      {lines(left, right).map((longitude) => {
        const { x } = at(longitude, view.latitude, view);
        return (
          <g key={longitude}>
            <line x1={x} x2={x} y1={0} y2={HEIGHT} />
            <text x={x + 4} y={HEIGHT - 8}>{`${longitude.toFixed(digits)}°E`}</text>
          </g>
        );
      })}
      {lines(view.latitude - height, view.latitude + height).map((latitude) => {
        const { y } = at(view.longitude, latitude, view);
        return (
          <g key={latitude}>
            <line x1={0} x2={WIDTH} y1={y} y2={y} />
            <text x={6} y={y - 4}>{`${latitude.toFixed(digits)}°N`}</text>
          </g>
        );
      })}
    </g>
  );
}

function placeOf(project: Project): Placed[] {
  const found = project.location?.wgs84;
  return found ? [{ project, longitude: Number(found.longitude), latitude: Number(found.latitude) }] : [];
}

/** A degree of longitude is shorter than one of latitude by that. */
function squeeze(latitude: number): number {
  return Math.cos((latitude * Math.PI) / 180);
}

function at(longitude: number, latitude: number, view: View): { x: number; y: number } {
  return {
    x: WIDTH / 2 + (longitude - view.longitude) * view.scale,
    y: HEIGHT / 2 - ((latitude - view.latitude) * view.scale) / squeeze(view.latitude),
  };
}

function wholeOf(placed: readonly Placed[]): View {
  const [west, east] = edges(placed.map((it) => it.longitude));
  const [south, north] = edges(placed.map((it) => it.latitude));
  const latitude = (south + north) / 2;
  const wide = (WIDTH - 2 * MARGIN) / Math.max(0.05, east - west);
  const high = ((HEIGHT - 2 * MARGIN) / Math.max(0.05, north - south)) * squeeze(latitude);
  return { longitude: (west + east) / 2, latitude, scale: Math.min(wide, high) };
}

function edges(values: readonly number[]): [number, number] {
  return [values.reduce((one, other) => Math.min(one, other), Infinity), values.reduce((one, other) => Math.max(one, other), -Infinity)];
}

/** Marks that would lie over each other are one. */
function clustersOf(placed: readonly Placed[], view: View): Cluster[] {
  const found = new Map<string, Cluster>();
  for (const it of placed) {
    const { x, y } = at(it.longitude, it.latitude, view);
    if (x < -CLUSTER || y < -CLUSTER || x > WIDTH + CLUSTER || y > HEIGHT + CLUSTER) continue;
    const key = `${Math.round(x / CLUSTER)} ${Math.round(y / CLUSTER)}`;
    const cluster = found.get(key) ?? { key, x: 0, y: 0, members: [] };
    cluster.members.push(it);
    cluster.x += (x - cluster.x) / cluster.members.length;
    cluster.y += (y - cluster.y) / cluster.members.length;
    found.set(key, cluster);
  }
  return [...found.values()];
}

/** A region's name stands in the middle of its projects. */
function namesOf(placed: readonly Placed[]): { code: string; longitude: number; latitude: number }[] {
  const found = new Map<string, Placed[]>();
  for (const it of placed) found.set(it.project.region_code, [...(found.get(it.project.region_code) ?? []), it]);
  return [...found].map(([code, own]) => ({
    code,
    longitude: own.reduce((sum, it) => sum + it.longitude, 0) / own.length,
    latitude: own.reduce((sum, it) => sum + it.latitude, 0) / own.length,
  }));
}
