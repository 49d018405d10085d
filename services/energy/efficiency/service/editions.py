"""Quarters of the contest, frozen with their rows; an appeal that is upheld makes a new edition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy import ContestPlace, EnergyContestFrozenV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.web.problems import FieldError
from services.energy.efficiency.domain.contest import Placed
from services.energy.efficiency.domain.intensities import Intensity
from services.energy.efficiency.errors import AppealClosed, EditionExists, QuarterNotOver
from services.energy.efficiency.repository import contests as repository
from services.energy.efficiency.repository.scopes import lock_key
from services.energy.efficiency.service.contests import Quarter, standing_of
from services.energy.efficiency.service.placing import columns_of
from services.energy.efficiency.tables import AppealRow, EditionRow, EntryRow

# What an event's payload holds of the ranked.
_PLACES_TOLD: Final = 500


async def freeze(ctx: Context, quarter: Quarter, reason: str) -> EditionRow:
    """Freeze the standing as the quarter's next edition; another than the first needs a reason.

    Raises NotFound, ContestUnknown, QuarterNotOver, EditionExists.
    """
    if quarter.last_day >= today_of(ctx):
        raise QuarterNotOver(year=quarter.year, quarter=quarter.quarter)
    rule, placed = await standing_of(ctx, quarter)
    await lock_key(ctx.session, "contest_edition", f"{quarter.code}:{quarter.region_code}:{quarter.months[0]}")
    latest = await repository.latest_edition(
        ctx.session, quarter.code, quarter.region_code, quarter.year, quarter.quarter
    )
    if latest is not None and not reason:
        raise EditionExists(edition=latest.edition, errors=[FieldError("contest.reason_required", "/reason")])
    ranked = sum(one.rank is not None for one in placed)
    edition = EditionRow(
        id=ctx.new_id(),
        contest_code=quarter.code,
        contest_name=rule.name,
        region_code=quarter.region_code,
        year=quarter.year,
        quarter=quarter.quarter,
        edition=1 if latest is None else latest.edition + 1,
        reason=reason,
        rule=_plain(columns_of(rule)),
        ranked=ranked,
        excluded=len(placed) - ranked,
        frozen_at=ctx.now,
        frozen_by=ctx.principal.subject,
    )
    ctx.session.add(edition)
    await ctx.session.flush()
    ctx.session.add_all(entry_of(ctx, edition.id, position, one) for position, one in enumerate(placed, start=1))
    await ctx.session.flush()
    await _tell(ctx, edition, placed)
    return edition


async def _tell(ctx: Context, edition: EditionRow, placed: Sequence[Placed]) -> None:
    places = tuple(
        ContestPlace(
            rank=one.rank,
            enterprise_id=one.candidate.enterprise_id,
            name=one.candidate.name,
            region_code=one.candidate.region_code,
            total=float(one.total),
            intensity=float(one.candidate.now.value),
        )
        for one in placed[:_PLACES_TOLD]
        if one.rank is not None and one.total is not None and one.candidate.now.value is not None
    )
    payload = EnergyContestFrozenV1(
        edition_id=edition.id,
        contest_code=edition.contest_code,
        contest_name=edition.contest_name,
        region_code=edition.region_code,
        year=edition.year,
        quarter=edition.quarter,
        edition=edition.edition,
        reason=edition.reason,
        ranked=edition.ranked,
        excluded=edition.excluded,
        places=places,
    )
    await record_event(ctx, payload, subject=str(edition.id), aggregate_version=1, region_code=edition.region_code)


def entry_of(ctx: Context, edition_id: UUID, position: int, placed: Placed) -> EntryRow:
    """A row of the standing, with what it was made of."""
    one = placed.candidate
    facts = {
        "now": _facts_of(one.now),
        "before": None if one.before is None else _facts_of(one.before),
        "benchmark": None if one.benchmark is None else columns_of(one.benchmark),
        "quality": columns_of(one.quality),
        "savings": None if one.position is None else dict(one.position.savings),
        "next_level": None if one.position is None else one.position.next_level,
    }
    return EntryRow(
        id=ctx.new_id(),
        edition_id=edition_id,
        position=position,
        rank=placed.rank,
        enterprise_id=one.enterprise_id,
        credit_code=one.credit_code,
        name=one.name,
        region_code=one.region_code,
        sector_code=one.sector_code,
        exclusion=None if placed.exclusion is None else placed.exclusion.value,
        total=placed.total,
        level_score=placed.level,
        improvement_score=placed.improvement,
        quality_score=placed.quality,
        intensity=one.now.value,
        intensity_before=None if one.before is None else one.before.value,
        improvement_percent=one.improvement_percent,
        standing=None if one.position is None else one.position.standing.value,
        facts=_plain(facts),
    )


def _facts_of(intensity: Intensity) -> dict[str, Any]:
    facts = columns_of(intensity)
    facts["reasons"] = [columns_of(reason) for reason in intensity.reasons]
    return facts


def _plain(value: Any) -> Any:
    """As JSON keeps it: decimals and days as text."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Decimal | date) else value


async def file_appeal(ctx: Context, edition: EditionRow, enterprise_id: UUID, text: str, on: date) -> AppealRow:
    """Record an objection to an edition that stands. Raises EntryUnknown, AppealClosed."""
    entry = await repository.get_entry(ctx.session, ctx.principal, edition, enterprise_id)
    await _demand_latest(ctx, edition)
    row = AppealRow(
        id=ctx.new_id(),
        edition_id=edition.id,
        enterprise_id=enterprise_id,
        region_code=entry.region_code,
        text=text,
        filed_on=on,
        status="open",
        version=1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def _demand_latest(ctx: Context, edition: EditionRow) -> None:
    latest = await repository.latest_edition(
        ctx.session, edition.contest_code, edition.region_code, edition.year, edition.quarter
    )
    if latest is not None and latest.id != edition.id:
        raise AppealClosed(edition=latest.edition)


async def decide_appeal(ctx: Context, row: AppealRow, *, is_upheld: bool, decision: str, on: date) -> AppealRow:
    """Decide a locked appeal; upheld, the quarter is frozen anew from the figures as they are now.

    Raises AppealClosed and as :func:`freeze`.
    """
    edition = await repository.get_edition(ctx.session, ctx.principal, row.edition_id)
    if row.status != "open":
        raise AppealClosed(edition=edition.edition)
    row.status = "upheld" if is_upheld else "dismissed"
    row.decision, row.decided_on, row.decided_by = decision, on, ctx.principal.subject
    if is_upheld:
        quarter = Quarter(edition.contest_code, edition.region_code, edition.year, edition.quarter)
        row.resulting_edition_id = (await freeze(ctx, quarter, decision)).id
    row.advance(ctx.now, ctx.principal.subject)
    await ctx.session.flush()
    return row
