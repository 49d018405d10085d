"""By which ways people and posts are reached, and who is told in the place of somebody who is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.registry.queries import Person
from services.alerts.notifications import gateway_repository, repository, wishes
from services.alerts.notifications.domain.kinds import ChannelKind
from services.alerts.notifications.domain.message import Language
from services.alerts.notifications.tables import STANDARD, ChannelRow, GatewayRow
from services.alerts.rosters import service as rosters

# A stands in for B, B for C: somebody has to be there in the end.
LONGEST_CHAIN = 5


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach somebody; `channel_id` is None for an address of the registry.

    `rests`: the channel is paused, what is sent to it is kept; nobody counts as reached by it.
    """

    kind: str
    target: str
    language: Language
    channel_id: UUID | None = None
    gateway_id: UUID | None = None
    format: str = STANDARD
    rests: bool = False


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to be told, and how; without a way nobody is reached.

    `on_duty`: told as who is on duty, so quiet hours do not count. `in_place_of`: whom a stand-in stands for.
    """

    kind: str
    name: str
    post: str | None
    person_id: UUID | None = None
    ways: tuple[Way, ...] = field(default=())
    on_duty: bool = False
    in_place_of: Person | None = None

    @property
    def key(self) -> str:
        """Who it is, to count what one recipient is told: a person, or a channel that is nobody's own."""
        if self.person_id is not None:
            return f"person:{self.person_id}"
        return f"channel:{self.ways[0].channel_id}" if self.ways else f"{self.kind}:{self.name}"


async def recipients_of(
    ctx: Context, people: Sequence[Person], post: str, *, on_duty: bool = False, with_stand_ins: bool = True
) -> list[Recipient]:
    """The people with their ways; whoever has none that works is followed by who stands in."""
    found: list[Recipient] = []
    named = {person.person_id for person in people}
    for person, ways in await ways_of(ctx, people):
        found.append(Recipient("person", person.name, post, person.person_id, ways, on_duty))
        if with_stand_ins and all(way.rests for way in ways):
            stand_in = await stand_in_for(ctx, person, post, on_duty=on_duty, known=named)
            if stand_in is not None and stand_in.person_id is not None:
                named.add(stand_in.person_id)
                found.append(stand_in)
    return found


async def stand_in_for(
    ctx: Context, person: Person, post: str, *, on_duty: bool, known: set[UUID]
) -> Recipient | None:
    """The nearest stand-in who can be reached and is not among the `known`, None when there is nobody."""
    asked, current = {person.person_id, *known}, person
    for _ in range(LONGEST_CHAIN):
        next_one = await rosters.stand_in_of(ctx, current.person_id, ctx.now)
        if next_one is None or next_one.person_id in asked:
            return None
        ((_, ways),) = await ways_of(ctx, [next_one])
        if any(not way.rests for way in ways):
            return Recipient("person", next_one.name, post, next_one.person_id, ways, on_duty, person)
        asked.add(next_one.person_id)
        current = next_one
    return None


async def ways_of(ctx: Context, people: Sequence[Person]) -> list[tuple[Person, tuple[Way, ...]]]:
    """Each person's ways: their own channels, and the registry's addresses where they have chosen no other."""
    if not people:
        return []
    ids = tuple(person.person_id for person in people)
    by_person: dict[UUID, list[ChannelRow]] = {}
    for channel in await repository.channels_of_people(ctx.session, ids):
        assert channel.person_id is not None
        by_person.setdefault(channel.person_id, []).append(channel)
    languages = await wishes.languages_of(ctx, ids)
    gateways = await gateway_repository.gateways_of_numbers(ctx.session)
    found = []
    for person in people:
        own, language = by_person.get(person.person_id, []), languages.get(person.person_id)
        ways = [way_of(channel, language) for channel in own]
        working = {channel.kind for channel in own if channel.paused_at is None}
        # The registry's address is used as well, unless the person has chosen another for mail; a paused channel
        # keeps what is sent to it, and replaces nothing.
        if person.email and "mail" not in working:
            ways.append(Way("mail", person.email, language or Language.ZH_CN))
        for kind in (ChannelKind.SMS, ChannelKind.VOICE):
            gateway = nearest(gateways, kind, person.region_code)
            if person.phone and gateway is not None and kind.value not in working:
                ways.append(Way(kind.value, person.phone, language or Language.ZH_CN, gateway_id=gateway.id))
        found.append((person, tuple(ways)))
    return found


def way_of(channel: ChannelRow, language: Language | None = None) -> Way:
    return Way(
        channel.kind,
        channel.target,
        language or Language(channel.language),
        channel.id,
        channel.gateway_id,
        channel.format,
        rests=channel.paused_at is not None,
    )


def nearest(gateways: Sequence[GatewayRow], kind: str, region_code: str | None) -> GatewayRow | None:
    """The gateway of a kind for a region: the region's own or the nearest above, or else the installation's."""
    chain: list[str | None] = [None]
    if region_code is not None:
        try:
            chain = [region_code, *regions.ancestors(region_code), None]
        except regions.InvalidRegionCode:
            chain = [None]
    of_kind = [gateway for gateway in gateways if gateway.kind == kind]
    for code in chain:
        here = [gateway for gateway in of_kind if gateway.region_code == code]
        if here:
            return min(here, key=lambda gateway: gateway.id)
    return None
