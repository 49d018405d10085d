"""SQL of rules and of their tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Text, cast, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from libs.common.remember import remembered
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.warnings.domain.rules import Rule, RuleInForce
from services.alerts.warnings.repository.regions import within
from services.alerts.warnings.tables import RuleRow, RuleTestRow


@lru_cache(maxsize=2048)
def _rule_of(definition: str) -> Rule:
    """A rule as it is stored; revisions never change, so that one text is read once."""
    return Rule.model_validate_json(definition)


@remembered
async def list_rules_in_force(session: AsyncSession, opened_type: str, at: datetime) -> list[RuleInForce]:
    """Of each rule for the event type the newest revision whose period holds `at`."""
    statement = (
        select(
            col(RuleRow.code),
            col(RuleRow.revision),
            col(RuleRow.opened_type),
            cast(col(RuleRow.definition), Text).label("definition"),
        )
        .where(
            col(RuleRow.valid_from) <= at,
            or_(col(RuleRow.valid_until).is_(None), col(RuleRow.valid_until) > at),
        )
        .ext(distinct_on(col(RuleRow.code)))
        .order_by(col(RuleRow.code), col(RuleRow.revision).desc())
    )
    rows = await session.execute(statement)
    # The type is compared afterwards: a newer revision may have turned to another event.
    return [
        RuleInForce(row.code, row.revision, _rule_of(row.definition))
        for row in rows
        if row.opened_type == opened_type
    ]


def _newest() -> ColumnElement[bool]:
    newer = aliased(RuleRow)
    newest = select(func.max(newer.revision)).where(col(newer.code) == col(RuleRow.code)).scalar_subquery()
    return col(RuleRow.revision) == newest


def _said(name: str) -> ColumnElement[Any]:
    said: ColumnElement[Any] = cast(col(RuleRow.definition), JSONB)[name].astext
    return said


RULES = Listing(
    fields={
        "code": FilterField(col(RuleRow.code)),
        "opened_type": FilterField(col(RuleRow.opened_type)),
        "region_code": FilterField(_said("region_code"), own={"within": within}),
        "policy_code": FilterField(_said("policy_code")),
        "object_type": FilterField(_said("object_type")),
        "route": FilterField(_said("route")),
        "owner_person_id": FilterField(_said("owner_person_id")),
        "owner_unit_id": FilterField(_said("owner_unit_id")),
        "enabled": FilterField(cast(_said("enabled"), Boolean), bool),
        "changed_by": FilterField(col(RuleRow.changed_by)),
        "changed_at": FilterField(col(RuleRow.changed_at), datetime),
        "valid_from": FilterField(col(RuleRow.valid_from), datetime),
        "valid_until": FilterField(col(RuleRow.valid_until), datetime),
    },
    sortable=("code", "changed_at"),
    default_sort="code",
    key="code",
)


async def page_rules(session: AsyncSession, query: ListQuery) -> Page[Any]:
    """The newest revision of each rule."""
    return await query.page(session, select(RuleRow).where(_newest()))


async def find_revision(session: AsyncSession, code: str, revision: int) -> RuleRow | None:
    return await session.get(RuleRow, (code, revision))


async def list_rule_revisions(session: AsyncSession, code: str) -> Sequence[RuleRow]:
    """All revisions of a rule, newest first."""
    statement = select(RuleRow).where(col(RuleRow.code) == code).order_by(col(RuleRow.revision).desc())
    return (await session.scalars(statement)).all()


async def was_tested(session: AsyncSession, digest: str) -> bool:
    """Whether exactly this rule was tested against stored events."""
    statement = select(col(RuleTestRow.id)).where(col(RuleTestRow.digest) == digest).limit(1)
    return await session.scalar(statement) is not None


async def list_rule_tests(session: AsyncSession, code: str, limit: int = 100) -> Sequence[RuleTestRow]:
    """Tests of a rule under its code, newest first."""
    statement = select(RuleTestRow).where(col(RuleTestRow.code) == code).order_by(col(RuleTestRow.id).desc())
    return (await session.scalars(statement.limit(limit))).all()
