"""The Helm chart: looked over by helm and by the schemas of Kubernetes, and compared with what the code reads."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from starlette.routing import Route

from deploy.tools.building import SCALED_OBJECTS
from libs.common.service import ROLES as COMMON_ROLES
from libs.common.web.probes import Probes
from services.alerts.bootstrap import ROLES as ALERTS_ROLES
from services.alerts.subscriptions import CONSUMER as ALERTS_CONSUMER
from services.energy.bootstrap import ROLES as ENERGY_ROLES
from services.energy.feeds.lag import LAG
from services.projects.subscriptions import CONSUMER as PROJECTS_CONSUMER
from tests.architecture.test_open_routes import SERVICES as ROUTERS
from tests.support.chart import (
    CHART,
    EVERYTHING,
    KUBERNETES,
    SITE,
    helm,
    merged,
    of_kind,
    pod,
    refusal,
    render,
    secret_files,
    tool,
)
from tests.support.deployment import DOCKERFILE, SERVICES, settings_fields, settings_type

ROLES = {"projects": COMMON_ROLES, "energy": ENERGY_ROLES, "alerts": ALERTS_ROLES, "console": ("api",)}
WORKLOADS = ("Deployment", "Job", "CronJob")
# Of the way in which secrets are handed over, not of the settings.
OF_FILES = {"DUBAN_SECRETS_DIRECTORY"}
LAG_NAME = next(iter(LAG.describe())).name


@pytest.fixture(scope="module")
def plain() -> list[dict[str, Any]]:
    return render()


@pytest.fixture(scope="module")
def full() -> list[dict[str, Any]]:
    return render(EVERYTHING)


def workloads(manifests: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: one for kind in WORKLOADS for name, one in of_kind(manifests, kind).items()}


def container(workload: dict[str, Any]) -> dict[str, Any]:
    (found,) = pod(workload)["containers"]
    return dict(found)


def service_of(workload: dict[str, Any]) -> str:
    python, flag, module, *_ = container(workload)["args"]
    assert (python, flag) == ("python", "-m")
    return str(module).removeprefix("services.")


@pytest.mark.parametrize("values", [SITE, merged(SITE, EVERYTHING)], ids=["plain", "full"])
def test_helm_finds_nothing_wrong(values: dict[str, Any]) -> None:
    done = helm("lint", str(CHART), "--strict", "--kube-version", KUBERNETES[-1], values=values)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stdout
    assert "1 chart(s) linted, 0 chart(s) failed" in done.stdout


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["plain", "full"])
def test_every_manifest_keeps_to_the_schemas_of_kubernetes(version: str, values: dict[str, Any]) -> None:
    manifests = render(values, kubernetes=version)
    assert len(manifests) > 30
    for manifest in manifests:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_schema_finds_what_kubernetes_would_not_take(plain: list[dict[str, Any]]) -> None:
    deployment = json.loads(json.dumps(of_kind(plain, "Deployment")["office-console"]))
    deployment["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, KUBERNETES[-1], strict=True)


def test_each_role_of_a_service_is_some_process_and_only_one(plain: list[dict[str, Any]]) -> None:
    found: dict[str, list[str]] = {service: [] for service in ROLES}
    for deployment in of_kind(plain, "Deployment").values():
        *_, roles = container(deployment)["args"]
        found[service_of(deployment)] += roles.split(",")
    assert {service: sorted(roles) for service, roles in found.items()} == {
        service: sorted(roles) for service, roles in ROLES.items()
    }


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["plain", "full"])
def test_every_process_gets_settings_that_its_service_takes(
    values: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifests = render(values)
    secrets = {name: one["data"] for name, one in of_kind(manifests, "Secret").items()}
    assert len(workloads(manifests)) == 9 + 3 + 3
    for name, workload in workloads(manifests).items():
        service = service_of(workload)
        environment = {one["name"]: one["value"] for one in container(workload)["env"]}
        assert set(environment) - settings_fields(service) == OF_FILES, name
        of = "office-migrations" if workload["kind"] == "Job" else "office-secrets"
        files = secret_files(workload, secrets[of])
        assert set(files) <= settings_fields(service), name
        folder = tmp_path / name
        folder.mkdir()
        for file, text in files.items():
            (folder / file).write_text(text)
        with monkeypatch.context() as patch:
            for variable, value in environment.items():
                patch.setenv(variable, value)
            assert environment["DUBAN_SECRETS_DIRECTORY"] == "/etc/duban/secrets"
            patch.setenv("DUBAN_SECRETS_DIRECTORY", str(folder))
            # As the process does it, with all its own checks of a site that is no local run.
            settings = settings_type(service)()
        assert settings.model_fields_set >= {
            variable.removeprefix("DUBAN_").lower() for variable in [*environment, *files]
        } - {"secrets_directory"}


def test_every_setting_can_be_given_and_no_other(plain: list[dict[str, Any]], full: list[dict[str, Any]]) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    free = {
        name: set(given["propertyNames"]["enum"])
        for name, given in schema["properties"]["settings"]["properties"].items()
    }
    everywhere = [*of_kind(plain, "Deployment").values(), *of_kind(full, "Deployment").values()]
    accounts = tuple(f"{service}-kafka-password" for service in SERVICES)
    optional = ("trail-signing-key", "vapid-private-key", "heartbeat-secret", "cell-password", *accounts)
    data = of_kind(full, "Secret")["office-secrets"]["data"] | dict.fromkeys(optional, "")
    for service in SERVICES:
        own = [one for one in everywhere if service_of(one) == service]
        fixed = {one["name"] for one in [env for workload in own for env in container(workload)["env"]]} - set(
            merged(*EVERYTHING["settings"].values())
        )
        files = {file for workload in own for file in secret_files(workload, data)}
        # What the chart sets itself, the secrets, and the clock of demonstrations are not for settings.
        assert free[service] == settings_fields(service) - fixed - files - {"DUBAN_CLOCK_FILE"}, service
    assert free["common"] == free["projects"] & free["energy"] & free["alerts"]


def test_misspelt_setting_and_number_that_is_no_text_are_refused() -> None:
    assert "DUBAN_MASK_CONTACT" in refusal({"settings": {"projects": {"DUBAN_MASK_CONTACT": "true"}}})
    assert "DUBAN_SMTP_PASSWORD" in refusal({"settings": {"alerts": {"DUBAN_SMTP_PASSWORD": "in the open"}}})
    # Helm would write 2147483648 as 2.147483648e+09.
    told = refusal({"settings": {"projects": {"DUBAN_IMPORT_MAX_EXPANDED_BYTES": 2147483648}}})
    assert "string" in told


def test_what_a_site_forgot_is_named() -> None:
    assert "kafka.bootstrap is needed" in refusal({"kafka": {"bootstrap": ""}})
    assert "secrets.energyDsn (or secrets.existing) is needed" in refusal({"secrets": {"energyDsn": ""}})
    assert "consoleUrl is needed" in refusal({"consoleUrl": ""})
    assert "ingress.tlsSecret is needed" in refusal({"ingress": {"enabled": True, "hosts": {"console": "a.b"}}})
    assert "trustedProxies" in refusal({"trustedProxies": ["0.0.0.0/0"]})


def test_secrets_are_made_once_for_all_and_outlive_the_release(plain: list[dict[str, Any]]) -> None:
    secrets = of_kind(plain, "Secret")
    assert secrets["office-secrets"]["data"] == secrets["office-migrations"]["data"]
    assert secrets["office-secrets"]["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    hook = secrets["office-migrations"]["metadata"]["annotations"]
    assert hook["helm.sh/hook"] == "pre-install,pre-upgrade"
    job = of_kind(plain, "Job")["office-migrate-projects"]["metadata"]["annotations"]
    assert int(hook["helm.sh/hook-weight"]) < int(job["helm.sh/hook-weight"])
    # A site's own Secret is used as it is, and none is made.
    own = render({"secrets": {"existing": "of-the-site", "projectsDsn": "", "energyDsn": "", "alertsDsn": ""}})
    assert of_kind(own, "Secret") == {}
    for workload in workloads(own).values():
        (volume,) = (volume for volume in pod(workload)["volumes"] if volume["name"] == "secrets")
        assert {source["secret"]["name"] for source in volume["projected"]["sources"]} == {"of-the-site"}


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["plain", "full"])
def test_pods_are_confined(values: dict[str, Any]) -> None:
    for name, workload in workloads(render(values)).items():
        spec, own = pod(workload), container(workload)
        assert spec["automountServiceAccountToken"] is False, name
        security = spec["securityContext"]
        assert (security["runAsNonRoot"], security["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
        assert f"USER {security['runAsUser']}\n" in DOCKERFILE
        assert own["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "privileged": False,
            "capabilities": {"drop": ["ALL"]},
        }
        assert own["resources"]["limits"]["memory"]
        assert own["resources"]["requests"]["cpu"]
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        written = {mount["name"] for mount in own["volumeMounts"] if not mount.get("readOnly")}
        assert written <= {"tmp", "archive", "feeds"}
        assert volumes["secrets"]["projected"]["defaultMode"] == 0o440
        assert not any("hostPath" in volume for volume in volumes.values())
    account = of_kind(render(values), "ServiceAccount")["office"]
    assert account["automountServiceAccountToken"] is False


def test_probes_ask_what_processes_answer(plain: list[dict[str, Any]]) -> None:
    answered = {route.path for route in Probes().routes() if isinstance(route, Route)}
    for deployment in of_kind(plain, "Deployment").values():
        own = container(deployment)
        paths = {kind: own[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
        # Being without its database makes a process unready, and no reason to end it.
        assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
        assert set(paths.values()) <= answered
        (port,) = own["ports"]
        assert {one["value"] for one in own["env"] if one["name"] == "DUBAN_HTTP_PORT"} == {
            str(port["containerPort"])
        }
        annotations = deployment["spec"]["template"]["metadata"]["annotations"]
        assert annotations["prometheus.io/path"] in answered


def test_services_lead_to_the_processes_that_serve(plain: list[dict[str, Any]]) -> None:
    deployments = of_kind(plain, "Deployment")
    services = of_kind(plain, "Service")
    assert set(services) == {f"office-{service}" for service in SERVICES}
    for name, service in services.items():
        (found,) = (
            one
            for one in deployments.values()
            if one["spec"]["selector"]["matchLabels"] == service["spec"]["selector"]
        )
        assert service_of(found) == name.removeprefix("office-")
        assert "api" in container(found)["args"][-1].split(",")
        labels = found["spec"]["template"]["metadata"]["labels"]
        assert service["spec"]["selector"].items() <= labels.items()
    for called in ("projects", "energy", "alerts"):
        (url,) = {
            one["value"]
            for deployment in deployments.values()
            for one in container(deployment)["env"]
            if one["name"] == f"DUBAN_{called.upper()}_URL"
        }
        assert url == f"http://office-{called}:{services[f'office-{called}']['spec']['ports'][0]['port']}"


def test_ingress_passes_every_route_but_probes_and_measures(full: list[dict[str, Any]]) -> None:
    rules = of_kind(full, "Ingress")["office"]["spec"]["rules"]
    served = {rule["host"].split(".")[0]: [path["path"] for path in rule["http"]["paths"]] for rule in rules}
    assert served["duban"] == ["/"]
    for service, routers in ROUTERS.items():
        routes = [route.path for router in routers for route in router.routes if isinstance(route, Route)]
        assert routes
        # Orders to the process itself, as an Alertmanager takes them, stay inside.
        asked = [path for path in routes if not path.startswith("/-/")]
        assert [p for p in asked if not any(f"{p}/".startswith(f"{prefix}/") for prefix in served[service])] == []
        assert not set(served[service]) & {"/", "/metrics", "/healthz", "/readyz"}


def test_workers_grow_with_what_waits_and_not_beyond_the_partitions(full: list[dict[str, Any]]) -> None:
    deployments, scalers = of_kind(full, "Deployment"), of_kind(full, "HorizontalPodAutoscaler")
    assert set(scalers) == {"office-energy-worker", "office-alerts-worker", "office-projects-worker"}
    metrics = {}
    for name, scaler in scalers.items():
        assert scaler["spec"]["scaleTargetRef"]["name"] == name
        # Two would fight about the number.
        assert "replicas" not in deployments[name]["spec"]
        (metric,) = scaler["spec"]["metrics"]
        metrics[name] = metric["external"]["metric"]
    assert metrics["office-energy-worker"] == {"name": LAG_NAME}
    groups = {
        name: metric["selector"]["matchLabels"]["consumergroup"]
        for name, metric in metrics.items()
        if "selector" in metric
    }
    assert groups == {"office-projects-worker": PROJECTS_CONSUMER, "office-alerts-worker": ALERTS_CONSUMER}
    assert "a topic has 4 partitions" in refusal(EVERYTHING, {"kafka": {"topicPartitions": 4}})
    plain = render()
    assert of_kind(plain, "HorizontalPodAutoscaler") == {}
    assert all("replicas" in one["spec"] for one in of_kind(plain, "Deployment").values())


def test_keda_asks_kafka_and_prometheus_itself() -> None:
    manifests = render(EVERYTHING, {"autoscaling": {"mode": "keda"}, "kafka": {"topicPrefix": "a."}})
    assert of_kind(manifests, "HorizontalPodAutoscaler") == {}
    triggers = {name: one["spec"]["triggers"][0] for name, one in of_kind(manifests, "ScaledObject").items()}
    assert triggers["office-alerts-worker"]["metadata"]["consumerGroup"] == f"a.{ALERTS_CONSUMER}"
    query = triggers["office-energy-worker"]["metadata"]["query"]
    assert query == f'max({LAG_NAME}{{namespace="duban"}})'
    assert {trigger["type"] for trigger in triggers.values()} == {"kafka", "prometheus"}
    definition = yaml.safe_load(tool(SCALED_OBJECTS).read_text(encoding="utf-8"))
    (version,) = definition["spec"]["versions"]
    schema = closed(version["schema"]["openAPIV3Schema"])
    for one in of_kind(manifests, "ScaledObject").values():
        jsonschema.validate(one, schema)
    one["spec"]["maxReplicas"] = 3
    with pytest.raises(jsonschema.ValidationError, match="maxReplicas"):
        jsonschema.validate(one, schema)


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with nothing allowed but what it names, as a cluster drops the rest without a word."""
    if "properties" not in schema:
        return schema
    inner = {
        name: {**one, "items": closed(one["items"])} if "items" in one else closed(one)
        for name, one in schema["properties"].items()
    }
    # Of metadata a definition says only that it is an object.
    return {**schema, "properties": inner, "additionalProperties": False}


