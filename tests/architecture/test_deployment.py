"""The containers run what the local run runs: checked from the files, without an engine."""

import importlib
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from deploy.local.kafka_jars import KAFKA_VERSION
from deploy.local.layout import Layout, Settings
from deploy.local.postgres import MAJOR_VERSION
from deploy.local.processes import CONSOLE, DATABASES, MIGRATIONS, SERVICE_PROCESSES, ServiceProcess, environment
from deploy.local.secrets import Secrets
from libs.common.service import ROLES as COMMON_ROLES
from tests.support.deployment import COMPOSE, CONTAINERS, DOCKERFILE, ROOT, settings_fields

OURS = (*SERVICE_PROCESSES, *MIGRATIONS)
# Of the Compose specification, what a container of ours may say; a misspelt key is found here.
KNOWN_KEYS = {
    *("image", "build", "command", "environment", "restart", "depends_on", "healthcheck", "stop_grace_period"),
    *("ports", "networks", "volumes", "tmpfs", "shm_size", "read_only", "cap_drop", "security_opt"),
    *("profiles", "user", "entrypoint", "logging", "pids_limit"),
}
CONDITIONS = {"service_healthy", "service_completed_successfully", "service_started"}

ROLES = {
    service: importlib.import_module(f"services.{service}.bootstrap").__dict__.get("ROLES", COMMON_ROLES)
    for service in (*DATABASES, CONSOLE)
}

by_name = pytest.mark.parametrize("process", OURS, ids=lambda process: process.name)


def local_environment(process: ServiceProcess) -> dict[str, str]:
    secrets = Secrets("superuser", "key", "admin", dict.fromkeys(DATABASES, "password"))
    return environment(process, Layout(Path("/data")), Settings(), secrets)


def test_every_container_is_a_process_of_the_local_run_and_back() -> None:
    always = {name for name, container in CONTAINERS.items() if "profiles" not in container}
    assert always == {"postgres"} | {process.name for process in OURS}


@by_name
def test_container_command_is_the_local_one_when_it_runs_a_role(process: ServiceProcess) -> None:
    assert CONTAINERS[process.name]["command"] == ["python", *process.command]


@by_name
def test_variables_exist_in_the_settings_when_a_process_gets_them(process: ServiceProcess) -> None:
    fields = settings_fields(process.service)
    local = {name for name in local_environment(process) if name != "DUBAN_STACK"}
    container = set(CONTAINERS[process.name]["environment"])
    assert local - fields == set()
    # Whatever a site may want to set reaches the process; the clock file is what a demo needs, and in production
    # time is real.
    assert container == fields - {"DUBAN_CLOCK_FILE"}
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
    assert all(value is None or isinstance(value, str) for value in container.get("environment", {}).values())
    for needed, how in container.get("depends_on", {}).items():
        assert needed in CONTAINERS
        assert how["condition"] in CONDITIONS
        if how["condition"] == "service_healthy":
            assert "test" in CONTAINERS[needed]["healthcheck"]
    assert set(container["networks"]) <= set(COMPOSE["networks"])


@pytest.mark.parametrize("name", CONTAINERS)
def test_mounted_files_and_volumes_exist(name: str) -> None:
    for mount in CONTAINERS[name].get("volumes", []):
        source = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", mount).split(":")[0]
        if source.startswith("."):
            assert (ROOT / source).exists()
        else:
            assert source in COMPOSE["volumes"]


def test_versions_agree_between_containers_and_local_run() -> None:
    brokers = {
        container["image"] for name, container in CONTAINERS.items() if name.startswith(("kafka", "broker"))
    }
    assert brokers == {f"apache/kafka:{KAFKA_VERSION}"}
    assert CONTAINERS["postgres"]["image"].startswith(f"postgres:{MAJOR_VERSION}")


def test_image_copies_existing_files_and_runs_without_root() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, flags=re.MULTILINE)
    assert copied
    for path in copied:
        assert (ROOT / path).exists()
        assert f"!{path}" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert re.search(r"^USER 10001$", DOCKERFILE, flags=re.MULTILINE)
    assert "--require-hashes" in DOCKERFILE
    last = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    # What runs is root's, and asks after its own health; what builds stays in the stages before.
    assert "--chown" not in last
    assert "HEALTHCHECK" in last
    assert not re.search(r"^RUN .*\b(pip|npm|apt-get)\b", last, flags=re.MULTILINE)
    bases = set(re.findall(r"^FROM (\S+)", DOCKERFILE, flags=re.MULTILINE)) - {"environment"}
    assert bases == {"python:3.12-slim-bookworm", "node:22-bookworm-slim"}


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
