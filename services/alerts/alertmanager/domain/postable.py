"""Alerts and silences as the Alertmanager's clients post them, read and judged as it does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from services.alerts.routing.domain.fingerprints import fingerprint_of_json
from services.alerts.routing.domain.matchers import BadMatcher, Matcher, check, is_classic_name

# "0001-01-01T00:00:00.000Z" is how Go writes that there is no instant.
_ABSENT_BEFORE = datetime(2, 1, 1, tzinfo=UTC)
_FRACTION = re.compile(r"(\.\d{6})\d+")
MAX_LABELS = 200
MAX_VALUE = 100_000


class Unreadable(ValueError):
    """The body does not fit the schema at all; the message says where."""


@dataclass(frozen=True, slots=True)
class Posted:
    """One alert ready to be kept; labels and annotations also as JSON with sorted names."""

    fingerprint: str
    labels: Mapping[str, str]
    labels_json: str
    annotations_json: str
    generator_url: str
    starts_at: datetime
    ends_at: datetime
    is_timeout: bool


def read_alerts(
    body: Any, now: datetime, resolve_timeout: timedelta, *, classic: bool = False
) -> tuple[list[Posted], list[str]]:
    """The valid alerts and what is wrong with the others. Raises Unreadable: then nothing is kept."""
    if not isinstance(body, list):
        raise Unreadable("alerts in body must be of type array")
    shaped = [_shaped(place, one) for place, one in enumerate(body)]
    valid: list[Posted] = []
    faults: list[str] = []
    for one in shaped:
        found = _judged(one, now, resolve_timeout, classic=classic)
        if isinstance(found, str):
            faults.append(found)
        else:
            valid.append(found)
    return valid, faults


@dataclass(slots=True)
class _Shaped:
    labels: dict[str, str]
    annotations: dict[str, str]
    generator_url: str
    starts_at: datetime | None
    ends_at: datetime | None


def _shaped(place: int, one: Any) -> _Shaped:
    if not isinstance(one, dict):
        raise Unreadable(f"alerts.{place} in body must be of type object")
    if "labels" not in one or one["labels"] is None:
        raise Unreadable(f"alerts.{place}.labels in body is required")
    generator_url = one.get("generatorURL") or ""
    if not isinstance(generator_url, str):
        raise Unreadable(f"alerts.{place}.generatorURL in body must be of type string")
    return _Shaped(
        _texts(one["labels"], f"alerts.{place}.labels"),
        _texts(one.get("annotations") or {}, f"alerts.{place}.annotations"),
        generator_url,
        read_instant(one.get("startsAt"), f"alerts.{place}.startsAt"),
        read_instant(one.get("endsAt"), f"alerts.{place}.endsAt"),
    )


def _texts(values: Any, where: str) -> dict[str, str]:
    if not isinstance(values, dict):
        raise Unreadable(f"{where} in body must be of type object")
    for value in values.values():
        if not isinstance(value, str):
            raise Unreadable(f"{where} in body must be of type string")
    return values


def read_instant(value: Any, where: str) -> datetime | None:
    """An RFC 3339 instant; None where there is none. Raises Unreadable."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Unreadable(f"{where} in body must be of type date-time: {value!r}")
    try:
        instant = datetime.fromisoformat(_FRACTION.sub(r"\1", value) if "." in value else value)
        if instant.tzinfo is None:
            raise Unreadable(f"{where} in body must be of type date-time: {value!r}")
        # What lies at the edges of the calendar cannot be moved to UTC.
        instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable(f"{where} in body must be of type date-time: {value!r}") from None
    return None if instant < _ABSENT_BEFORE else instant


def _judged(one: _Shaped, now: datetime, resolve_timeout: timedelta, *, classic: bool) -> Posted | str:
    starts_at, ends_at = one.starts_at, one.ends_at
    if starts_at is None:
        starts_at = now if ends_at is None else ends_at
    is_timeout = ends_at is None
    if ends_at is None:
        ends_at = now + resolve_timeout
    labels = {name: value for name, value in one.labels.items() if value}
    if ends_at < starts_at:
        return "start time must be before end time"
    if not labels:
        return "at least one label pair required"
    fault = label_fault(labels, classic=classic)
    if fault is not None:
        return f"invalid label set: {fault}"
    fault = label_fault(one.annotations, classic=classic)
    if fault is not None:
        return f"invalid annotations: {fault}"
    labels_json = as_json(labels)
    return Posted(
        fingerprint_of_json(labels_json),
        labels,
        labels_json,
        as_json(one.annotations),
        one.generator_url.replace("\x00", ""),
        starts_at,
        ends_at,
        is_timeout,
    )


