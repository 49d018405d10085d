"""The metrics the services expose, read from where the code makes them; nothing is imported or run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_KINDS = {"Counter": "counter", "Gauge": "gauge", "Histogram": "histogram"}
# What the client library adds to the name of each kind.
_SUFFIXES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


@dataclass(frozen=True, order=True)
class Metric:
    """``module`` is the path below the checkout of the file that makes it."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...]
    module: str

    @property
    def series(self) -> tuple[str, ...]:
        """The names under which it is asked for."""
        return tuple(self.name + suffix for suffix in _SUFFIXES[self.kind])


def metrics(root: Path = ROOT) -> list[Metric]:
    """Every metric of the services and of what they share, by name."""
    files = [path for top in ("libs", "services") for path in sorted((root / top).rglob("*.py"))]
    return sorted(metric for path in files for metric in _of_file(path, root))


def _of_file(path: Path, root: Path) -> Iterator[Metric]:
    source = path.read_text(encoding="utf-8")
    if "prometheus_client" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _KINDS:
            continue
        if len(node.args) < 2 or not all(isinstance(each, ast.Constant) for each in node.args[:2]):
            continue
        name, told = (ast.literal_eval(each) for each in node.args[:2])
        labels = tuple(ast.literal_eval(node.args[2])) if len(node.args) > 2 else ()
        yield Metric(name, _KINDS[node.func.id], told.rstrip("."), labels, str(path.relative_to(root)))


def document() -> str:
    """``docs/metrics.md``."""
    lines = [
        "# Metrics",
        "",
        "Every process answers `GET /metrics` in Prometheus's text format; addresses and ports are those of",
        "`duban status`. Written from the code by `python -m deploy.observability`; a test holds it to what",
        "running processes expose. Targets, alert rules and dashboards stand in",
        "[deploy/observability](../deploy/observability). Seconds are real time unless the line says stack time.",
        "`python_*` and `process_*` are the client library's.",
        "",
        "| metric | kind | labels | meaning | from |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{each.name}` | {each.kind} | {', '.join(f'`{label}`' for label in each.labels) or '–'} "
        f"| {each.help.replace('|', '/')} | `{each.module}` |"
        for each in metrics()
    ]
    return "\n".join(lines) + "\n"