def test_drained_nodes_take_one_pod_of_a_kind_at_a_time(plain: list[dict[str, Any]]) -> None:
    budgets = of_kind(plain, "PodDisruptionBudget")
    several = {name for name, one in of_kind(plain, "Deployment").items() if one["spec"]["replicas"] > 1}
    assert set(budgets) == several
    for name, budget in budgets.items():
        # A budget that allows none to go would hold up the node.
        assert budget["spec"]["maxUnavailable"] == 1
        assert budget["spec"]["selector"] == of_kind(plain, "Deployment")[name]["spec"]["selector"]
    for deployment in of_kind(plain, "Deployment").values():
        keys = [one["topologyKey"] for one in pod(deployment)["topologySpreadConstraints"]]
        assert keys == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]


def test_notes_tell_what_is_left_to_do(tmp_path: Path) -> None:
    # Helm shows them once something was installed; here they are passed through a manifest.
    chart = shutil.copytree(CHART, tmp_path / "duban")
    text = '{{ include (print $.Template.BasePath "/NOTES.txt") . | quote }}'
    shown = f"kind: Notes\nmetadata: {{name: notes}}\ntext: {text}\n"
    (chart / "templates" / "shown.yaml").write_text(shown)
    done = helm("template", "office", str(chart), "--kube-version", KUBERNETES[-1], values=SITE)
    assert done.returncode == 0, done.stderr
    (notes,) = of_kind(list(yaml.safe_load_all(done.stdout)), "Notes").values()
    assert "https://duban.example.gov.cn" in notes["text"]
    assert "trustedProxies is empty" in notes["text"]
    assert re.search(r"get secret office-secrets .*admin-password", notes["text"])
