"""The containers' file: confinement, profiles and what a site can set, checked without an engine."""

import json
import re
from typing import Any

import pytest
import yaml
from fastapi.routing import APIRoute

from deploy.local.processes import CONSOLE, MIGRATIONS, SERVICE_PROCESSES
from libs.common.security.claims import OidcClaims
from libs.common.security.principal import Role
from services.console.settings import ConsoleSettings
from services.projects.logouts.routes import router as logouts_router
from services.projects.settings import ProjectsSettings
from tests.support.deployment import (
    COMPOSE_TEXT,
    CONTAINERS,
    EXAMPLE,
    ROOT,
    SERVICES,
    settings_fields,
    settings_type,
)

LOGOUT_PATH = "/v1/oidc/backchannel-logout"
OURS = tuple(process.name for process in (*SERVICE_PROCESSES, *MIGRATIONS))
PROFILES = {"single", "brokers", "oidc", "observability", "proxy"}
# Writes among its own files when it starts for the first time.
WRITES = {"oidc"}
# What is ours alone in the containers' file.
OF_COMPOSE = {
    "COMPOSE_PROFILES",
    "DUBAN_POSTGRES_PASSWORD",
    *(f"DUBAN_{name}_DATABASE_PASSWORD" for name in ("PROJECTS", "ENERGY", "ALERTS")),
    *("DUBAN_CONSOLE_PROXIES", "DUBAN_AUTHORITIES", "DUBAN_GRAFANA_PASSWORD"),
    *("DUBAN_PROXY_SITE", "DUBAN_PROXY_ADDRESS"),
    *("DUBAN_OIDC_HOST", "DUBAN_OIDC_ADMIN_PASSWORD", "DUBAN_OIDC_TLS"),
}
# Of the way of handing secrets in, not of the settings.
OF_FILES = {"DUBAN_SECRETS_DIRECTORY"}


def listed() -> dict[str, tuple[str, bool]]:
    """Of example.env: the value by name, and whether it is demanded."""
    lines = re.findall(r"^(#?)([A-Z][A-Z0-9_]+)=(.*)$", EXAMPLE, flags=re.MULTILINE)
    assert len(lines) == len({name for _, name, _ in lines}), "a name stands there once"
    return {name: (value, not hidden) for hidden, name, value in lines}


def references() -> list[tuple[str, str]]:
    return re.findall(r"(?<!\$)\$\{(\w+)([^}]*)\}", COMPOSE_TEXT)


@pytest.mark.parametrize("name", CONTAINERS)
def test_container_is_confined(name: str) -> None:
    container = CONTAINERS[name]
    assert container["read_only"] is (name not in WRITES)
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["logging"]["options"]["max-size"]
    assert "privileged" not in container
    assert name == "brokers" or "healthcheck" in container


@pytest.mark.parametrize("name", OURS)
def test_container_is_confined_when_it_is_ours(name: str) -> None:
    container = CONTAINERS[name]
    assert (ROOT / container["build"]["dockerfile"]).is_file()
    assert container["tmpfs"] == ["/tmp"]
    assert container["pids_limit"] <= 1024
    # The console has no secret that an environment would have to be strict about.
    assert name == CONSOLE or container["environment"]["DUBAN_ENVIRONMENT"] == "production"


