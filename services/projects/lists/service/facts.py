"""Facts of enterprises, from wherever they are known: for entry conditions, support and honours."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.expressions.checked import names
from services.projects.lists.domain.facts import ENTERPRISE, Fact, Judgement, judge
from services.projects.lists.repository.lists import kinds_of
from services.projects.lists.repository.vetoes import standing_vetoes
from services.projects.lists.service.economy import economic_facts
from services.projects.registry.tables import EnterpriseRow

Facts = Mapping[UUID, dict[str, Fact]]


class FactSource(Protocol):
    """Answers, of the facts asked for, those it knows; ``month`` ends the figures, ``day`` is that of states."""

    async def __call__(
        self,
        session: AsyncSession,
        enterprises: Sequence[EnterpriseRow],
        wanted: Collection[str],
        month: date,
        day: date,
    ) -> Facts: ...


async def registered_facts(
    session: AsyncSession, enterprises: Sequence[EnterpriseRow], wanted: Collection[str], month: date, day: date
) -> Facts:
    """What the registry, the lists and the vetoes say on the day."""
    ids = [row.enterprise_id for row in enterprises]
    kinds = await kinds_of(session, ids, day) if "lists" in wanted else {}
    vetoes = await standing_vetoes(session, ids, day, day) if {"vetoed", "vetoes"} & set(wanted) else {}
    return {
        row.enterprise_id: {
            "region_code": Fact(row.region_code),
            "sector_code": Fact(row.sector_code),
            "key_energy_user": Fact(row.key_energy_user),
            "lists": Fact(tuple(sorted(kinds.get(row.enterprise_id, ())))),
            "vetoed": Fact(bool(vetoes.get(row.enterprise_id))),
            "vetoes": Fact(tuple(sorted({veto.ground for veto in vetoes.get(row.enterprise_id, ())}))),
        }
        for row in enterprises
    }


SOURCES: tuple[FactSource, ...] = (registered_facts, economic_facts)


async def facts_of(
    session: AsyncSession, enterprises: Sequence[EnterpriseRow], wanted: Collection[str], month: date, day: date
) -> Facts:
    """The facts by enterprise: figures of the year up to ``month``, states on ``day``. What no source knows is
    absent."""
    found: dict[UUID, dict[str, Fact]] = {row.enterprise_id: {} for row in enterprises}
    for source in SOURCES:
        for enterprise_id, facts in (await source(session, enterprises, wanted, month, day)).items():
            found[enterprise_id].update(facts)
    return found


async def judge_enterprises(
    session: AsyncSession, enterprises: Sequence[EnterpriseRow], condition: str, day: date
) -> dict[UUID, Judgement]:
    """How each meets an entry condition on the day, by the figures of the year before it."""
    wanted = frozenset() if not condition else names(condition, ENTERPRISE)
    facts = await facts_of(session, enterprises, wanted, date(day.year - 1, 12, 1), day)
    return {row.enterprise_id: judge(condition, ENTERPRISE, facts[row.enterprise_id]) for row in enterprises}
