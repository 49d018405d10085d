"""Members of lists: judged when they enter, led by somebody, and gone with a reason."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.projects import ListMemberRecordedV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.duties.service import demand_entries
from services.projects.lists.domain.facts import EntryVerdict
from services.projects.lists.errors import (
    DayAhead,
    DayBeforeEntry,
    EnterpriseElsewhere,
    EntryNotMet,
    ListNotValid,
    MemberExists,
    MemberLeft,
)
from services.projects.lists.repository import follow_up
from services.projects.lists.repository import lists as repository
from services.projects.lists.service.facts import judge_enterprises
from services.projects.lists.service.lists import reporting_of
from services.projects.lists.service.watching import settle_member
from services.projects.lists.tables import EnterpriseListRow, ListMemberRow
from services.projects.registry.errors import EntryUnknown
from services.projects.registry.repository import enterprise_of
from services.projects.registry.tables import EnterpriseRow


@dataclass(frozen=True, slots=True)
class Member:
    """A membership with its list and enterprise; its row is locked when it is to be written."""

    row: ListMemberRow
    list: EnterpriseListRow
    enterprise: EnterpriseRow

    @property
    def stands(self) -> bool:
        return self.row.left_on is None


@dataclass(frozen=True, slots=True)
class MemberDraft:
    enterprise_id: UUID
    joined_on: date | None
    leader_person_id: UUID | None
    unit_id: UUID | None
    entry_reason: str


async def read_member(ctx: Context, member_id: UUID) -> Member:
    """Raises NotFound."""
    return await _find(ctx, member_id, lock=False)


async def open_member(ctx: Context, member_id: UUID, *, standing: bool = True) -> Member:
    """The membership, locked until the transaction ends. Raises NotFound, MemberLeft."""
    member = await _find(ctx, member_id, lock=True)
    if standing and not member.stands:
        raise MemberLeft(left_on=member.row.left_on)
    return member


async def _find(ctx: Context, member_id: UUID, *, lock: bool) -> Member:
    found = await repository.find_member(ctx.session, member_id, lock=lock)
    if found is None:
        raise NotFound
    row, listed, enterprise = found
    ensure_region(ctx.principal, row.region_code)
    ensure_enterprise(ctx.principal, row.enterprise_id)
    return Member(row, listed, enterprise)


async def add_member(ctx: Context, listed: EnterpriseListRow, draft: MemberDraft) -> Member:
    """Put an enterprise on a locked list. Who does not meet the condition enters with a reason.

    Raises EntryUnknown, EnterpriseElsewhere, ListNotValid, DayAhead, MemberExists, EntryNotMet.
    """
    today = today_of(ctx)
    joined_on = demand_past(draft.joined_on, today, "/joined_on")
    if joined_on < listed.valid_from or (listed.valid_to is not None and joined_on >= listed.valid_to):
        raise ListNotValid(on=joined_on, errors=[FieldError("list.not_valid", "/joined_on")])
    enterprise = await enterprise_of(ctx.session, draft.enterprise_id)
    if enterprise is None:
        raise EntryUnknown(fields=["enterprise_id"], errors=[FieldError("reference.unknown", "/enterprise_id")])
    if not regions.contains(listed.region_code, enterprise.region_code):
        raise EnterpriseElsewhere(region_code=enterprise.region_code, list_region_code=listed.region_code)
    await demand_entries(
        ctx, persons={"/leader_person_id": draft.leader_person_id}, units={"/unit_id": draft.unit_id}
    )
    latest = await repository.latest_membership(ctx.session, listed.id, enterprise.enterprise_id)
    if latest is not None and (latest.left_on is None or latest.left_on > joined_on):
        raise MemberExists(member_id=latest.id, joined_on=latest.joined_on)
    judgement = (await judge_enterprises(ctx.session, [enterprise], listed.condition, joined_on))[
        enterprise.enterprise_id
    ]
    if judgement.verdict is not EntryVerdict.MET and not draft.entry_reason:
        raise EntryNotMet(
            verdict=judgement.verdict,
            condition=listed.condition,
            errors=[FieldError("fact.required", "/entry_reason")],
        )
    reporting = reporting_of(listed)
    owed_from = None if reporting is None else reporting.period_of(joined_on)
    row = ListMemberRow(
        id=ctx.new_id(),
        list_id=listed.id,
        enterprise_id=enterprise.enterprise_id,
        region_code=enterprise.region_code,
        joined_on=joined_on,
        leader_person_id=draft.leader_person_id,
        unit_id=draft.unit_id or listed.unit_id,
        verdict=judgement.verdict.value,
        entry=to_jsonable_python({"condition": listed.condition, **asdict(judgement)}),
        entry_reason=draft.entry_reason,
        owed_from=owed_from,
        progress_due_on=None if reporting is None or owed_from is None else reporting.due_on(owed_from),
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        version=0,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    member = Member(row, listed, enterprise)
    await store_member(ctx, member)
    return member


async def amend_member(ctx: Context, member: Member, facts: Mapping[str, Any]) -> Member:
    """Change leader or unit of a locked membership. Raises EntryUnknown."""
    changes = {name: value for name, value in facts.items() if getattr(member.row, name) != value}
    if not changes:
        return member
    await demand_entries(
        ctx,
        persons={"/leader_person_id": changes.get("leader_person_id")},
        units={"/unit_id": changes.get("unit_id")},
    )
    for name, value in changes.items():
        setattr(member.row, name, value)
    await store_member(ctx, member)
    return member


async def end_membership(ctx: Context, member: Member, left_on: date | None, reason: str) -> Member:
    """The enterprise is off the list from the day on; what it owed it owes no more.

    Raises DayAhead, DayBeforeEntry.
    """
    left_on = demand_past(left_on, today_of(ctx), "/left_on")
    if left_on <= member.row.joined_on:
        fault = FieldError("list.day_before_entry", "/left_on")
        raise DayBeforeEntry(on=left_on, joined_on=member.row.joined_on, errors=[fault])
    row = member.row
    row.left_on, row.left_reason, row.owed_from, row.progress_due_on = left_on, reason, None, None
    await store_member(ctx, member)
    await settle_member(ctx, row, member.list, member.enterprise)
    return member


def demand_past(on: date | None, today: date, pointer: str) -> date:
    """The day, today if none is said. Raises DayAhead."""
    on = on or today
    if on > today:
        raise DayAhead(on=on, today=today, errors=[FieldError("date.in_future", pointer)])
    return on


def demand_since_entry(row: ListMemberRow, on: date | None, today: date) -> date:
    """The day, which lies in the membership. Raises DayAhead, DayBeforeEntry."""
    on = demand_past(on, today, "/on")
    if on < row.joined_on:
        fault = FieldError("list.day_before_entry", "/on")
        raise DayBeforeEntry(on=on, joined_on=row.joined_on, errors=[fault])
    return on


async def store_member(ctx: Context, member: Member) -> None:
    """The next version of a membership, and its event."""
    row = member.row
    row.advance(ctx.now)
    await ctx.session.flush()
    reform = await follow_up.find_reform(ctx.session, row.id)
    payload = ListMemberRecordedV1(
        member_id=row.id,
        list_id=member.list.id,
        list_code=member.list.code,
        list_name=member.list.name,
        list_kind=member.list.kind,
        enterprise_id=row.enterprise_id,
        joined_on=row.joined_on,
        left_on=row.left_on,
        leader_person_id=row.leader_person_id,
        unit_id=row.unit_id,
        verdict=row.verdict,
        pilot_stage=row.pilot_stage,
        reform_stage=None if reform is None else reform.stage,
    )
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )
