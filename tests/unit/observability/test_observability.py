"""Rules, dashboards and the list of metrics say nothing that the services do not expose."""

import json
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from deploy.local.layout import Settings
from deploy.local.processes import CONSOLE, SERVICE_PROCESSES
from deploy.observability.__main__ import written
from deploy.observability.dashboards import DASHBOARDS
from deploy.observability.metrics import ROOT, metrics

FOLDER = ROOT / "deploy" / "observability"
# Of Prometheus itself, and of the client library in every process.
GIVEN = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
TARGET_LABELS = {"job", "instance", "service", "process", "le"}
_STRING = re.compile(r'"[^"]*"')
_WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_FUNCTIONS = {"sum", "max", "min", "by", "rate", "increase", "histogram_quantile", "or", "and", "unless"}


def rules() -> list[dict[str, Any]]:
    body = yaml.safe_load((FOLDER / "rules" / "duban.yml").read_text(encoding="utf-8"))
    return [rule for group in body["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    panels = [expression for board in DASHBOARDS for panel in board.panels for expression, _ in panel.series]
    return [*(rule["expr"] for rule in rules()), *panels]


def words(expression: str) -> set[str]:
    """What an expression names: metrics and labels; no functions, no spans."""
    bare = re.sub(r"\[\w+\]", "", _STRING.sub("", expression))
    return set(_WORD.findall(bare)) - _FUNCTIONS


def test_every_expression_names_metrics_and_labels_that_exist() -> None:
    known = {series: metric for metric in metrics() for series in metric.series}
    for expression in expressions():
        named = words(expression)
        found = {name for name in named if name in known or name in GIVEN}
        labels = {label for name in found if name in known for label in known[name].labels}
        assert found, expression
        assert named - found <= labels | TARGET_LABELS, expression


def test_every_expression_is_closed() -> None:
    """Brackets of all kinds, and a span wherever a rate is asked for."""
    closing = {")": "(", "]": "[", "}": "{"}
    for expression in expressions():
        open_ones = []
        for sign in _STRING.sub("", expression):
            if sign in closing.values():
                open_ones.append(sign)
            elif sign in closing:
                assert open_ones.pop() == closing[sign], expression
        assert open_ones == [], expression
        for call in re.findall(r"(?:rate|increase)\(([^()]*)\)", _STRING.sub("", expression)):
            assert re.search(r"\[\d+[smhd]\]$", call), expression


def test_each_rule_says_what_to_do_in_both_languages() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) >= 10
    for rule in rules():
        assert set(rule["labels"]) == {"severity"}
        assert rule["labels"]["severity"] in {"warning", "critical"}
        notes = rule["annotations"]
        assert notes["summary"]
        assert re.search(r"[\u4e00-\u9fff]", notes["summary_zh"])
        page, _, section = notes["runbook_url"].partition("#")
        assert f'<a id="{section}"></a>' in (ROOT / page).read_text(encoding="utf-8")


def test_each_process_is_a_target_under_its_name_and_port() -> None:
    body = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = body["scrape_configs"]
    told = {
        (each["labels"]["service"], each["labels"]["process"], each["targets"][0])
        for each in job["static_configs"]
    }
    settings = Settings()
    wanted = {
        (process.service, process.name, f"127.0.0.1:{settings.port(process.port_offset)}")
        for process in SERVICE_PROCESSES
        if process.service != CONSOLE  # it has no metrics
    }
    assert told == wanted
    assert body["rule_files"] == ["rules/duban.yml"]


def test_panels_do_not_overlap_and_have_both_titles() -> None:
    for board in DASHBOARDS:
        assert len({panel.en for panel in board.panels}) == len(board.panels)
        for panel in board.panels:
            assert re.search(r"[\u4e00-\u9fff]", panel.zh)
        body = json.loads((FOLDER / "grafana" / "dashboards" / f"{board.name}.json").read_text(encoding="utf-8"))
        places = [(each["gridPos"]["y"], each["gridPos"]["x"]) for each in body["panels"]]
        assert all(earlier < later for earlier, later in pairwise(places))


def test_written_files_are_those_of_the_description() -> None:
    for path, text in written().items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, f"{path}: run python -m deploy.observability"
    present = {path.name for path in (FOLDER / "grafana" / "dashboards").glob("*.json")}
    assert present == {f"{board.name}.json" for board in DASHBOARDS}


def test_rules_pass_prometheus_own_check_where_its_tool_is() -> None:
    tool = shutil.which("promtool")
    if tool is None:
        return
    done = subprocess.run(
        [tool, "check", "config", str(Path(FOLDER) / "prometheus.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
