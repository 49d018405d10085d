"""The way in for alerts that are posted: what comes at the same moment is kept by one statement and one commit.

A sending is read by the route trees that are in force; the statement itself asks whether they still are, so
nothing need be read first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.database import Database
from libs.common.security.principal import Principal
from libs.common.security.scope import reaches_region
from libs.common.together import Together
from services.alerts.alertmanager import repository
from services.alerts.alertmanager.domain import adoption
from services.alerts.alertmanager.domain.postable import Posted, read_alerts, without_repeats
from services.alerts.alertmanager.options import InterfaceOptions
from services.alerts.alertmanager.repository import Sent
from services.alerts.routing import trees

# Rows of one statement.
AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Sending:
    """The valid alerts of one caller, read by the trees of the token `routes`."""

    sent: tuple[Sent, ...]
    routes: UUID | None


def read_sending(
    ctx: Context, options: InterfaceOptions, body: Any, forest: trees.Forest
) -> tuple[list[Sent], list[str]]:
    """The valid ones of the posted alerts, each set of labels once, and what is wrong with the others.

    Raises Unreadable.
    """
    home = ctx.principal.region_code or options.region_code
    timeout = timedelta(seconds=forest.tree_for(home, ctx.now).spec.resolve_timeout_seconds)
    valid, faults = read_alerts(body, ctx.now, timeout, classic=options.classic)
    return [
        Sent(_region_of(ctx.principal, one, home), one, ctx.now) for one in without_repeats(valid, ctx.now)
    ], faults


class Inbox:
    """Keeps what callers post, together with what others post meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._together = Together(self._put, most=AT_ONCE, weight_of=lambda sending: len(sending.sent))
        self._routes: trees.Known | None = None

    async def keep(self, ctx: Context, options: InterfaceOptions, body: Any) -> list[str]:
        """Keep the valid ones of the posted alerts; answers after the commit what is wrong with the others.

        In a transaction of its own: not for callers whose session has work of the same request. Raises Unreadable.
        """
        while True:
            known = self._routes or await self._load()
            sent, faults = read_sending(ctx, options, body, known.forest)
            pieces = [sent[start : start + AT_ONCE] for start in range(0, len(sent), AT_ONCE)]
            if all([await self._together.do(Sending(tuple(piece), known.token)) for piece in pieces]):
                return faults
            # The trees have changed since: what was kept meanwhile is sent once more, which changes nothing.
            self._routes = None

    async def _load(self) -> trees.Known:
        async with self._database.session() as session:
            known = await trees.known(session)
        # Without a token nothing would tell that it is out of date.
        self._routes = known if known.token is not None else None
        return known

    async def _put(self, sendings: Sequence[Sending]) -> list[bool]:
        kept: dict[int, bool] = {}
        async with self._database.direct() as connection:
            for layer in _layers(sendings):
                sent = [one for place in layer for one in sendings[place].sent]
                done = await repository.put(connection, sent, sendings[layer[0]].routes)
                kept |= dict.fromkeys(layer, done)
        return [kept[place] for place in range(len(sendings))]


def _layers(sendings: Sequence[Sending]) -> Iterator[list[int]]:
    """Places of sendings that one statement can take: read by the same trees, and no alert twice.

    The same alert sent by two callers is merged in the order in which they came.
    """
    waiting = list(range(len(sendings)))
    while waiting:
        layer: list[int] = []
        later: list[int] = []
        taken: set[tuple[str, str]] = set()
        for place in waiting:
            keys = {one.key for one in sendings[place].sent}
            if sendings[place].routes != sendings[waiting[0]].routes or not taken.isdisjoint(keys):
                later.append(place)
            else:
                layer.append(place)
            taken |= keys
        yield layer
        waiting = later


def _region_of(principal: Principal, one: Posted, home: str) -> str:
    """The region that the labels name, if it is the caller's to speak for."""
    named = adoption.region_of(one.labels, home)
    return named if reaches_region(principal, named) else home
