"""The containers' file as Docker's own loader reads it, profile by profile."""

import json
import os
import subprocess
from typing import Any

import pytest

from deploy.local.processes import MIGRATIONS, SERVICE_PROCESSES
from tests.architecture.test_compose import listed
from tests.support.chart import tool
from tests.support.deployment import ROOT

OURS = {process.name for process in (*SERVICE_PROCESSES, *MIGRATIONS)}
SINGLE, BROKERS = {"kafka"}, {"kafka-1", "kafka-2", "kafka-3", "brokers"}


def loaded(profiles: str, **variables: str) -> subprocess.CompletedProcess[str]:
    filled = {name: f"of-{name.lower()}" for name, (_, needed) in listed().items() if needed}
    environment = filled | {"COMPOSE_PROFILES": profiles, "PATH": os.environ["PATH"]} | variables
    command = [str(tool("compose")), str(ROOT / "docker-compose.yml")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def services(profiles: str, **variables: str) -> dict[str, dict[str, Any]]:
    done = loaded(profiles, **variables)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)["services"]
    return found


@pytest.mark.parametrize(
    ("profiles", "more"),
    [
        ("single", SINGLE),
        ("brokers", BROKERS),
        ("single,oidc", {*SINGLE, "oidc"}),
        ("single,observability", {*SINGLE, "prometheus", "grafana"}),
        ("brokers,oidc,observability", {*BROKERS, "oidc", "prometheus", "grafana"}),
    ],
)
def test_profile_starts_its_containers(profiles: str, more: set[str]) -> None:
    found = services(profiles)
    assert set(found) == OURS | {"postgres"} | more
    # Nobody waits for what this profile does not start.
    for name, service in found.items():
        assert set(service.get("depends_on", {})) <= set(found) | SINGLE | BROKERS, name
        waited = {needed for needed, how in service.get("depends_on", {}).items() if how["required"]}
        assert waited <= set(found), name


def test_services_wait_for_the_brokers_that_there_are() -> None:
    assert services("single")["migrate-energy"]["depends_on"]["kafka"]["condition"] == "service_healthy"
    waited = services("brokers")["migrate-energy"]["depends_on"]["brokers"]
    assert waited["condition"] == "service_completed_successfully"


def test_what_stands_in_the_environment_reaches_the_processes_and_nothing_else_does() -> None:
    given = {"DUBAN_OIDC_ISSUER": "https://login.example.gov.cn", "DUBAN_MASK_CONTACTS": "true"}
    found = services("single", **given)
    environments = {name: found[name]["environment"] for name in OURS}
    assert {one["DUBAN_OIDC_ISSUER"] for one in environments.values()} == {given["DUBAN_OIDC_ISSUER"]}
    assert environments["projects"]["DUBAN_MASK_CONTACTS"] == "true"
    # A variable that nobody set is not there: an empty text is no number.
    plain = services("single")["projects"]["environment"]
    assert not plain.get("DUBAN_MASK_CONTACTS")
    assert plain.get("DUBAN_REQUEST_RATE_PER_SECOND") is None
    assert plain["DUBAN_TOPIC_REPLICATION"] == "1"


def test_three_brokers_are_named_to_the_processes_as_the_example_says() -> None:
    bootstrap = "kafka-1:9092,kafka-2:9092,kafka-3:9092"
    found = services("brokers", DUBAN_TOPIC_REPLICATION="3", DUBAN_KAFKA_BOOTSTRAP=bootstrap)
    for name in ("migrate-alerts", "energy-worker"):
        assert found[name]["environment"]["DUBAN_KAFKA_BOOTSTRAP"] == bootstrap
        assert found[name]["environment"]["DUBAN_TOPIC_REPLICATION"] == "3"


@pytest.mark.parametrize(
    ("given", "agrees"),
    [
        (
            {"DUBAN_TOPIC_REPLICATION": "3", "DUBAN_KAFKA_BOOTSTRAP": "kafka-1:9092,kafka-2:9092,kafka-3:9092"},
            True,
        ),
        (
            {"DUBAN_TOPIC_REPLICATION": "1", "DUBAN_KAFKA_BOOTSTRAP": "kafka-1:9092,kafka-2:9092,kafka-3:9092"},
            False,
        ),
        ({"DUBAN_TOPIC_REPLICATION": "3"}, False),
    ],
)
def test_three_brokers_with_one_copy_are_refused(given: dict[str, str], agrees: bool) -> None:
    asked = services("brokers", **given)["brokers"]
    # The loader leaves $$ for the engine, which passes $ on.
    command = [part.replace("$$", "$") for part in asked["command"]]
    environment = {"PATH": os.environ["PATH"], **asked["environment"]}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode == 0) is agrees
    assert agrees or "the profile brokers needs DUBAN_" in done.stderr


@pytest.mark.parametrize("name", sorted(name for name, (_, needed) in listed().items() if needed))
def test_start_is_refused_when_a_demanded_value_is_missing(name: str) -> None:
    if name == "COMPOSE_PROFILES":
        # Without a profile there is no broker, which nothing can start without.
        assert not (SINGLE | BROKERS) & set(services(""))
        return
    done = loaded("single", **{name: ""})
    assert done.returncode == 1
    assert name in done.stderr
