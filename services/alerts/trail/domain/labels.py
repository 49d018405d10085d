"""The labels of an alert of our own rules: the rule's, and above them what the alert is about."""

from __future__ import annotations

from collections.abc import Mapping

from libs.common.contracts.alerts import Severity


def own_labels(
    rule_labels: Mapping[str, str],
    *,
    rule: str,
    severity: Severity,
    region_code: str,
    object_type: str,
    object_id: str,
    condition_kind: str,
    route: str | None = None,
    enterprise_id: object = None,
) -> dict[str, str]:
    """What is absent has no label. ``alertname`` is what clients of the Alertmanager call an alert by; a rule may
    give another one.
    """
    found = {"alertname": rule, **rule_labels}
    found |= {
        "rule": rule,
        "severity": severity.value,
        "region_code": region_code,
        "object_type": object_type,
        "object_id": object_id,
        "condition_kind": condition_kind,
    }
    if route is not None:
        found["route"] = route
    if enterprise_id is not None:
        found["enterprise_id"] = str(enterprise_id)
    return found
