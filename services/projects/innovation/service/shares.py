"""High-tech share of output and intensity of R&D: from the enterprises' reports, else from verified records."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from services.projects.economy.domain.arithmetic import ratio
from services.projects.economy.errors import UnknownIndicator
from services.projects.economy.service.figures import Figure, month_figure
from services.projects.innovation.domain.records import RecordKind
from services.projects.innovation.repository.records import recorded_sum


class ShareKind(StrEnum):
    """高新技术产值占比 high-tech output, 研发投入强度 R&D spend: both of the output value."""

    HIGH_TECH_OUTPUT = "high_tech_output"
    RD_SPEND = "rd_spend"


class ShareSource(StrEnum):
    """月报 the economy's reports, 申报记录 verified records of the year."""

    ECONOMY = "economy"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class Share:
    """``percent`` of ``output_yuan``, exact; None with its reason. ``rows``: reports or records of the part."""

    kind: ShareKind
    part_yuan: Decimal | None
    source: ShareSource | None
    rows: int
    output_yuan: Decimal | None
    percent: Decimal | None
    reason: str | None
    complete: int
    expected: int


async def shares_of(ctx: Context, month: date, region_code: str | None) -> list[Share]:
    """Both shares of the year up to a month; records are those of whole years, so they stand in for December."""
    output = await _figure(ctx.session, "output_value", month, region_code)
    return [await _share(ctx.session, kind, month, region_code, output) for kind in ShareKind]


async def _share(
    session: AsyncSession, kind: ShareKind, month: date, region_code: str | None, output: Figure | None
) -> Share:
    figure = await _figure(session, kind.value, month, region_code)
    part, source, rows = (None, None, 0) if figure is None else (figure.value, ShareSource.ECONOMY, figure.rows)
    if part is None and month.month == 12:
        total, rows = await recorded_sum(session, RecordKind(kind.value), month.year, region_code)
        part, source = (None, None) if total is None else (Decimal(total), ShareSource.RECORDED)
    whole = None if output is None else output.value
    rate = ratio(part, whole)
    return Share(
        kind=kind,
        part_yuan=part,
        source=None if part is None else source,
        rows=rows,
        output_yuan=whole,
        percent=rate.value,
        reason=None if rate.reason is None else rate.reason.value,
        complete=0 if output is None else output.complete,
        expected=0 if output is None else output.expected,
    )


async def _figure(session: AsyncSession, indicator: str, month: date, region_code: str | None) -> Figure | None:
    try:
        return await month_figure(session, indicator, month, region_code=region_code, cumulative=True)
    except UnknownIndicator:
        return None
