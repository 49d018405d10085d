"""The labels of an alert: what silences, inhibition, routes and the Alertmanager's clients know it by.

Alerts of our own rules carry the rule's labels and, above them, what they are about. Alerts that came in by the
Alertmanager's interface keep theirs exactly as they came.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.alerts.trail.tables import EXTERNAL, AlertRow

_FACTS = ("severity", "region_code", "object_type", "object_id", "condition_kind")
_KNOWN_TO_RULES = (*_FACTS, "rule", "alertname", "enterprise_id")


def own_labels(values: Mapping[str, Any], rule_labels: Mapping[str, str]) -> dict[str, str]:
    """Labels of a new alert of ours, from the values of its row; what is absent has no label."""
    found = {"alertname": str(values["rule_code"]), **rule_labels, "rule": str(values["rule_code"])}
    found |= {name: str(values[name]) for name in _FACTS}
    if values.get("enterprise_id") is not None:
        found["enterprise_id"] = str(values["enterprise_id"])
    return found


def labels_of(alert: AlertRow) -> dict[str, str]:
    """The labels as they are now: severity and what else may change is read from the alert itself."""
    if alert.source == EXTERNAL:
        return dict(alert.labels)
    given = {name: value for name, value in alert.labels.items() if name not in _KNOWN_TO_RULES}
    if "alertname" in alert.labels:
        given["alertname"] = alert.labels["alertname"]
    values = {name: getattr(alert, name) for name in (*_FACTS, "rule_code", "enterprise_id")}
    return own_labels(values, given)
