"""SQL of regimes, of rounds, and of the projects that a round asks."""

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, false, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from libs.common.workdays import SHANGHAI
from services.projects.cadences.domain.regimes import Regime
from services.projects.cadences.tables import CadenceRegimeRow, CadenceRoundRow
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.domain.periods import Period
from services.projects.registry.repository import region_filter
from services.projects.registry.tables import PersonRow

_REGIME = TypeAdapter(Regime)
_REGIME_FIELDS = {spec.name for spec in fields(Regime)}

REGIMES = Listing(
    fields={
        "id": FilterField(col(CadenceRegimeRow.id), UUID),
        "code": FilterField(col(CadenceRegimeRow.code)),
        "name": FilterField(col(CadenceRegimeRow.name)),
        "region_code": region_filter(col(CadenceRegimeRow.region_code)),
        "template": FilterField(col(CadenceRegimeRow.template)),
        "valid_from": FilterField(col(CadenceRegimeRow.valid_from), date),
        "valid_to": FilterField(col(CadenceRegimeRow.valid_to), date),
    },
    sortable=("code", "name", "region_code", "valid_from"),
    default_sort="code,region_code,valid_from",
)
ROUNDS = Listing(
    fields={
        "id": FilterField(col(CadenceRoundRow.id), UUID),
        "regime_code": FilterField(col(CadenceRoundRow.regime_code)),
        "region_code": region_filter(col(CadenceRoundRow.region_code)),
        "level_code": FilterField(col(CadenceRoundRow.level_code)),
        "period": FilterField(col(CadenceRoundRow.period)),
        "last_on": FilterField(col(CadenceRoundRow.last_on), date),
        "due_on": FilterField(col(CadenceRoundRow.due_on), date),
    },
    sortable=("due_on", "last_on"),
    default_sort="-last_on",
)

# Regime, region, level and period of a round that has been made.
RoundKey = tuple[str, str | None, str, str]


@dataclass(frozen=True, slots=True)
class Enacted:
    """A regime in force, and the day it was put on record: it asks for no period that had ended before."""

    id: UUID
    created_on: date
    regime: Regime


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody at a post of a region."""

    region_code: str
    person_id: UUID
    unit_id: UUID


def regime_of(row: CadenceRegimeRow) -> Regime:
    return _REGIME.validate_python(row.model_dump(include=_REGIME_FIELDS))


async def enacted_regimes(session: AsyncSession) -> list[Enacted]:
    """All entries that are, were or will be in force somewhere, in one order."""
    statement = (
        select(CadenceRegimeRow).where(col(CadenceRegimeRow.template).is_(None)).order_by(col(CadenceRegimeRow.id))
    )
    return [Enacted(row.id, row.created_on, regime_of(row)) for row in await session.scalars(statement)]


async def regime_rows(session: AsyncSession, code: str, region_code: str | None) -> list[CadenceRegimeRow]:
    """The entries of one regime and exactly this region, in order of time."""
    statement = select(CadenceRegimeRow).where(
        col(CadenceRegimeRow.code) == code,
        col(CadenceRegimeRow.region_code).is_not_distinct_from(region_code),
        col(CadenceRegimeRow.template).is_(None),
    )
    return list((await session.scalars(statement.order_by(col(CadenceRegimeRow.valid_from)))).all())


async def template_regimes(session: AsyncSession, template: str) -> list[Regime]:
    statement = select(CadenceRegimeRow).where(col(CadenceRegimeRow.template) == template)
    return [regime_of(row) for row in await session.scalars(statement.order_by(col(CadenceRegimeRow.code)))]


async def list_regimes(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    statement = select(CadenceRegimeRow).where(dated_scope(col(CadenceRegimeRow.region_code), principal))
    return await query.page(session, statement)


async def list_rounds(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    # How many checks the county made tells an enterprise of its neighbours' projects.
    of_offices = false() if principal.is_enterprise_bound else true()
    statement = select(CadenceRoundRow).where(dated_scope(col(CadenceRoundRow.region_code), principal), of_offices)
    return await query.page(session, statement)


async def made_rounds(session: AsyncSession, codes: Collection[str]) -> set[RoundKey]:
    """Keys of the rounds of some regimes that have been made."""
    columns = (
        col(CadenceRoundRow.regime_code),
        col(CadenceRoundRow.region_code),
        col(CadenceRoundRow.level_code),
        col(CadenceRoundRow.period),
    )
    found = await session.execute(select(*columns).where(col(CadenceRoundRow.regime_code).in_(codes)))
    return {(regime, region, level, period) for regime, region, level, period in found}


async def reporting_projects(
    session: AsyncSession, regime: Regime, elsewhere: Iterable[str], period: Period, *, size: int
) -> AsyncIterator[list[ProjectRow]]:
    """The projects that a regime asks for a period, by id and ``size`` at once.

    ``elsewhere`` are regions inside its own with an entry of their own. What came into the ledger, was signed or
    became a key project after the period had nothing to report of it.
    """
    place = None
    chosen = _asked(regime, elsewhere, period)
    while True:
        statement = select(ProjectRow).where(*chosen).order_by(col(ProjectRow.id)).limit(size)
        if place is not None:
            statement = statement.where(col(ProjectRow.id) > place)
        rows = list((await session.scalars(statement)).all())
        if not rows:
            return
        yield rows
        place = rows[-1].id


def _asked(regime: Regime, elsewhere: Iterable[str], period: Period) -> list[ColumnElement[bool]]:
    region = col(ProjectRow.region_code)
    after = datetime.combine(period.last + timedelta(days=1), time(), SHANGHAI)
    chosen: list[ColumnElement[bool]] = [
        col(ProjectRow.stage).in_([stage.value for stage in regime.stages]),
        col(ProjectRow.created_at) < after,
        or_(col(ProjectRow.signed_on).is_(None), col(ProjectRow.signed_on) <= period.last),
    ]
    if regime.region_code is not None:
        chosen.append(region.startswith(regions.prefix(regime.region_code)))
    chosen += [not_(region.startswith(regions.prefix(code))) for code in elsewhere]
    if regime.kinds:
        chosen.append(col(ProjectRow.kind).in_([kind.value for kind in regime.kinds]))
    if regime.size_bands:
        chosen.append(col(ProjectRow.size_band).in_(regime.size_bands))
    if regime.key_only:
        chosen.append(and_(col(ProjectRow.is_key), col(ProjectRow.key_since) <= period.last))
    return chosen


async def holders_of(session: AsyncSession, post: str) -> dict[str, Holder]:
    """Who holds a post, by region; of several the one with the smallest code."""
    statement = (
        select(PersonRow)
        .where(col(PersonRow.post) == post, col(PersonRow.active), col(PersonRow.deleted_at).is_(None))
        .order_by(col(PersonRow.code))
    )
    found: dict[str, Holder] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.region_code, Holder(row.region_code, row.person_id, row.unit_id))
    return found
