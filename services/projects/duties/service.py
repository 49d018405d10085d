"""Deadlines, references, the trail and the rules of duties."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from libs.common.context import Context
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import FieldError, MalformedRequest, NotFound
from libs.common.workdays import WorkCalendar
from services.projects.duties import repository
from services.projects.duties.domain.duty import Duty, check_due
from services.projects.duties.domain.rules import DutyKind, DutyRule, check_levels, rule_for
from services.projects.duties.errors import NoTerm
from services.projects.duties.tables import DutyRuleRow, DutyTable
from services.projects.ledger.repository import find_project
from services.projects.ledger.tables import ProjectRow
from services.projects.registry import repository as registry
from services.projects.registry.errors import EntryUnknown
from services.projects.registry.service.placing import demand_reach, place
from services.projects.registry.service.work_calendar import load_calendar


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day, or a number of working days, or neither: then the rule says."""

    due_on: date | None = None
    working_days: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules and the calendar of one transaction."""

    rules: tuple[DutyRule, ...]
    calendar: WorkCalendar

    def rule(self, kind: DutyKind, region_code: str, day: date) -> DutyRule | None:
        return rule_for(self.rules, kind, region_code, day)

    def due_on(self, kind: DutyKind, region_code: str, start: date, given: Deadline) -> date:
        """The last day in time; ``start`` is the day of what it is about: a problem raised, a meeting held.

        Not the day of entry: what comes in from paper had its days already, and may be overdue at once. Raises
        MalformedRequest, DueInPast, NoTerm, UnknownCalendarYear.
        """
        if given.due_on is not None:
            if given.working_days is not None:
                raise MalformedRequest(errors=[FieldError("deadline.given_twice", "/working_days")])
            return check_due(given.due_on, start)
        days = given.working_days
        if days is None:
            rule = self.rule(kind, region_code, start)
            if rule is None:
                raise NoTerm(kind=kind, errors=[FieldError("fact.required", "/due_on")])
            days = rule.threshold_days
        return self.calendar.add_working_days(start, days)


async def load_terms(ctx: Context) -> Terms:
    return Terms(await repository.all_rules(ctx.session), await load_calendar(ctx.session))


async def visible_project(ctx: Context, project_id: UUID, *, lock: bool = False) -> ProjectRow:
    """The project's row, locked if asked. Raises NotFound, also for one that the caller may not see."""
    row = await find_project(ctx.session, project_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    ensure_enterprise(ctx.principal, row.enterprise_id)
    return row


async def demand_entries(
    ctx: Context,
    *,
    persons: Mapping[str, UUID | None] | None = None,
    units: Mapping[str, UUID | None] | None = None,
) -> None:
    """Raises EntryUnknown naming every field (by JSON pointer) whose person or unit the registry does not hold."""
    checks = (
        *((pointer, key, registry.has_person) for pointer, key in (persons or {}).items()),
        *((pointer, key, registry.has_unit) for pointer, key in (units or {}).items()),
    )
    unknown = [
        pointer for pointer, key, exists in checks if key is not None and not await exists(ctx.session, key)
    ]
    if unknown:
        raise EntryUnknown(
            fields=[pointer.removeprefix("/") for pointer in unknown],
            errors=[FieldError("reference.unknown", pointer) for pointer in unknown],
        )


def write_duty(ctx: Context, row: DutyTable, duty: Duty) -> None:
    """Copy the duty into its row under the next version."""
    for name, value in repository.columns_of(duty).items():
        setattr(row, name, value)
    row.advance(ctx.now)


def step_facts(ctx: Context, version: int, action: str, note: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a trail's row beside the aggregate's id."""
    return {
        "version": version,
        "at": ctx.now,
        "actor": ctx.principal.subject,
        "actor_role": ctx.principal.role.value,
        "actor_person_id": ctx.principal.person_id,
        "action": action,
        "note": note,
        "facts": to_jsonable_python(dict(facts)),
    }


async def put_rule(ctx: Context, rule: DutyRule) -> DutyRuleRow:
    """Put a rule in force from its first day on; what is judged or given a deadline later goes by it.

    Raises DutyRuleNotOrdered, ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion.
    """
    check_levels(rule)
    await demand_reach(ctx, rule.region_code)
    await registry.lock_key(ctx.session, "duty_rule", f"{rule.kind}:{rule.region_code}")
    rows = await repository.rules_of(ctx.session, rule.kind, rule.region_code)
    row = place(ctx, DutyRuleRow, rows, rule, value_of=repository.rule_of)
    await ctx.session.flush()
    return row
