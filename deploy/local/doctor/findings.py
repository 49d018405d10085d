"""What a check found: a state, the figures it rests on, and which words tell it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "zh-CN")
_MESSAGES = Path(__file__).parent / "messages"


class State(StrEnum):
    """UNKNOWN is what could not be looked at, because what it asks does not answer: never the same as fine."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"


# Which section of the runbook belongs to the first word of a finding's code.
SECTIONS = {
    "supervisor": "stack-down",
    "process": "stack-down",
    "disk": "disk-full",
    "port": "ports",
    "clock": "clock",
    "postgres": "postgres",
    "broker": "broker-dead",
    "lag": "lag",
    "outbox": "lag",
    "timers": "late-work",
    "jobs": "late-work",
    "deliveries": "deliveries",
    "letters": "poison",
    "feeds": "feeds",
    "scanner": "scanner",
    "watch": "late-work",
    "calendar": "calendar",
    "keys": "keys",
    "certificates": "keys",
    "backup": "backup",
    "migrations": "migrations",
    "secrets": "secrets",
}


@dataclass(frozen=True)
class Finding:
    """``code`` names the words in the catalogues, ``figures`` fill them; both stand in the JSON answer."""

    code: str
    state: State
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def section(self) -> str:
        return SECTIONS[self.code.partition(".")[0]]

    def says(self, language: str) -> str:
        """One sentence with the figure."""
        if self.state is State.UNKNOWN:
            return says_unknown(self.title(language), str(self.figures["reason"]), language)
        words = catalogue(language)[self.code]
        template = words["ok"] if self.state is State.OK and "ok" in words else words["says"]
        return template.format_map(_shown(self.figures))

    def title(self, language: str) -> str:
        return catalogue(language)[self.code]["title"]

    def advice(self, language: str) -> str:
        """What to do, in one line; empty where nothing is to be done."""
        if self.state is State.OK:
            return ""
        words = catalogue(language)["unknown" if self.state is State.UNKNOWN else self.code]
        return words["do"].format_map(_shown(self.figures))

    def link(self, language: str) -> str:
        name = "runbook.md" if language == "en" else f"runbook.{language}.md"
        return f"docs/{name}#{self.section}"

    def as_json(self, language: str) -> dict[str, Any]:
        return {
            "code": self.code,
            "state": self.state.value,
            "figures": dict(self.figures),
            "says": self.says(language),
            "do": self.advice(language),
            "runbook": self.link(language),
        }


def says_unknown(titles: str, reason: str, language: str) -> str:
    return catalogue(language)["unknown"]["says"].format(title=titles, reason=reason)


def unknown(code: str, reason: str) -> Finding:
    return Finding(code, State.UNKNOWN, {"reason": reason})


def graded(code: str, value: float, warn: float, bad: float, **figures: Any) -> Finding:
    """Worse the higher: WARN from ``warn`` on, BAD from ``bad`` on."""
    state = State.BAD if value >= bad else State.WARN if value >= warn else State.OK
    return Finding(code, state, figures)


def worst(findings: Iterable[Finding]) -> State:
    """BAD before WARN before OK; what is unknown counts as WARN."""
    states = {finding.state for finding in findings}
    if State.BAD in states:
        return State.BAD
    return State.WARN if states & {State.WARN, State.UNKNOWN} else State.OK


@cache
def catalogue(language: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((_MESSAGES / f"{language}.json").read_text(encoding="utf-8"))
    return found


def _shown(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {name: f"{value:,.1f}" if isinstance(value, float) else value for name, value in figures.items()}
