"""Ways by severity as policy, and what people wish within it: read where somebody is told, written over REST."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import Severity
from libs.common.security.principal import Role
from libs.common.security.scope import ensure_region, reaches_region
from libs.common.web.problems import Forbidden
from services.alerts.notifications import way_repository as repository
from services.alerts.notifications.domain.message import Language
from services.alerts.notifications.domain.ways import (
    FALLBACK,
    NotAllowed,
    Preferences,
    WayPolicy,
    check_wishes,
)
from services.alerts.notifications.errors import PersonNotFound, WayPolicyInvalid, WishNotAllowed
from services.alerts.notifications.way_tables import PreferenceRow, WayPolicyRow
from services.alerts.routing import service as routing
from services.alerts.trail.service import actor_of


async def policy_for(ctx: Context, severity: Severity, region_code: str) -> WayPolicy:
    """The policy in force for an alert of a region: the narrowest region's newest begun."""
    row = await repository.find_policy(ctx.session, severity, region_code, ctx.now)
    return FALLBACK if row is None else WayPolicy.model_validate(row.definition)


async def policies_for(ctx: Context, region_code: str) -> dict[Severity, WayPolicy]:
    return {severity: await policy_for(ctx, severity, region_code) for severity in Severity}


async def wishes_of(ctx: Context, person_id: UUID) -> Preferences:
    """What the person wishes; nothing in particular when they have said nothing."""
    row = await repository.find_preference(ctx.session, person_id)
    return Preferences() if row is None else Preferences.model_validate(row.definition)


async def languages_of(ctx: Context, person_ids: Sequence[UUID]) -> dict[UUID, Language]:
    """The languages that people have chosen for everything."""
    rows = await repository.list_preferences(ctx.session, tuple(person_ids))
    chosen = {row.person_id: Preferences.model_validate(row.definition).language for row in rows}
    return {person_id: language for person_id, language in chosen.items() if language is not None}


async def save_policy(
    ctx: Context, severity: Severity, region_code: str | None, policy: WayPolicy, valid_from: datetime | None
) -> WayPolicyRow:
    """Add the next revision for the severity, everywhere or in a region and below.

    Raises WayPolicyInvalid, and NotFound for a region that is not the caller's.
    """
    ensure_region(ctx.principal, region_code)
    if severity is Severity.RED and policy.may_be_quiet:
        raise WayPolicyInvalid(severity=severity)
    revisions = await repository.list_revisions(ctx.session, severity, region_code)
    row = WayPolicyRow(
        id=ctx.new_id(),
        severity=severity.value,
        region_code=region_code,
        revision=revisions[0].revision + 1 if revisions else 1,
        valid_from=valid_from or ctx.now,
        definition=policy.model_dump(mode="json"),
        changed_by=actor_of(ctx.principal),
        changed_at=ctx.now,
    )
    ctx.session.add(row)
    # Two who save at once: the second meets the unique key and is told to look again.
    await ctx.session.flush()
    return row


async def preference_of(
    ctx: Context, person_id: UUID, *, lock: bool = False
) -> tuple[PreferenceRow | None, dict[Severity, WayPolicy]]:
    """What the person has said, and the policies it lies within. Raises PersonNotFound, Forbidden."""
    person = await routing.find_person(ctx, person_id)
    if person is None or not reaches_region(ctx.principal, person.region_code):
        raise PersonNotFound
    if ctx.principal.role is Role.OFFICER and ctx.principal.person_id != person_id:
        raise Forbidden
    find = repository.lock_preference if lock else repository.find_preference
    row = await find(ctx.session, person_id)
    return row, await policies_for(ctx, person.region_code)


async def save_preference(
    ctx: Context,
    person_id: UUID,
    row: PreferenceRow | None,
    chosen: Preferences,
    policies: dict[Severity, WayPolicy],
) -> PreferenceRow:
    """Replace what the person wishes. Raises WishNotAllowed."""
    try:
        check_wishes(chosen, policies)
    except NotAllowed as refused:
        raise WishNotAllowed(severity=refused.severity, kinds=list(refused.kinds)) from refused
    values: dict[str, Any] = {
        "definition": chosen.model_dump(mode="json"),
        "changed_by": actor_of(ctx.principal),
        "changed_at": ctx.now,
    }
    if row is None:
        row = PreferenceRow(person_id=person_id, **values)
        ctx.session.add(row)
    else:
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
    await ctx.session.flush()
    return row
