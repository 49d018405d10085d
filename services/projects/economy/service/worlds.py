"""What a question needs to know beside itself: the indicator, the edges of 规上 and of sizes."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.security.principal import SYSTEM, Principal
from libs.common.validity import holds_on
from libs.common.web.problems import FieldError
from services.projects.economy.domain.indicators import Indicator
from services.projects.economy.domain.question import Question
from services.projects.economy.domain.rules import EconomyRuleKind
from services.projects.economy.errors import UnknownIndicator
from services.projects.economy.repository import catalogue
from services.projects.economy.repository.members import World


async def demand_indicator(session: AsyncSession, code: str, pointer: str = "/indicator") -> Indicator:
    """Raises UnknownIndicator."""
    found = (await catalogue.all_indicators(session)).get(code)
    if found is None:
        raise UnknownIndicator(indicator=code, errors=[FieldError("reference.unknown", pointer)])
    return found


async def load_world(
    session: AsyncSession, question: Question, indicator: str, principal: Principal = SYSTEM
) -> World:
    """Raises UnknownIndicator."""
    found = await demand_indicator(session, indicator)
    if not question.needs_sizes:
        return World(principal, found)
    edges = await catalogue.rules_of_kinds(session, [EconomyRuleKind.ABOVE_SCALE])
    # Sizes are the statistics' own: those of a region hold in questions about it.
    sizes = [
        band
        for band in await catalogue.all_sizes(session)
        if holds_on(band, question.month) and band.region_code in {None, question.region_code}
    ]
    by_code = {band.code: band for band in sorted(sizes, key=lambda band: band.narrowness)}
    return World(principal, found, edges, tuple(by_code.values()))