def label_fault(labels: Mapping[str, str], *, classic: bool) -> str | None:
    """What is wrong with names or values, None when nothing is."""
    if len(labels) > MAX_LABELS:
        return f"more than {MAX_LABELS} labels"
    for name, value in labels.items():
        if not name or "\x00" in name or (classic and not is_classic_name(name)):
            return f'invalid name "{name}"'
        if "\x00" in value or len(value) > MAX_VALUE:
            return f'invalid value "{value[:50]}"'
    return None


def as_json(values: Mapping[str, str]) -> str:
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()


def merged(old: Posted, new: Posted, now: datetime) -> Posted:
    """Two sendings of the same labels in one body, as if they had come one after the other."""
    overlaps = (old.starts_at < new.ends_at < old.ends_at) or (old.starts_at < new.starts_at < old.ends_at)
    if not overlaps:
        return new
    ends_at = new.ends_at
    if new.ends_at <= now:
        if old.ends_at <= now:
            ends_at = max(old.ends_at, new.ends_at)
    elif old.ends_at > new.ends_at and not old.is_timeout:
        ends_at = old.ends_at
    return Posted(
        new.fingerprint,
        new.labels,
        new.labels_json,
        new.annotations_json,
        new.generator_url,
        min(old.starts_at, new.starts_at),
        ends_at,
        new.is_timeout,
    )


def without_repeats(posted: Iterable[Posted], now: datetime) -> list[Posted]:
    """One for each set of labels, in the order in which they came first."""
    found: dict[str, Posted] = {}
    for one in posted:
        old = found.get(one.fingerprint)
        found[one.fingerprint] = one if old is None else merged(old, one, now)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class PostedSilence:
    """A silence as it was posted; `id` is the one to be changed, "" for a new one."""

    id: str
    matchers: tuple[Matcher, ...]
    created_by: str
    comment: str
    starts_at: datetime | None
    ends_at: datetime | None


def read_silence(body: Any) -> PostedSilence:
    """Raises Unreadable for what does not fit the schema."""
    if not isinstance(body, dict):
        raise Unreadable("silence in body must be of type object")
    for name in ("matchers", "startsAt", "endsAt", "createdBy", "comment"):
        if body.get(name) is None:
            raise Unreadable(f"{name} in body is required")
    matchers = body["matchers"]
    if not isinstance(matchers, list):
        raise Unreadable("matchers in body must be of type array")
    if not matchers:
        raise Unreadable("matchers in body should have at least 1 items")
    for name in ("createdBy", "comment"):
        if not isinstance(body[name], str):
            raise Unreadable(f"{name} in body must be of type string")
    identity = body.get("id") or ""
    if not isinstance(identity, str):
        raise Unreadable("id in body must be of type string")
    return PostedSilence(
        identity,
        tuple(_matcher(place, one) for place, one in enumerate(matchers)),
        body["createdBy"],
        body["comment"],
        read_instant(body["startsAt"], "startsAt"),
        read_instant(body["endsAt"], "endsAt"),
    )


def _matcher(place: int, one: Any) -> Matcher:
    if not isinstance(one, dict):
        raise Unreadable(f"matchers.{place} in body must be of type object")
    for name, kind in (("name", str), ("value", str), ("isRegex", bool)):
        if one.get(name) is None:
            raise Unreadable(f"matchers.{place}.{name} in body is required")
        if not isinstance(one[name], kind):
            raise Unreadable(f"matchers.{place}.{name} in body must be of type {kind.__name__}")
    is_equal = one.get("isEqual")
    if is_equal is not None and not isinstance(is_equal, bool):
        raise Unreadable(f"matchers.{place}.isEqual in body must be of type boolean")
    return Matcher(one["name"], one["value"], one["isRegex"], True if is_equal is None else is_equal)


def silence_fault(silence: PostedSilence, now: datetime, *, classic: bool) -> str | None:
    """Why the silence makes no sense, in the words that its authors know; None when it does."""
    if silence.ends_at is None:
        return "Failed to create silence: start time must be before end time"
    if silence.starts_at is not None and silence.starts_at >= silence.ends_at:
        return "Failed to create silence: start time must be before end time"
    if silence.ends_at < now:
        return "Failed to create silence: end time can't be in the past"
    for place, matcher in enumerate(silence.matchers):
        if not matcher.name or (classic and not is_classic_name(matcher.name)):
            return f'invalid silence: invalid label matcher {place} in set 0: invalid label name "{matcher.name}"'
        try:
            check([matcher], needs_one=False)
        except BadMatcher as error:
            return (
                f"invalid silence: invalid label matcher {place} in set 0: "
                f'invalid regular expression "{matcher.value}": {error.reason}'
            )
    if all(matcher.accepts("") for matcher in silence.matchers):
        return "invalid silence: matcher set 0: at least one matcher must not match the empty string"
    return None
