"""The bodies of a delivery judged one by one, each by its own header, unit and creation stamp."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from libs.common.security.principal import Principal
from libs.common.web.problems import FieldError
from services.energy.feeds.domain.body import Body, Fault, Header
from services.energy.feeds.domain.rows import FUTURE_MINUTES, Checked, Situation
from services.energy.feeds.domain.settling import is_zone, settle
from services.energy.feeds.domain.units import OWN, UNITS
from services.energy.feeds.errors import HeaderInvalid, UnitUnknown
from services.energy.feeds.formats.registry import Parsed, with_place
from services.energy.metering.domain.rank import rank_of
from services.energy.metering.domain.slots import INTERVALS

_MAX_SOURCE: Final = 100


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A body with what its checks found; ``facts``: unit, interval_minutes and rank for a quarantine."""

    body: Body
    checked: Checked
    facts: dict[str, Any]

    @property
    def faults(self) -> list[Fault]:
        return [with_place(self.body, fault) for fault in self.checked.faults]


@dataclass(frozen=True, slots=True)
class Judge:
    """What holds for all bodies of a delivery. ``header``: what the request says, ``priority`` of its source."""

    header: Header
    priority: int
    now: datetime
    first_at: datetime
    situation: Situation
    check: Callable[[Body, Situation], Checked]

    def judge(self, parsed: Sequence[Parsed]) -> list[Judged]:
        """Raises UnitUnknown, HeaderInvalid for a body in a format of ours or a word of the request."""
        zone = self.header.zone
        if zone is not None and not is_zone(zone):
            refuse("zone", zone[:40])
        return [self._body(body, one.format.is_own) for one in parsed for body in one.bodies]

    def _body(self, body: Body, is_own: bool) -> Judged:
        header = body.header.over(self.header)
        unit = header.unit or OWN
        if is_own or body.header.unit is None:
            check_unit(unit)
        if is_own or body.header.interval_minutes is None:
            check_interval(header.interval_minutes)
        created_at = created_at_of(header, self.now, is_own=is_own) or self.first_at
        rank = rank_of(self.priority, created_at)
        situation = replace(
            self.situation,
            unit=unit,
            interval_minutes=header.interval_minutes,
            rank=rank,
            quantity=header.quantity,
            kind=header.kind,
        )
        checked = self.check(settle(body, header.zone, situation.find), situation)
        return Judged(body, checked, {"unit": unit, "interval_minutes": header.interval_minutes, "rank": rank})


def check_unit(unit: str) -> None:
    if unit not in UNITS:
        params: dict[str, Any] = {"unit": unit[:20], "known": list(UNITS)}
        fault = FieldError("feeds.unit_unknown", parameter="unit", params=params)
        raise UnitUnknown(**params, errors=[fault])


def check_interval(minutes: int | None) -> None:
    if minutes is not None and minutes not in INTERVALS:
        refuse("interval_minutes", minutes)


def source_of(header: Header, principal: Principal) -> str:
    """The source by which precedence is known: no caller takes on another's name."""
    name = header.source or ""
    if len(name) > _MAX_SOURCE or not name.isprintable():
        refuse("source", name[:_MAX_SOURCE])
    return f"{principal.subject}/{name}"


def created_at_of(header: Header, now: datetime, *, is_own: bool) -> datetime | None:
    """When the source made the values. A foreign file's stamp without a zone says too little to be used."""
    if header.created_at is None:
        return None
    try:
        created_at = datetime.fromisoformat(header.created_at)
    except ValueError:
        created_at = None
    if not is_own and (created_at is None or created_at.tzinfo is None):
        return None
    # A stamp of the far future would beat every later correction.
    limit = now + timedelta(minutes=FUTURE_MINUTES)
    if created_at is None or created_at.tzinfo is None or created_at > limit or created_at.year < 1971:
        refuse("created_at", header.created_at[:40])
    return created_at


def refuse(name: str, value: object) -> None:
    fault = FieldError("feeds.header_invalid", parameter=name, params={"name": name, "value": value})
    raise HeaderInvalid(name=name, value=value, errors=[fault])
