"""A route tree and inhibition rules written as the Alertmanager's configuration file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import yaml

from libs.common import regions
from services.alerts.alertmanager.domain.configuration import WEEKDAYS, InhibitionSpec, duration
from services.alerts.routing.domain.specs import Interval, Receiver, RouteSpec, TreeSpec
from services.alerts.routing.domain.windows import Window


def write(tree: TreeSpec, inhibitions: Sequence[InhibitionSpec]) -> str:
    """The configuration in the file's own words.

    People, posts and policies, which it does not know, are left out.
    """
    content: dict[str, Any] = {
        "global": {"resolve_timeout": duration(tree.resolve_timeout_seconds)},
        "route": _route_out(tree.root),
        "receivers": [_receiver_out(receiver) for receiver in tree.receivers],
    }
    if inhibitions:
        content["inhibit_rules"] = [
            {
                "source_matchers": [str(one) for one in rule.source],
                "target_matchers": [str(one) for one in rule.target],
                "equal": list(rule.equal),
            }
            for rule in inhibitions
        ]
    if tree.intervals:
        content["time_intervals"] = [_interval_out(interval) for interval in tree.intervals]
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=200)
    return text


def _route_out(route: RouteSpec) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if route.receiver is not None:
        found["receiver"] = route.receiver
    if route.group_by is not None:
        found["group_by"] = list(route.group_by)
    matchers = [str(one.matcher()) for one in route.matchers]
    if route.region_code is not None:
        # The file knows labels only; ours carry the region as one.
        matchers.append(f'region_code=~"{regions.prefix(route.region_code)}.*"')
    if matchers:
        found["matchers"] = matchers
    if route.continues:
        found["continue"] = True
    for name, value in (
        ("group_wait", route.group_wait_seconds),
        ("group_interval", route.group_interval_seconds),
        ("repeat_interval", route.repeat_interval_seconds),
    ):
        if value is not None:
            found[name] = duration(value)
    if route.active_intervals:
        found["active_time_intervals"] = list(route.active_intervals)
    if route.mute_intervals:
        found["mute_time_intervals"] = list(route.mute_intervals)
    if route.routes:
        found["routes"] = [_route_out(child) for child in route.routes]
    return found


def _receiver_out(receiver: Receiver) -> dict[str, Any]:
    if not receiver.webhooks:
        return {"name": receiver.name}
    webhooks = [
        {"send_resolved": webhook.send_resolved, "url": _shown(webhook.url), "max_alerts": webhook.max_alerts}
        for webhook in receiver.webhooks
    ]
    return {"name": receiver.name, "webhook_configs": webhooks}


def _shown(url: str) -> str:
    """The host alone: what follows it is a secret as often as not."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}/"


def _interval_out(interval: Interval) -> dict[str, Any]:
    return {"name": interval.name, "time_intervals": [_window_out(window) for window in interval.windows]}


def _window_out(window: Window) -> dict[str, Any]:
    found: dict[str, Any] = {"location": window.zone}
    if window.start_time < window.end_time and (window.start_time, window.end_time) != ("00:00", "24:00"):
        found["times"] = [{"start_time": window.start_time, "end_time": window.end_time}]
    if window.weekdays:
        found["weekdays"] = [WEEKDAYS[day - 1] for day in window.weekdays]
    if window.months:
        found["months"] = [str(month) for month in window.months]
    if window.years:
        found["years"] = [str(year) for year in window.years]
    if window.days_of_month:
        found["days_of_month"] = [f"{first}:{last}" for first, last in window.days_of_month]
    return found
