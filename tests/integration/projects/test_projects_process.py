"""The service as a process: migrate, serve, end; and its migrations against its models."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from libs.common.database import COMMON_METADATA, Database, pending_differences
from libs.common.service import parse_roles
from services.projects.api import ROUTERS  # noqa: F401 - brings all tables of the service along
from services.projects.database import METADATA
from tests.support.ports import reserve_ports

ROOT = Path(__file__).resolve().parents[3]


async def test_models_and_migrations_agree(template_database: Callable[..., str]) -> None:
    from tests.integration.projects.conftest import prepare

    differences = await pending_differences(template_database("projects", prepare), [METADATA, COMMON_METADATA])
    assert differences == []


@pytest.mark.parametrize(
    "table",
    ["audit_record", "project_change", "problem_step", "instruction_step", "cadence_submission", "bulletin_file"],
)
async def test_records_are_refused_a_change(template_database: Callable[..., str], table: str) -> None:
    from tests.integration.projects.conftest import prepare

    database = Database(template_database("projects", prepare))
    try:
        async with database.session() as session:
            with pytest.raises(DBAPIError, match="append-only"):
                await session.execute(text(f"DELETE FROM {table}"))
    finally:
        await database.close()


def environment(dsn: str, bootstrap: str, prefix: str, port: int) -> dict[str, str]:
    return os.environ | {
        "DUBAN_ENVIRONMENT": "local",
        "DUBAN_DATABASE_DSN": dsn,
        "DUBAN_KAFKA_BOOTSTRAP": bootstrap,
        "DUBAN_TOPIC_PREFIX": prefix,
        "DUBAN_TOPIC_PARTITIONS": "1",
        "DUBAN_HTTP_PORT": str(port),
        "DUBAN_ADMIN_PASSWORD": "Tong-Mountain-73",
    }


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "services.projects", *arguments]


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command's result, whatever it is."""
    return subprocess.run(
        command(*arguments), env=env, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )


def test_process_migrates_serves_and_ends_cleanly(
    fresh_database: Callable[[str], str], kafka_bootstrap: str, topic_prefix: str
) -> None:
    port = reserve_ports(1)
    env = environment(fresh_database("projects"), kafka_bootstrap, topic_prefix, port)
    for _ in range(2):
        migrated = run("migrate", env=env)
        assert migrated.returncode == 0, migrated.stdout + migrated.stderr
    process = subprocess.Popen(
        command("all"), env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            _wait_ready(http)
            credentials = {"username": "admin", "password": "Tong-Mountain-73"}
            token = http.post("/v1/tokens", json=credentials).json()["access_token"]
            bearer = {"Authorization": f"Bearer {token}"}
            assert http.put("/v1/regions/421224", json={"name": "通山县"}, headers=bearer).status_code == 201
            assert "duban_outbox_published_total" in http.get("/metrics").text
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert "Tong-Mountain-73" not in output


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["api,migrate"], ["api", "relay"]])
def test_call_without_sense_names_no_roles(arguments: list[str]) -> None:
    assert parse_roles(arguments) is None


def test_call_without_sense_is_answered_with_the_usage() -> None:
    answer = run("api,migrate")
    assert (answer.returncode, answer.stderr.startswith("usage:")) == (2, True)


def test_production_without_secrets_is_refused() -> None:
    env = environment("postgresql://projects:x@127.0.0.1/projects", "127.0.0.1:9", "", 8100)
    env["DUBAN_ENVIRONMENT"] = "production"
    answer = run("api", env=env)
    assert answer.returncode == 2
    assert "DUBAN_SECRET_KEY" in answer.stderr


def _wait_ready(http: httpx.Client) -> None:
    give_up = time.monotonic() + 300
    while time.monotonic() < give_up:
        try:
            if http.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError("the process did not become ready")
