/** Routes of alerts, drawn as the tree that they are; an alert can be sent through it to see where it would go. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { useState } from "react";
import { alerts, ok, type Alerts } from "../api/client";
import { SEVERITIES, type Severity } from "../alerts/model";
import { useRegions } from "../api/regions";
import { instant, number } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import { useSession } from "../session/session";
import { Mark } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { Failure, Loaded } from "../shell/states";

type Schemas = Alerts["schemas"];
type Tree = Awaited<ReturnType<typeof readTrees>>[number];
type Route = Schemas["RouteSpec-Output"];
type Receiver = Schemas["Receiver"];

async function readTrees() {
  return (await ok(alerts.GET("/v1/route-trees"))).items;
}

export default function RoutesPage() {
  const t = useTexts();
  useLanguage();
  const regions = useRegions();
  const trees = useQuery({
    queryKey: ["settings", "routes"],
    queryFn: readTrees,
  });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("routes.title")}</h1>
      </div>
      <RouteTrial />
      <Loaded query={trees} rows={6}>
        {(data) =>
          data.length === 0 ? (
            <Panel id="no-routes" title={t("routes.tree")}>
              <p className="nothing">{t("routes.none")}</p>
            </Panel>
          ) : (
            data.map((tree) => <TreePanel key={tree.region_code} tree={tree} place={regions.name(tree.region_code)} />)
          )
        }
      </Loaded>
    </div>
  );
}

function TreePanel({ tree, place }: { tree: Tree; place: string }) {
  const t = useTexts();
  const receivers = new Map(tree.definition.receivers.map((it) => [it.name, it]));
  return (
    <Panel
      id={`routes-${tree.region_code}`}
      title={t("routes.of", { place })}
      extra={t("routes.revision", { n: tree.revision, by: tree.changed_by, at: instant(tree.changed_at) })}
    >
      <ul className="route-tree">
        <RouteNode route={tree.definition.root} receivers={receivers} inherited={undefined} isRoot />
      </ul>
    </Panel>
  );
}

interface RouteNodeProps {
  route: Route;
  receivers: ReadonlyMap<string, Receiver>;
  inherited: string | undefined;
  isRoot?: boolean;
}

function RouteNode({ route, receivers, inherited, isRoot = false }: RouteNodeProps) {
  const t = useTexts();
  const regions = useRegions();
  const name = route.receiver ?? inherited;
  const receiver = name === undefined ? undefined : receivers.get(name);
  const conditions = [
    ...(route.region_code ? [regions.name(route.region_code)] : []),
    ...(route.matchers ?? []).map((it) => `${it.name} ${it.is_equal === false ? "!" : ""}${it.is_regex ? "~" : "="} ${it.value}`),
  ];
  return (
    <li>
      <div className="route-node">
        <strong>{conditions.length ? conditions.join(" · ") : t(isRoot ? "routes.everything" : "routes.rest")}</strong>
        <span>
          → {name ?? t("routes.nobody")}
          {receiver && <small>{receiverWords(receiver, t)}</small>}
        </span>
        <span className="route-marks">
          {route.continues && <Mark tone="busy">{t("routes.continues")}</Mark>}
          {(route.mute_intervals ?? []).map((it) => (
            <Mark key={it} tone="warning">
              {t("routes.mutedIn", { name: it })}
            </Mark>
          ))}
          {(route.active_intervals ?? []).map((it) => (
            <Mark key={it}>{t("routes.activeIn", { name: it })}</Mark>
          ))}
          {route.group_by && <Mark>{t("routes.groupBy", { names: route.group_by.join("、") })}</Mark>}
        </span>
      </div>
      {(route.routes ?? []).length > 0 && (
        <ul>
          {(route.routes ?? []).map((child, index) => (
            <RouteNode key={index} route={child} receivers={receivers} inherited={name} />
          ))}
        </ul>
      )}
    </li>
  );
}

function receiverWords(receiver: Receiver, t: ReturnType<typeof useTexts>): string {
  const parts = [
    ...(receiver.posts ?? []).map((post) => term("post", post)),
    ...(receiver.policy_code ? [t("routes.policy", { code: receiver.policy_code })] : []),
    ...(receiver.person_ids?.length ? [t("routes.people", { n: receiver.person_ids.length })] : []),
    ...(receiver.channel_ids?.length ? [t("routes.channels", { n: receiver.channel_ids.length })] : []),
    ...(receiver.webhooks ?? []).map((it) => it.url),
  ];
  return parts.join(" · ");
}

/** `name=value, other=value` as labels. */
function labelsOf(words: string): Record<string, string> {
  const pairs = words.split(/[,，\n]/).map((pair) => pair.split("=").map((part) => part.trim()));
  return Object.fromEntries(pairs.flatMap(([name, value]) => (name && value ? [[name, value]] : [])));
}

function RouteTrial() {
  const t = useTexts();
  useLanguage();
  const { me } = useSession();
  const regions = useRegions();
  const [region, setRegion] = useState(me?.region_code ?? "");
  const [severity, setSeverity] = useState<Severity>("red");
  const [labels, setLabels] = useState("");
  const trial = useMutation({
    retry: false,
    mutationFn: () => ok(alerts.POST("/v1/routes/test", { body: { region_code: region, severity, labels: labelsOf(labels) } })),
  });
  return (
    <Panel id="route-trial" title={t("routes.trial")}>
      <div className="filters flush">
        <Select
          className="filter-medium"
          showSearch={{ optionFilterProp: "label" }}
          aria-label={t("alerts.region")}
          placeholder={t("alerts.region")}
          value={region || null}
          onChange={setRegion}
          options={regions.all.map(({ code, name }) => ({ value: code, label: name }))}
        />
        <Select<Severity>
          className="filter-medium"
          aria-label={t("alerts.severity")}
          value={severity}
          onChange={setSeverity}
          options={SEVERITIES.map((value) => ({ value, label: term("severity", value) }))}
        />
        <Input
          className="filter-wide"
          aria-label={t("routes.labels")}
          placeholder={t("routes.labels")}
          value={labels}
          onChange={(event) => setLabels(event.target.value)}
        />
        <Button disabled={!region} loading={trial.isPending} onClick={() => trial.mutate()}>
          {t("routes.send")}
        </Button>
      </div>
      {trial.error && <Failure error={trial.error} />}
      {trial.data && (
        <>
          <p className="gap-above">
            {t(trial.data.tree_revision ? "routes.byTree" : "routes.byDefault", { place: regions.name(trial.data.tree_region), n: trial.data.tree_revision })}
          </p>
          {trial.data.routes.map((route) => (
            <dl key={route.route} className="facts gap-above">
              <Fact name={t("routes.route")}>{route.route}</Fact>
              <Fact name={t("routes.receiver")}>{route.receiver}</Fact>
              <Fact name={t("routes.told")}>{[...route.people, ...route.channels, ...route.systems].join("、") || t("routes.nobody")}</Fact>
              <Fact name={t("routes.wait")}>{t("routes.seconds", { n: number(route.group_wait_seconds) })}</Fact>
              <Fact name={t("routes.again")}>{t("routes.seconds", { n: number(route.repeat_interval_seconds) })}</Fact>
              {route.resting.length > 0 && <Fact name={t("routes.resting")}>{route.resting.join("、")}</Fact>}
            </dl>
          ))}
          {trial.data.muted_by.map((it) => (
            <Mark key={it.source_id} tone="warning">
              {term("mute", it.kind)}
            </Mark>
          ))}
        </>
      )}
    </Panel>
  );
}
