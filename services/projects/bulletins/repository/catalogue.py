"""SQL of templates and of the lists' rules."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.bulletins.domain.lists import Colour, Comparison, Criterion, ListRule, SubjectKind
from services.projects.bulletins.domain.periods import BulletinKind
from services.projects.bulletins.domain.templates import Addressee, SectionChoice, Template
from services.projects.bulletins.tables import BulletinListRuleRow, BulletinTemplateRow
from services.projects.registry.repository import region_filter

_SECTIONS = TypeAdapter(tuple[SectionChoice, ...])
ADDRESSEES = TypeAdapter(tuple[Addressee, ...])

TEMPLATES = Listing(
    fields={
        "id": FilterField(col(BulletinTemplateRow.id), UUID),
        "kind": FilterField(col(BulletinTemplateRow.kind), BulletinKind),
        "region_code": region_filter(col(BulletinTemplateRow.region_code)),
        "valid_from": FilterField(col(BulletinTemplateRow.valid_from), date),
    },
    sortable=("kind", "valid_from"),
    default_sort="kind",
)
LIST_RULES = Listing(
    fields={
        "id": FilterField(col(BulletinListRuleRow.id), UUID),
        "code": FilterField(col(BulletinListRuleRow.code)),
        "colour": FilterField(col(BulletinListRuleRow.colour), Colour),
        "criterion": FilterField(col(BulletinListRuleRow.criterion), Criterion),
        "region_code": region_filter(col(BulletinListRuleRow.region_code)),
        "active": FilterField(col(BulletinListRuleRow.active), bool, frozenset({"eq"})),
        "valid_from": FilterField(col(BulletinListRuleRow.valid_from), date),
    },
    sortable=("code", "valid_from"),
    default_sort="code",
)


def template_of(row: BulletinTemplateRow) -> Template:
    return Template(
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        kind=BulletinKind(row.kind),
        organ=row.organ,
        signer=row.signer,
        number_word=row.number_word,
        title_zh=row.title_zh,
        title_en=row.title_en,
        addressees=row.addressees,
        copies=row.copies,
        sections=_SECTIONS.validate_python(row.sections),
        recipients=ADDRESSEES.validate_python(row.recipients),
        confirm_days=row.confirm_days,
    )


def rule_of(row: BulletinListRuleRow) -> ListRule:
    return ListRule(
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        code=row.code,
        colour=Colour(row.colour),
        criterion=Criterion(row.criterion),
        comparison=Comparison(row.comparison),
        subject=None if row.subject is None else SubjectKind(row.subject),
        threshold=row.threshold,
        min_amount=row.min_amount,
        kinds=tuple(row.kinds),
        min_level=row.min_level,
        most=row.most,
        reason_zh=row.reason_zh,
        reason_en=row.reason_en,
        active=row.active,
    )


async def templates_of_kind(session: AsyncSession, kind: BulletinKind) -> list[BulletinTemplateRow]:
    statement = select(BulletinTemplateRow).where(col(BulletinTemplateRow.kind) == kind.value)
    return list((await session.scalars(statement)).all())


async def same_templates(
    session: AsyncSession, kind: BulletinKind, region_code: str | None
) -> list[BulletinTemplateRow]:
    """The templates of one kind and exactly this region, in order of time."""
    statement = (
        select(BulletinTemplateRow)
        .where(
            col(BulletinTemplateRow.kind) == kind.value,
            col(BulletinTemplateRow.region_code).is_not_distinct_from(region_code),
        )
        .order_by(col(BulletinTemplateRow.valid_from))
    )
    return list((await session.scalars(statement)).all())


async def all_rules(session: AsyncSession) -> list[ListRule]:
    return [rule_of(row) for row in await session.scalars(select(BulletinListRuleRow))]


async def same_rules(session: AsyncSession, code: str, region_code: str | None) -> list[BulletinListRuleRow]:
    statement = (
        select(BulletinListRuleRow)
        .where(
            col(BulletinListRuleRow.code) == code,
            col(BulletinListRuleRow.region_code).is_not_distinct_from(region_code),
        )
        .order_by(col(BulletinListRuleRow.valid_from))
    )
    return list((await session.scalars(statement)).all())


async def list_templates(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[BulletinTemplateRow]:
    scope = dated_scope(col(BulletinTemplateRow.region_code), principal)
    return await query.page(session, select(BulletinTemplateRow).where(scope))


async def list_rules(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[BulletinListRuleRow]:
    scope = dated_scope(col(BulletinListRuleRow.region_code), principal)
    return await query.page(session, select(BulletinListRuleRow).where(scope))
