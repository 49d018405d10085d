"""Rules of the house that no linter knows: who commits, who reads the time, how long a module may be."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# The edges: a request, a consumed batch, a job, the relay, and the readings' fenced batch.
MAY_COMMIT = {
    "libs/common/database.py",
    "libs/common/web/routes.py",
    "libs/common/outbox/relay.py",
}
# Credentials and signatures are judged by the world's time, not by a stack's.
MAY_READ_REAL_TIME = {"services/projects/identity/real_time.py", "services/alerts/notifications/senders/base.py"}
SQL_TIME = ("now()", "current_timestamp", "current_date", "clock_timestamp()")
MAX_LINES = 500
WANTED_LINES = 300
# Each with its reason.
LONGER_THAN_WANTED: dict[str, str] = {
    "deploy/demo/client.py": "the one place of the demo that knows the REST paths of all three services",
    "deploy/demo/synth/families.py": "one table of load shapes, read side by side",
    "services/energy/detection/domain/kernel.py": "numba's cache looks at no other file than the function's own",
    "libs/common/contracts/projects/__init__.py": "names only: one line for each event of the service",
}


def modules() -> list[Path]:
    return sorted(
        path
        for part in ("libs", "services", "deploy")
        for path in (ROOT / part).rglob("*.py")
        if "migrations/versions" not in path.as_posix()
    )


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_only_edges_commit() -> None:
    offenders = [
        f"{relative(path)}:{call.lineno}"
        for path in modules()
        if relative(path) not in MAY_COMMIT and not relative(path).startswith("deploy/")
        for call in calls(parse(path))
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"commit", "begin"} and not call.args
    ]
    assert offenders == [], "state is committed at the edge only: use Database.transaction() there"


def test_rules_take_time_as_an_argument() -> None:
    """No SQL now() and no system clock in services: a played month must drive every rule."""
    offenders = []
    for path in modules():
        name = relative(path)
        if not name.startswith("services/") or name in MAY_READ_REAL_TIME:
            continue
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Attribute) and node.attr in {"now", "current_timestamp", "localtimestamp"}:
                owner = node.value.id if isinstance(node.value, ast.Name) else ""
                if owner in {"func", "datetime", "date"}:
                    offenders.append(f"{name}:{node.lineno} {owner}.{node.attr}")
            if isinstance(node, ast.Attribute) and node.attr in {"today", "utcnow"}:
                offenders.append(f"{name}:{node.lineno} {node.attr}")
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value.lower()
                if any(
                    word in text for word in ("now()", "current_timestamp", "current_date", "clock_timestamp()")
                ):
                    offenders.append(f"{name}:{node.lineno} SQL time")
    assert offenders == []


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_module_stays_small(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    limit = MAX_LINES if relative(path) in LONGER_THAN_WANTED else WANTED_LINES
    assert lines <= limit, f"{relative(path)} has {lines} lines"


def test_importing_a_module_builds_nothing() -> None:
    """Engines, clients and settings are made in bootstrap, never at import."""
    makers = {"create_async_engine", "AIOKafkaProducer", "AIOKafkaConsumer", "AsyncClient", "Database"}
    offenders = [
        f"{relative(path)}:{call.lineno}"
        for path in modules()
        for statement in parse(path).body
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        for call in calls(statement)
        if isinstance(call.func, ast.Name) and (call.func.id in makers or call.func.id.endswith("Settings"))
    ]
    assert offenders == []


def test_no_machine_path_or_registry_host_is_named() -> None:
    # Put together here, so that this file does not name what it looks for.
    hosts = ("pypi" + ".org", "files.python" + "hosted", "repo1." + "maven", "npmjs" + ".org", "deb." + "debian")
    words = (f"{ROOT}/", *hosts)
    texts = [
        path
        for path in ROOT.rglob("*")
        if path.is_file()
        and path.suffix in {".py", ".md", ".txt", ".toml", ".yml", ".yaml", ".json", ".in", ".sh", ""}
        and not {".git", ".venv", "build", ".duban", ".mypy_cache", ".ruff_cache", ".hypothesis", "node_modules"}
        & set(path.relative_to(ROOT).parts)
        and path.stat().st_size < 2_000_000
    ]
    found = []
    for path in texts:
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{relative(path)}: {word}" for word in words if word in text]
    assert found == []
