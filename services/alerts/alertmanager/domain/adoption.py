"""What an alert of another system is as one of ours: its severity, texts and object."""

from __future__ import annotations

from collections.abc import Mapping

from libs.common import regions
from libs.common.contracts.alerts import Severity
from services.alerts.escalation.domain.ladder import ClockMode, Policy, Rung
from services.alerts.escalation.domain.spans import Span

ALERT_NAME = "alertname"
RULE_CODE = "alertmanager"
OBJECT_TYPE = "external"
_LONGEST_TITLE = 300
_LONGEST_TEXT = 4000

# What the world calls the weight of an alert; whatever else is said is yellow (*choice*).
_SEVERITIES = {
    Severity.RED: ("red", "critical", "page", "emergency", "fatal", "disaster", "p1"),
    Severity.ORANGE: ("orange", "error", "major", "high", "p2"),
    Severity.YELLOW: ("yellow", "warning", "warn", "minor", "medium", "p3"),
    Severity.BLUE: ("blue", "info", "informational", "notice", "low", "none", "p4", "p5"),
}
_BY_WORD = {word: severity for severity, words in _SEVERITIES.items() for word in words}

# The alert's own system tells people by its routes: nobody is chased unless a route names a policy.
UNCHASED = Policy(
    name_zh="不督办",
    name_en="Not chased",
    rungs=(Rung(post="officer", after=dict.fromkeys(Severity, Span(0))),),
    clocks=dict.fromkeys(Severity, ClockMode.AROUND_THE_CLOCK),
    promise=dict.fromkeys(Severity, Span(1, "d")),
)


def severity_of(labels: Mapping[str, str]) -> Severity:
    return _BY_WORD.get(labels.get("severity", "").strip().lower(), Severity.YELLOW)


def title_of(labels: Mapping[str, str], annotations: Mapping[str, str], *, english: bool) -> str:
    preferred = ("summary_en", "summary") if english else ("summary_zh", "summary")
    found = next((annotations[name] for name in preferred if annotations.get(name)), "")
    return (found or labels.get(ALERT_NAME, "") or "alert")[:_LONGEST_TITLE]


def text_of(annotations: Mapping[str, str], *, english: bool) -> str:
    preferred = ("description_en", "description") if english else ("description_zh", "description")
    found = next((annotations[name] for name in (*preferred, "message") if annotations.get(name)), "")
    return found[:_LONGEST_TEXT]


def region_of(labels: Mapping[str, str], otherwise: str) -> str:
    """The region that the labels name, if they name one."""
    try:
        return regions.validate(labels.get("region_code", ""))
    except regions.InvalidRegionCode:
        return otherwise
