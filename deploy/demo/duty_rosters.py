"""Who is on duty in the demo's county: a roster around the clock, the grid's, and the leader on duty (带班领导).

What is grave goes to them first, day and night; the rest goes to the posts as ever.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from deploy.demo.client import DemoClient
from deploy.demo.dataset import registry
from deploy.demo.dataset.records import LABEL
from deploy.demo.transport import ApiError

# Does again what another service refuses until it has heard of the registry's people.
WhenKnown = Callable[[Callable[[], Awaitable[object]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster with its turns; ``people`` are keys of the registry, each backed up by the next."""

    code: str
    name_zh: str
    name_en: str
    kind: str
    period: str
    handovers: tuple[str, ...]
    people: tuple[str, ...]

    @property
    def members(self) -> list[tuple[str, str]]:
        return [(one, self.people[(place + 1) % len(self.people)]) for place, one in enumerate(self.people)]


_OFFICERS = tuple(registry.officer_of(town.code) for town in registry.TOWNS)
_LEADERS = tuple(f"leader-{town.code}" for town in registry.TOWNS)

ROSTERS: Sequence[Roster] = (
    Roster("tongshan_24h", f"通山县24小时值班{LABEL}", "Tongshan, 24 hours (demo)", "around_the_clock", "daily",
           ("08:00", "20:00"), (registry.officer_of(registry.COUNTY), *_OFFICERS)),
    Roster("tongshan_grid", f"通山县电网值班{LABEL}", "Tongshan grid duty (demo)", "grid", "weekly",
           ("08:30",), _OFFICERS[:6]),
    Roster("tongshan_leader", f"通山县带班领导{LABEL}", "Tongshan leader on duty (demo)", "duty_leader", "daily",
           ("08:00",), (f"leader-{registry.COUNTY}", *_LEADERS)),
)  # fmt: skip


async def configure(client: DemoClient, persons: Mapping[str, str], today: date, when_known: WhenKnown) -> None:
    """Set up the rosters and turns that are missing, from the stack's day on."""
    for roster in ROSTERS:

        async def set_up(roster: Roster = roster) -> None:
            try:
                turns = await client.rotation_count(roster.code)
            except ApiError as error:
                if error.status != 404:
                    raise
                await client.create_roster(roster.code, _body(roster, today))
                turns = 0
            if turns == 0:
                await client.add_rotation(roster.code, _turns(roster, persons, today))

        await when_known(set_up)


def _body(roster: Roster, today: date) -> dict[str, object]:
    return {
        "name_zh": roster.name_zh,
        "name_en": roster.name_en,
        "kind": roster.kind,
        "region_code": registry.COUNTY,
        "valid_from": today.isoformat(),
    }


def _turns(roster: Roster, persons: Mapping[str, str], today: date) -> dict[str, object]:
    return {
        "valid_from": today.isoformat(),
        "period": roster.period,
        "handovers": list(roster.handovers),
        "members": [{"primary": persons[first], "backup": persons[second]} for first, second in roster.members],
        "reason": "演示排班",
    }
