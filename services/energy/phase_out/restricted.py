"""Who is restricted first in orderly use (S21): enterprises that are to be phased out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common import regions
from services.energy.phase_out import repository, standard_repository, wording


@dataclass(frozen=True, slots=True)
class Restricted:
    """An enterprise with its open cases on the day; the reasons name them."""

    enterprise_id: UUID
    enterprise_name: str
    case_ids: tuple[UUID, ...]
    since: date
    reason_zh: str
    reason_en: str


async def restricted_enterprises(
    session: AsyncSession, day: date, region_code: str | None = None
) -> dict[UUID, Restricted]:
    """Enterprises with a case that was listed and not ended on the day, in the region's subtree or everywhere.

    From listing until it has passed or is closed; a case that was withdrawn never counted.
    """
    prefix = None if region_code is None else regions.prefix(region_code)
    cases = await repository.restricted(session, day, prefix)
    standards = await standard_repository.standards_by_id(session, {case.standard_id for case in cases})
    found: dict[UUID, Restricted] = {}
    for case in cases:
        zh, en = wording.restricted(case, standards[case.standard_id].name)
        known = found.get(case.enterprise_id)
        found[case.enterprise_id] = Restricted(
            case.enterprise_id,
            case.enterprise_name,
            (*(known.case_ids if known else ()), case.id),
            known.since if known else case.listed_on,
            f"{known.reason_zh}；{zh}" if known else zh,
            f"{known.reason_en}; {en}" if known else en,
        )
    return found
