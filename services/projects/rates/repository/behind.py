"""The projects behind a figure, as a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.ledger.tables import ProjectRow
from services.projects.rates.domain.measures import Measure
from services.projects.rates.domain.question import Question
from services.projects.rates.repository.shares import ShareColumns, Shares
from services.projects.registry.repository import region_filter


class Part(StrEnum):
    """分子 numerator, 分母 denominator, 分母中未达到者 outstanding, 数据不全 unusable."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    OUTSTANDING = "outstanding"
    UNUSABLE = "unusable"


BEHIND = Listing(
    fields={
        "id": FilterField(col(ProjectRow.id), UUID),
        "code": FilterField(col(ProjectRow.code)),
        "name": FilterField(col(ProjectRow.name)),
        "kind": FilterField(col(ProjectRow.kind), ProjectKind),
        "region_code": region_filter(col(ProjectRow.region_code)),
        "signed_on": FilterField(col(ProjectRow.signed_on), date),
        "contract_amount_yuan": FilterField(col(ProjectRow.contract_amount_yuan), int),
    },
    sortable=("code", "name", "signed_on", "region_code", "contract_amount_yuan"),
)


@dataclass(frozen=True, slots=True)
class Behind:
    """One project behind a figure, with its amounts: projects or whole yuan, None where it is unusable."""

    project: ProjectRow
    start_due_on: date | None
    started_on: date | None
    production_due_on: date | None
    in_production_on: date | None
    numerator: int | None
    denominator: int | None
    reason: str | None


async def list_behind(
    session: AsyncSession, question: Question, measure: Measure, part: Part, principal: Principal, query: ListQuery
) -> Page[Behind]:
    shares = Shares(question, principal)
    share = shares.of(measure)
    statement = (
        select(
            ProjectRow,
            shares.start_due_on,
            shares.started_on,
            shares.production_due_on,
            shares.in_production_on,
            share.numerator.label("numerator"),
            share.denominator.label("denominator"),
            share.reason.label("reason"),
        )
        .select_from(shares.source)
        .where(*shares.where, _stands(part, share))
    )
    page: Page[Any] = await query.page(session, statement)
    return Page([_behind(*row) for row in page.items], page.next_cursor)


def _stands(part: Part, share: ShareColumns) -> ColumnElement[bool]:
    match part:
        case Part.NUMERATOR:
            return and_(share.counts, share.numerator > 0)
        case Part.DENOMINATOR:
            return share.counts
        case Part.OUTSTANDING:
            return and_(share.counts, share.numerator == 0)
        case Part.UNUSABLE:
            return share.reason.is_not(None)


def _behind(project: ProjectRow, *facts: Any) -> Behind:
    start_due_on, started_on, production_due_on, in_production_on, numerator, denominator, reason = facts
    return Behind(
        project=project,
        start_due_on=start_due_on,
        started_on=started_on,
        production_due_on=production_due_on,
        in_production_on=in_production_on,
        numerator=None if reason else int(numerator),
        denominator=None if reason else int(denominator),
        reason=reason,
    )
