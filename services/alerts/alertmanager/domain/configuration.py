"""The Alertmanager's configuration file, read into a route tree and inhibition rules, and written from them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

from services.alerts.routing.domain.matchers import BadMatcher, Matcher
from services.alerts.routing.domain.notation import parse_matchers
from services.alerts.routing.domain.specs import (
    DEFAULT_GROUP_INTERVAL,
    DEFAULT_REPEAT_INTERVAL,
    Interval,
    MatcherSpec,
    Receiver,
    RouteSpec,
    TreeSpec,
    WebhookTarget,
)
from services.alerts.routing.domain.windows import Window

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0, "y": 31_536_000.0}
_DURATION = re.compile(r"(\d+)(ms|[smhdwy])")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
# As the file's own defaults are.
_GROUP_WAIT = 30.0


class BadConfiguration(ValueError):
    """The file cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class InhibitionSpec:
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Configuration:
    tree: TreeSpec
    inhibitions: tuple[InhibitionSpec, ...]


def read(text: str, *, classic: bool = False) -> Configuration:
    """Raises BadConfiguration."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadConfiguration(str(error)) from error
    if not isinstance(content, dict) or not isinstance(content.get("route"), dict):
        raise BadConfiguration("no route provided in config")
    settings = content.get("global") or {}
    try:
        tree = TreeSpec(
            root=_route(content["route"], classic, is_root=True),
            receivers=tuple(_receiver(one) for one in content.get("receivers") or ()),
            intervals=tuple(
                _interval(one)
                for one in [*(content.get("time_intervals") or ()), *(content.get("mute_time_intervals") or ())]
            ),
            resolve_timeout_seconds=seconds(settings.get("resolve_timeout", "5m")),
        )
    except ValidationError as error:
        fault = error.errors()[0]
        raise BadConfiguration(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise BadConfiguration(f"malformed: {error!r}") from error
    return Configuration(
        tree,
        tuple(
            _inhibition(place, one or {}, classic) for place, one in enumerate(content.get("inhibit_rules") or ())
        ),
    )


def seconds(text: Any) -> float:
    """``1h30m`` and the like. Raises BadConfiguration."""
    written = str(text).strip()
    if written == "0":
        return 0.0
    parts = _DURATION.findall(written)
    if not parts or "".join(number + unit for number, unit in parts) != written:
        raise BadConfiguration(f"not a valid duration string: {written!r}")
    return sum(int(number) * _UNITS[unit] for number, unit in parts)


def duration(value: float) -> str:
    """The duration as the file writes it."""
    left = round(value * 1000)
    written = ""
    for unit in ("w", "d", "h", "m", "s", "ms"):
        size = round(_UNITS[unit] * 1000)
        count, left = divmod(left, size)
        written += f"{count}{unit}" if count else ""
    return written or "0s"


def _route(route: Mapping[str, Any], classic: bool, *, is_root: bool = False) -> RouteSpec:
    group_by = route.get("group_by")

    def given(name: str, default: float | None) -> float | None:
        return seconds(route[name]) if route.get(name) is not None else default

    return RouteSpec(
        receiver=route.get("receiver"),
        matchers=tuple(_spec(one) for one in _matchers(route, "matchers", "match", "match_re", classic)),
        continues=bool(route.get("continue", False)),
        group_by=None if group_by is None else tuple(str(name) for name in group_by),
        group_wait_seconds=given("group_wait", _GROUP_WAIT if is_root else None),
        group_interval_seconds=given("group_interval", DEFAULT_GROUP_INTERVAL if is_root else None),
        repeat_interval_seconds=given("repeat_interval", DEFAULT_REPEAT_INTERVAL if is_root else None),
        active_intervals=tuple(route.get("active_time_intervals") or ()),
        mute_intervals=tuple(route.get("mute_time_intervals") or ()),
        routes=tuple(_route(child, classic) for child in route.get("routes") or ()),
    )


def _matchers(
    holder: Mapping[str, Any], named: str, match: str, match_re: str, classic: bool
) -> tuple[Matcher, ...]:
    found: list[Matcher] = []
    try:
        for text in holder.get(named) or ():
            found += parse_matchers(str(text), classic=classic)
    except BadMatcher as error:
        raise BadConfiguration(f"bad matcher: {error.reason}") from error
    found += [Matcher(str(name), str(value)) for name, value in (holder.get(match) or {}).items()]
    found += [Matcher(str(name), str(value), True) for name, value in (holder.get(match_re) or {}).items()]
    return tuple(found)


def _spec(matcher: Matcher) -> MatcherSpec:
    return MatcherSpec(
        name=matcher.name, value=matcher.value, is_regex=matcher.is_regex, is_equal=matcher.is_equal
    )


def _inhibition(place: int, rule: Mapping[str, Any], classic: bool) -> InhibitionSpec:
    return InhibitionSpec(
        _matchers(rule, "source_matchers", "source_match", "source_match_re", classic),
        _matchers(rule, "target_matchers", "target_match", "target_match_re", classic),
        tuple(str(name) for name in rule.get("equal") or ()),
        str(rule.get("name") or f"inhibit_rules[{place}]"),
    )


def _receiver(receiver: Mapping[str, Any]) -> Receiver:
    return Receiver(
        name=receiver["name"],
        labels={str(name): str(value) for name, value in (receiver.get("labels") or {}).items()},
        webhooks=tuple(_webhook(one) for one in receiver.get("webhook_configs") or ()),
    )


def _webhook(webhook: Mapping[str, Any]) -> WebhookTarget:
    timeout = seconds(webhook["timeout"]) if webhook.get("timeout") is not None else None
    return WebhookTarget(
        url=webhook["url"],
        send_resolved=bool(webhook.get("send_resolved", True)),
        max_alerts=int(webhook.get("max_alerts", 0)),
        timeout_seconds=timeout or None,
    )


def _interval(interval: Mapping[str, Any]) -> Interval:
    windows: list[Window] = []
    for one in interval.get("time_intervals") or ():
        common = {
            "weekdays": tuple(
                day + 1 for text in one.get("weekdays") or () for day in _span(text, WEEKDAYS, from_one=False)
            ),
            "months": tuple(
                month for text in one.get("months") or () for month in _span(text, _MONTHS, from_one=True)
            ),
            "years": tuple(year for text in one.get("years") or () for year in _numbers(text)),
            "days_of_month": tuple(_ends(text) for text in one.get("days_of_month") or ()),
            "zone": one.get("location") or "UTC",
        }
        times = one.get("times") or [{"start_time": "00:00", "end_time": "24:00"}]
        windows += [Window(start_time=time["start_time"], end_time=time["end_time"], **common) for time in times]
    return Interval(name=interval["name"], windows=tuple(windows))


def _span(text: Any, names: Sequence[str], *, from_one: bool) -> range:
    first, _, last = str(text).lower().partition(":")
    shift = 1 if from_one else 0

    def place(word: str) -> int:
        if word.isdigit():
            return int(word)
        if word not in names:
            raise BadConfiguration(f"{word} is not a valid name here")
        return names.index(word) + shift

    return range(place(first), place(last or first) + 1)


def _numbers(text: Any) -> range:
    first, last = _ends(text)
    return range(first, last + 1)


def _ends(text: Any) -> tuple[int, int]:
    first, _, last = str(text).partition(":")
    try:
        return int(first), int(last or first)
    except ValueError:
        raise BadConfiguration(f"{text} is not a range of numbers") from None
