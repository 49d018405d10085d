"""A readable digest (汇总) of many alerts.

How many of which severity, kind and region, and the gravest by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.contracts.alerts import Severity
from libs.common.workdays import SHANGHAI

_WEIGHT = {severity.value: weight for weight, severity in enumerate(Severity)}
_KINDS_NAMED = 10


@dataclass(frozen=True, slots=True)
class Gathered:
    """One alert of a digest."""

    alert_id: UUID
    number: int
    severity: str
    status: str
    title: str
    kind: str
    region: str
    object_name: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How many, the most first; severities from red down."""

    by_severity: dict[str, int]
    by_kind: dict[str, int]
    by_region: dict[str, int]

    def as_json(self) -> dict[str, dict[str, int]]:
        return {"severity": self.by_severity, "kind": self.by_kind, "region": self.by_region}


def counted(alerts: Sequence[Gathered]) -> Counts:
    severities = Counter(alert.severity for alert in alerts)
    return Counts(
        dict(sorted(severities.items(), key=lambda item: -_WEIGHT[item[0]])),
        dict(Counter(alert.kind for alert in alerts).most_common()),
        dict(Counter(alert.region for alert in alerts).most_common()),
    )


def gravest(alerts: Sequence[Gathered], named: int) -> list[Gathered]:
    """The gravest, of equals those that came first."""
    return sorted(alerts, key=lambda alert: (-_WEIGHT[alert.severity], alert.occurred_at, alert.number))[:named]


@dataclass(frozen=True, slots=True)
class DigestWords:
    subject: str
    body: str


def compose(
    alerts: Sequence[Gathered],
    wording: Mapping[str, str],
    *,
    recipient: str,
    link: str,
    named: int,
) -> DigestWords:
    """Subject and text, with the catalogue of the reader's language."""
    counts = counted(alerts)
    severities = wording["separator"].join(
        f"{wording[f'severity.{name}']} {count}" for name, count in counts.by_severity.items()
    )
    first = min(alert.occurred_at for alert in alerts)
    last = max(alert.occurred_at for alert in alerts)
    facts = {
        "recipient": recipient,
        "count": len(alerts),
        "severities": severities,
        "from": _local(first),
        "until": _local(last),
        "link": link,
    }
    lines = [
        wording["greeting"].format_map(facts),
        "",
        wording["summary"].format_map(facts),
        "",
        wording["by_kind"],
        *_counted_lines(counts.by_kind, wording),
        "",
        wording["by_region"],
        *_counted_lines(counts.by_region, wording),
        "",
        wording["gravest"].format_map({"named": min(named, len(alerts))}),
    ]
    lines += [_line(alert, wording) for alert in gravest(alerts, named)]
    lines += ["", wording["all"].format_map(facts)]
    return DigestWords(" ".join(wording["subject"].format_map(facts).split()), "\n".join(lines) + "\n")


def _line(alert: Gathered, wording: Mapping[str, str]) -> str:
    return wording["line"].format_map(
        {
            "severity": wording[f"severity.{alert.severity}"],
            "number": alert.number,
            "title": alert.title,
            "object": alert.object_name,
            "region": alert.region,
            "at": _local(alert.occurred_at),
            "status": wording[f"status.{alert.status}"],
        }
    )


def _counted_lines(counts: Mapping[str, int], wording: Mapping[str, str]) -> list[str]:
    shown = list(counts.items())[:_KINDS_NAMED]
    lines = [wording["count_line"].format_map({"name": name, "count": count}) for name, count in shown]
    left = sum(counts.values()) - sum(count for _, count in shown)
    return [*lines, wording["count_rest"].format_map({"count": left})] if left else lines


def _local(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
