"""Figures that count what stands in the books: innovation and honours (S31), conditions that were opened (S26)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.contracts.projects.conditions import ProjectConditionKind
from services.projects.contest.domain.adding import for_everybody, of_counts
from services.projects.contest.domain.measuring import Ask, GrowthBasis, MeasureInfo, Measurement, SourceRow
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.contest.domain.wording import OWN_CONDITIONS
from services.projects.contest.repository import records as repository
from services.projects.innovation.domain.records import RecordKind

_ONE: Final = Decimal(1)
_OF_ENTERPRISES: Final = frozenset({ParticipantKind.TOWNSHIP, ParticipantKind.ENTERPRISE})
_EVERYBODY: Final = frozenset(ParticipantKind)
_RECORDS: Final = {
    "patents": (RecordKind.PATENT, False),
    "inventions": (RecordKind.PATENT, True),
    "products": (RecordKind.PRODUCT, False),
    "brands": (RecordKind.BRAND, False),
    "agreements": (RecordKind.AGREEMENT, False),
}
_HONOURS: Final = "honours"
# What a standing itself warns of takes no points in the next one.
_COUNTED: Final = tuple(sorted(set(ProjectConditionKind) - OWN_CONDITIONS))
_ANY: Final = "any"


def _row(
    ask: Ask, kind: str, key: UUID, code: str, name: str, on: date, known_at: datetime | None, note: str
) -> SourceRow:
    is_now = on >= ask.first_on
    return SourceRow(
        kind,
        str(key),
        code,
        name,
        _ONE if is_now else None,
        base=None if is_now else _ONE,
        known_at=known_at,
        note=note,
    )


class InnovationSource:
    """A ComponentSource: verified records that began in the quarter, and honours decided in it."""

    code = "innovation"

    async def measures(self, session: AsyncSession) -> tuple[MeasureInfo, ...]:
        return tuple(
            MeasureInfo(
                code=code,
                unit="honours" if code == _HONOURS else "records",
                growth=GrowthBasis.DIFFERENCE,
                kinds=_OF_ENTERPRISES,
            )
            for code in (*_RECORDS, _HONOURS)
        )

    async def measure(self, ctx: Context, ask: Ask, measure: str) -> Mapping[UUID, Measurement]:
        kind = "honour_nomination" if measure == _HONOURS else "innovation_record"
        found: list[Any]
        if measure == _HONOURS:
            found = await repository.honours(ctx.session, ask, ask.periods)
        else:
            record, inventions = _RECORDS[measure]
            found = await repository.innovations(ctx.session, ask, record, ask.periods, inventions=inventions)
        rows = [
            (participant_id, _row(ask, kind, key, code or "", name, on, known_at, f"{on}"))
            for participant_id, key, code, name, on, known_at in found
        ]
        return for_everybody(ask, rows, of_counts)


class ConditionsSource:
    """A ComponentSource: conditions that opened in the quarter, of a kind or of any."""

    code = "conditions"

    async def measures(self, session: AsyncSession) -> tuple[MeasureInfo, ...]:
        return tuple(
            MeasureInfo(code=code, unit="conditions", growth=GrowthBasis.DIFFERENCE, kinds=_EVERYBODY)
            for code in (_ANY, *_COUNTED)
        )

    async def measure(self, ctx: Context, ask: Ask, measure: str) -> Mapping[UUID, Measurement]:
        kinds = _COUNTED if measure == _ANY else (measure,)
        rows = [
            (participant_id, _row(ask, "condition", key, code, name, on, known_at, kind))
            for participant_id, key, code, name, kind, on, known_at in await repository.conditions(
                ctx.session, ask, kinds, ask.periods
            )
        ]
        return for_everybody(ask, rows, of_counts)
