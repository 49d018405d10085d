"""What people do with alerts, each act a change with its trail, event and messages."""

from services.alerts.warnings.service.acts import (
    acknowledge_alert,
    close,
    comment_on_alert,
    get_alert,
    lock_alert,
    resolve_alert,
    tell_systems,
)

__all__ = [
    "acknowledge_alert",
    "close",
    "comment_on_alert",
    "get_alert",
    "lock_alert",
    "resolve_alert",
    "tell_systems",
]
