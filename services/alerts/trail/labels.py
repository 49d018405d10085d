"""The labels of an alert: what silences, inhibition, routes and the Alertmanager's clients know it by.

Alerts of our own rules carry the rule's labels and what they are about
(:mod:`services.alerts.trail.domain.labels`). Alerts that came in by the Alertmanager's interface keep theirs
exactly as they came.
"""

from __future__ import annotations

from libs.common.contracts.alerts import Severity
from services.alerts.trail.tables import EXTERNAL, AlertRow


def labels_of(alert: AlertRow) -> dict[str, str]:
    return dict(alert.labels)


def relabel(alert: AlertRow, severity: Severity) -> None:
    """The alert's own labels name its severity; those of another system are that system's."""
    if alert.source != EXTERNAL:
        alert.labels = {**alert.labels, "severity": severity.value}
