"""The containers run what the local run runs: checked from the files, without an engine."""

import importlib
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from deploy.local.kafka_jars import KAFKA_VERSION
from deploy.local.layout import Layout, Settings
from deploy.local.postgres import MAJOR_VERSION
from deploy.local.processes import CONSOLE, DATABASES, MIGRATIONS, SERVICE_PROCESSES, ServiceProcess, environment
from deploy.local.secrets import Secrets
from libs.common.service import ROLES as COMMON_ROLES

ROOT = Path(__file__).parents[2]
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = (*SERVICE_PROCESSES, *MIGRATIONS)
DOCKERFILE = (ROOT / "deploy/images/Dockerfile").read_text(encoding="utf-8")
# Of the Compose specification, what a container of ours may say; a misspelt key is found here.
KNOWN_KEYS = {
    *("image", "build", "command", "environment", "restart", "depends_on", "healthcheck", "stop_grace_period"),
    *("ports", "networks", "volumes", "tmpfs", "shm_size", "read_only", "cap_drop", "security_opt"),
}
CONDITIONS = {"service_healthy", "service_completed_successfully", "service_started"}

ROLES = {
    service: importlib.import_module(f"services.{service}.bootstrap").__dict__.get("ROLES", COMMON_ROLES)
    for service in (*DATABASES, CONSOLE)
}

by_name = pytest.mark.parametrize("process", OURS, ids=lambda process: process.name)


def settings_fields(service: str) -> set[str]:
    """The variables that the service's settings read."""
    module = importlib.import_module(f"services.{service}.settings")
    found = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, BaseSettings) and each.__module__ == module.__name__
    ]
    assert len(found) == 1, f"one settings class in {module.__name__}"
    return {f"DUBAN_{name.upper()}" for name in found[0].model_fields}


def local_environment(process: ServiceProcess) -> dict[str, str]:
    secrets = Secrets("superuser", "key", "admin", dict.fromkeys(DATABASES, "password"))
    return environment(process, Layout(Path("/data")), Settings(), secrets)


def test_every_container_is_a_process_of_the_local_run_and_back() -> None:
    assert set(CONTAINERS) == {"postgres", "kafka"} | {process.name for process in OURS}


@by_name
def test_container_command_is_the_local_one_when_it_runs_a_role(process: ServiceProcess) -> None:
    assert CONTAINERS[process.name]["command"] == ["python", *process.command]


@by_name
def test_variables_exist_in_the_settings_when_a_process_gets_them(process: ServiceProcess) -> None:
    fields = settings_fields(process.service)
    local = {name for name in local_environment(process) if name != "DUBAN_STACK"}
    container = set(CONTAINERS[process.name]["environment"])
    assert local - fields == set()
    assert container - fields == set()
    # The clock file is what a demo needs; in production time is real.
    assert local - container == {"DUBAN_CLOCK_FILE"}


@by_name
def test_start_module_and_roles_exist_when_a_command_names_them(process: ServiceProcess) -> None:
    package = ROOT / "services" / process.service
    assert (package / "__main__.py").is_file()
    assert set(process.roles.split(",")) <= {*ROLES[process.service], "migrate", "all"}


def test_each_role_of_a_service_runs_exactly_once_in_the_local_table() -> None:
    for service, known in ROLES.items():
        roles = [role for each in SERVICE_PROCESSES if each.service == service for role in each.roles.split(",")]
        assert sorted(roles) == sorted(known), service


def test_ports_differ_when_processes_share_a_machine() -> None:
    ports = [process.port_offset for process in OURS]
    assert len(set(ports)) == len(ports)


@pytest.mark.parametrize("name", CONTAINERS)
def test_keys_are_compose_keys(name: str) -> None:
    container = CONTAINERS[name]
    assert set(container) <= KNOWN_KEYS
    assert all(isinstance(value, str) for value in container["environment"].values())
    for needed, how in container.get("depends_on", {}).items():
        assert needed in CONTAINERS
        assert how["condition"] in CONDITIONS
        if how["condition"] == "service_healthy":
            assert "test" in CONTAINERS[needed]["healthcheck"]
    assert set(container["networks"]) <= set(COMPOSE["networks"])


@pytest.mark.parametrize("name", CONTAINERS)
def test_mounted_files_and_volumes_exist(name: str) -> None:
    for mount in CONTAINERS[name].get("volumes", []):
        source = mount.split(":")[0]
        if source.startswith("."):
            assert (ROOT / source).is_file()
        else:
            assert source in COMPOSE["volumes"]


@by_name
def test_container_is_confined_when_it_is_ours(process: ServiceProcess) -> None:
    container = CONTAINERS[process.name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert (ROOT / container["build"]["dockerfile"]).is_file()
    # The console has no secret that an environment would have to be strict about.
    assert process.service == CONSOLE or container["environment"]["DUBAN_ENVIRONMENT"] == "production"


def test_nothing_but_our_own_processes_is_reached_and_only_from_the_machine_itself() -> None:
    published = {name: container["ports"] for name, container in CONTAINERS.items() if "ports" in container}
    assert published
    # Database and broker are for the containers alone; TLS ends at a proxy beside these.
    assert not {"postgres", "kafka"} & set(published)
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_secrets_have_no_default_and_are_listed_in_the_example() -> None:
    references = re.findall(r"\$\{(\w+)([^}]*)\}", COMPOSE_TEXT)
    assert references
    assert [name for name, how in references if not how.startswith(":?")] == []
    example = (ROOT / "deploy/images/example.env").read_text(encoding="utf-8")
    listed = dict(line.split("=", 1) for line in example.splitlines() if line and not line.startswith("#"))
    assert set(listed) == {name for name, _ in references}
    assert set(listed.values()) == {""}


def test_versions_agree_between_containers_and_local_run() -> None:
    assert CONTAINERS["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"
    assert CONTAINERS["postgres"]["image"].startswith(f"postgres:{MAJOR_VERSION}")


def test_image_copies_existing_files_and_runs_without_root() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, flags=re.MULTILINE)
    assert copied
    for path in copied:
        assert (ROOT / path).exists()
        assert f"!{path}" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert re.search(r"^USER 10001$", DOCKERFILE, flags=re.MULTILINE)
    assert "--require-hashes" in DOCKERFILE


def test_database_script_makes_every_service_s_database() -> None:
    script = ROOT / "deploy/images/postgres/databases.sh"
    made = [shlex.split(line) for line in script.read_text().splitlines() if line.startswith("make_database ")]
    assert [words[1] for words in made] == list(DATABASES)
    given = set(CONTAINERS["postgres"]["environment"])
    assert {words[2].removeprefix("$") for words in made} <= given
    subprocess.run(["/bin/sh", "-n", str(script)], check=True)


def test_locks_agree_and_hold_no_address_when_they_list_the_same_package() -> None:
    pins: dict[str, set[str]] = {}
    for lock in ("runtime", "local", "dev"):
        text = (ROOT / f"requirements/{lock}.txt").read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        for pin in re.findall(r"^(\S+)==(\S+)( ; .*?)? \\$", text, flags=re.MULTILINE):
            pins.setdefault(f"{pin[0]}{pin[2]}", set()).add(pin[1])
    assert {name: versions for name, versions in pins.items() if len(versions) > 1} == {}
