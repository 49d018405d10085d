"""Lists: made, amended, and who could enter them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.duties.service import demand_entries
from services.projects.lists.domain.facts import ENTERPRISE, Judgement, check
from services.projects.lists.domain.lists import ListKind, Reporting
from services.projects.lists.errors import ListCodeTaken, ListEndsBeforeItBegins, ListKindFixed
from services.projects.lists.repository import lists as repository
from services.projects.lists.service.facts import judge_enterprises
from services.projects.lists.tables import EnterpriseListRow
from services.projects.registry.repository import lock_key
from services.projects.registry.service.recording import demand_region
from services.projects.registry.tables import EnterpriseRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDraft:
    code: str
    name: str
    kind: ListKind
    region_code: str
    valid_from: date
    valid_to: date | None
    condition: str
    basis: str
    unit_id: UUID | None
    reporting: Reporting | None


def reporting_of(row: EnterpriseListRow) -> Reporting | None:
    if row.progress_months is None or row.progress_day is None:
        return None
    return Reporting(row.progress_months, row.progress_day)


async def create_list(ctx: Context, draft: ListDraft) -> EnterpriseListRow:
    """Raises ListCodeTaken, ConditionMalformed, ListEndsBeforeItBegins, EntryUnknown, UnknownRegion, NotFound."""
    await demand_region(ctx, draft.region_code)
    await lock_key(ctx.session, "enterprise_list", draft.code)
    if await repository.list_by_code(ctx.session, draft.code) is not None:
        raise ListCodeTaken(list_code=draft.code, errors=[FieldError("entry.exists", "/code")])
    reporting = draft.reporting
    row = EnterpriseListRow(
        id=ctx.new_id(),
        code=draft.code,
        name=draft.name,
        kind=draft.kind.value,
        region_code=draft.region_code,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        condition=draft.condition,
        basis=draft.basis,
        unit_id=draft.unit_id,
        progress_months=None if reporting is None else reporting.months,
        progress_day=None if reporting is None else reporting.day,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        version=1,
        updated_at=ctx.now,
    )
    await _demand_sound(ctx, row)
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def read_list(ctx: Context, list_id: UUID) -> EnterpriseListRow:
    """A list of the caller's subtree or of a region above it. Raises NotFound."""
    row = await repository.find_list(ctx.session, list_id)
    if row is None or not await repository.may_see(ctx.session, ctx.principal, list_id):
        raise NotFound
    return row


async def open_list(ctx: Context, list_id: UUID) -> EnterpriseListRow:
    """The list, locked, to be changed or filled. Raises NotFound outside of the caller's subtree."""
    row = await repository.find_list(ctx.session, list_id, lock=True)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row


async def amend_list(ctx: Context, row: EnterpriseListRow, facts: Mapping[str, Any]) -> EnterpriseListRow:
    """Change a locked list; nothing happens when it is so already. What members owe follows with their next entry.

    Raises ListKindFixed, ConditionMalformed, ListEndsBeforeItBegins, EntryUnknown.
    """
    changes = {name: value for name, value in facts.items() if getattr(row, name) != value}
    if not changes:
        return row
    if "kind" in changes and await repository.has_members(ctx.session, row.id):
        raise ListKindFixed(errors=[FieldError("list.kind_fixed", "/kind")])
    for name, value in changes.items():
        setattr(row, name, value)
    with ctx.session.no_autoflush:
        # Else the database refuses first what is asked about here, as a fault of ours.
        await _demand_sound(ctx, row)
    row.advance(ctx.now)
    await ctx.session.flush()
    return row


async def candidates(
    ctx: Context, row: EnterpriseListRow, day: date | None
) -> list[tuple[EnterpriseRow, Judgement]]:
    """Enterprises of the list's region that are not on it, each with how it meets the condition."""
    day = day or today_of(ctx)
    members = await repository.enterprise_ids_of(ctx.session, row.id, day)
    rows = await repository.enterprises_in(ctx.session, row.region_code, members)
    judged = await judge_enterprises(ctx.session, rows, row.condition, day)
    return [(one, judged[one.enterprise_id]) for one in rows]


async def _demand_sound(ctx: Context, row: EnterpriseListRow) -> None:
    check(row.condition, ENTERPRISE, "/condition")
    if row.valid_to is not None and row.valid_to <= row.valid_from:
        raise ListEndsBeforeItBegins(errors=[FieldError("rule.ends_before_it_begins", "/valid_to")])
    await demand_entries(ctx, units={"/unit_id": row.unit_id})