def test_nothing_but_our_own_processes_is_reached_and_only_from_the_machine_itself() -> None:
    published = {name: container["ports"] for name, container in CONTAINERS.items() if "ports" in container}
    # What the outside is meant to reach, where its profile is chosen.
    assert published.pop("proxy") == [f"${{DUBAN_PROXY_ADDRESS:-0.0.0.0}}:{port}:{port}" for port in (443, 80)]
    # Database and broker are for the containers alone; TLS ends at the proxy, or another of the site's.
    assert set(published) == {"projects", "energy-api", "alerts-api", CONSOLE, "oidc", "prometheus", "grafana"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_secrets_have_no_default_and_are_listed_in_the_example() -> None:
    secret = re.compile(r"PASSWORD$|SECRET$|_KEYS?$")
    guarded = {"DUBAN_GRAFANA_PASSWORD", "DUBAN_OIDC_ADMIN_PASSWORD"}
    for name, how in references():
        assert name in listed()
        assert how.startswith((":?", ":-"))
        assert how.startswith(":?") or name in guarded or not secret.search(name)
    # Grafana would take a password that everybody knows; Keycloak opens no account without one.
    assert 'test -n "$$GF_SECURITY_ADMIN_PASSWORD"' in CONTAINERS["grafana"]["entrypoint"][-1]
    demanded = {name for name, (_, needed) in listed().items() if needed}
    assert demanded == {name for name, how in references() if how.startswith(":?")} | {"COMPOSE_PROFILES"}
    assert {value for name, (value, needed) in listed().items() if needed and name != "COMPOSE_PROFILES"} == {""}
    assert [name for name, (value, _) in listed().items() if secret.search(name) and value] == []


def test_every_setting_of_the_services_is_in_the_example_and_nothing_else() -> None:
    read = set().union(*(settings_fields(service) for service in SERVICES))
    assert set(listed()) - OF_COMPOSE - OF_FILES == read


def test_every_setting_in_the_example_has_a_word_before_it() -> None:
    word = False
    for line in EXAMPLE.splitlines():
        if not line.strip() or line.startswith("# ---"):
            word = False
        elif re.match(r"^#?[A-Z][A-Z0-9_]+=", line):
            assert word, line
        else:
            word = True


# 200 requests a second are what stands for "nothing set" outside a local run.
NO_DEFAULTS = {"DUBAN_REQUEST_RATE_PER_SECOND", "DUBAN_HTTP_PORT"}


@pytest.mark.parametrize("service", SERVICES)
def test_value_in_the_example_is_the_default(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = settings_type(service)
    needed: dict[str, Any] = {
        "DUBAN_DATABASE_DSN": "postgresql://a:b@c/d",
        "DUBAN_SECRET_KEY": "k" * 40,
        "DUBAN_ADMIN_PASSWORD": "Hold-the-door-7",
        "DUBAN_CONSOLE_FILES": "/srv",
        "DUBAN_KAFKA_BOOTSTRAP": "kafka:9092",
    }
    for name, value in needed.items():
        monkeypatch.setenv(name, value)
    plain = kind()
    compared = 0
    for name, (value, _) in listed().items():
        field = name.removeprefix("DUBAN_").lower()
        if field in kind.model_fields and value and name not in NO_DEFAULTS | set(needed):
            monkeypatch.setenv(name, value)
            assert getattr(kind(), field) == getattr(plain, field), name
            monkeypatch.delenv(name)
            compared += 1
    assert compared > 5


def test_each_profile_has_its_containers_and_no_other() -> None:
    of_profiles = {
        name: container["profiles"] for name, container in CONTAINERS.items() if "profiles" in container
    }
    assert of_profiles == {
        "kafka": ["single"],
        **{name: ["brokers"] for name in ("kafka-1", "kafka-2", "kafka-3", "brokers")},
        "oidc": ["oidc"],
        **{name: ["observability"] for name in ("prometheus", "grafana")},
        "proxy": ["proxy"],
    }
    assert listed()["COMPOSE_PROFILES"] == ("single", True)
    # What a profile may leave out is waited for only where it is there.
    for container in CONTAINERS.values():
        for needed, how in container.get("depends_on", {}).items():
            own = container.get("profiles")
            assert (
                "profiles" not in CONTAINERS[needed]
                or own == CONTAINERS[needed]["profiles"]
                or not how["required"]
            )


def test_three_brokers_keep_three_copies_and_acknowledge_with_two() -> None:
    brokers = [CONTAINERS[f"kafka-{number}"]["environment"] for number in (1, 2, 3)]
    assert [broker["KAFKA_NODE_ID"] for broker in brokers] == ["1", "2", "3"]
    for broker in brokers:
        assert broker["KAFKA_CONTROLLER_QUORUM_VOTERS"] == "1@kafka-1:9093,2@kafka-2:9093,3@kafka-3:9093"
        copies = {name for name in broker if name.endswith("REPLICATION_FACTOR")}
        assert {broker[name] for name in copies} == {"3"}
        assert {broker[name] for name in broker if name.endswith(("MIN_ISR", "MIN_INSYNC_REPLICAS"))} == {"2"}
    assert len({broker["KAFKA_ADVERTISED_LISTENERS"] for broker in brokers}) == 3
    volumes = [CONTAINERS[f"kafka-{number}"]["volumes"] for number in (1, 2, 3)]
    assert len({volume for mounts in volumes for volume in mounts}) == 3
    # One copy of each topic on three brokers would be lost with one disk: then nothing begins.
    refusal = CONTAINERS["brokers"]["command"][-1]
    bootstrap = ",".join(f"kafka-{number}:9092" for number in (1, 2, 3))
    assert f"DUBAN_TOPIC_REPLICATION=3 DUBAN_KAFKA_BOOTSTRAP={bootstrap};" in refusal


def test_prometheus_reads_every_process_under_its_name() -> None:
    scraped = yaml.safe_load((ROOT / "deploy/images/prometheus.yml").read_text(encoding="utf-8"))
    (job,) = scraped["scrape_configs"]
    found = {
        (*one["targets"], one["labels"]["service"], one["labels"]["process"]) for one in job["static_configs"]
    }
    assert found == {(f"{process.name}:8000", process.service, process.name) for process in SERVICE_PROCESSES}
    # Where the folder with rules and dashboards is mounted.
    folder = "./deploy/observability:/etc/duban/observability:ro"
    assert all(folder in CONTAINERS[name]["volumes"] for name in ("prometheus", "grafana"))
    assert scraped["rule_files"] == ["/etc/duban/observability/rules/*.yml"]
    provider = (ROOT / "deploy/images/grafana/dashboards/duban.yml").read_text(encoding="utf-8")
    assert "path: /etc/duban/observability/grafana/dashboards\n" in provider


def test_settings_of_the_issuer_reach_the_services_and_the_console() -> None:
    for process in SERVICE_PROCESSES:
        wanted = {name for name in settings_fields(process.service) if name.startswith("DUBAN_OIDC_")}
        given = CONTAINERS[process.name]["environment"]
        assert {"DUBAN_OIDC_ISSUER", "DUBAN_OIDC_CA_FILE"} <= wanted
        # Without a value: what stands in .env.
        assert {name: given[name] for name in wanted} == dict.fromkeys(wanted)


def test_realm_of_the_profile_fits_what_console_and_services_ask_for() -> None:
    realm = json.loads((ROOT / "deploy/images/keycloak/duban-realm.json").read_text(encoding="utf-8"))
    # Feeds are machines: they have keys.
    assert {role["name"] for role in realm["roles"]["realm"]} == set(Role) - {Role.FEED}
    (client,) = realm["clients"]
    assert client["clientId"] == ConsoleSettings.model_fields["oidc_client_id"].default
    assert client["publicClient"] is True
    assert client["attributes"]["pkce.code.challenge.method"] == "S256"
    # Where the issuer tells that it ended a sign-in: among the containers, where nothing is in between.
    told_at = f"{CONTAINERS['console']['environment']['DUBAN_PROJECTS_URL']}{LOGOUT_PATH}"
    assert client["attributes"]["backchannel.logout.url"] == told_at
    assert client["attributes"]["backchannel.logout.session.required"] == "true"
    assert client["clientId"] in ProjectsSettings.model_fields["oidc_logout_clients"].default
    assert LOGOUT_PATH in {route.path for route in logouts_router.routes if isinstance(route, APIRoute)}
    assert (client["implicitFlowEnabled"], client["directAccessGrantsEnabled"]) == (False, False)
    configs = [mapper["config"] for mapper in client["protocolMappers"]]
    assert "duban" in {config.get("included.custom.audience") for config in configs}
    claims = OidcClaims()
    wanted = {claims.region, claims.enterprise, claims.person, claims.unit}
    assert {config["claim.name"] for config in configs if "claim.name" in config} == wanted
    # Roles stand where Keycloak puts them; the example says how that is told.
    assert '"role": "realm_access.roles"' in EXAMPLE
    assert realm["sslRequired"] == "all"
