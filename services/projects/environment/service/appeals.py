"""Taking appeals in, and keeping who made them: the one place where an identity is sealed and opened."""

import json
from dataclasses import asdict, dataclass
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import AppealAcceptedV1
from libs.common.local_time import today_of
from libs.common.security.envelope import Envelope
from libs.common.security.principal import Role
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, Forbidden, NotFound, TooManyRequests
from services.projects.environment.domain.appeals import (
    AppealCategory,
    AppealKind,
    AppealStatus,
    demand_category,
)
from services.projects.environment.domain.rules import RuleKind
from services.projects.environment.domain.tracking import hash_of, new_code
from services.projects.environment.errors import NoIdentity, OwnCause
from services.projects.environment.repository import appeals as repository
from services.projects.environment.repository.rules import count_anonymous
from services.projects.environment.service.recording import (
    COMPLAINANT,
    demand_found,
    demand_known,
    ensure_reached,
    give_code,
    note_step,
    open_enterprise,
    tell,
)
from services.projects.environment.service.rules import value_of
from services.projects.environment.tables.appeals import AppealRoundRow, AppealRow
from services.projects.registry.errors import UnknownRegion
from services.projects.registry.repository import has_region, has_unit
from services.projects.registry.service.recording import demand_region, demand_region_form
from services.projects.registry.service.work_calendar import load_calendar

SERIES = "SQ"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who made an appeal, as far as was said. Lies in the database sealed."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    enterprise_id: UUID | None = None
    account: str | None = None

    @property
    def is_empty(self) -> bool:
        return self == Identity()


@dataclass(frozen=True, slots=True)
class Draft:
    """An appeal as it is sent. ``region_code`` None is the enterprise's."""

    kind: AppealKind
    category: AppealCategory
    title: str
    content: str
    region_code: str | None = None
    enterprise_id: UUID | None = None
    target_unit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OpenedAppeal:
    """An appeal and its rounds, oldest first."""

    row: AppealRow
    rounds: list[AppealRoundRow]

    @property
    def unit_ids(self) -> set[UUID]:
        """Every unit that had it in hand."""
        return {one.unit_id for one in self.rounds}


class Identities:
    """Seals who made an appeal under the service's secret; the appeal's id is bound into the seal."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope

    def seal(self, appeal_id: UUID, identity: Identity) -> str | None:
        if identity.is_empty:
            return None
        return self._envelope.seal(json.dumps(asdict(identity), default=str).encode(), identity_purpose(appeal_id))

    def open(self, row: AppealRow) -> Identity:
        """Raises NoIdentity."""
        if row.sealed_identity is None:
            raise NoIdentity(appeal=row.code)
        facts = json.loads(self._envelope.open(row.sealed_identity, identity_purpose(row.id)))
        enterprise_id = facts.pop("enterprise_id")
        return Identity(**facts, enterprise_id=None if enterprise_id is None else UUID(enterprise_id))


def identity_purpose(appeal_id: UUID) -> str:
    return f"appeal-identity:{appeal_id}"


async def open_appeal(ctx: Context, appeal_id: UUID, *, lock: bool) -> OpenedAppeal:
    """Raises NotFound outside of the caller's region or enterprise.

    Whoever belongs to the unit that has it reaches it too: a township handles what came in as the county's.
    """
    row = demand_found(await repository.find_appeal(ctx.session, appeal_id, lock=lock))
    if row.unit_id is None or row.unit_id != ctx.principal.unit_id:
        ensure_reached(ctx, row.region_code, row.enterprise_id)
    return await _with_rounds(ctx, row)


async def open_by_code(ctx: Context, code: str, *, lock: bool) -> OpenedAppeal:
    """By the complainant's tracking code. Raises NotFound: a code is right or it is nothing."""
    return await _with_rounds(
        ctx, demand_found(await repository.find_by_hash(ctx.session, hash_of(code), lock=lock))
    )


async def _with_rounds(ctx: Context, row: AppealRow) -> OpenedAppeal:
    return OpenedAppeal(row, (await repository.rounds_of(ctx.session, [row.id])).get(row.id, []))


async def lodge(
    ctx: Context, identities: Identities, draft: Draft, identity: Identity, *, anonymous: bool
) -> tuple[OpenedAppeal, str]:
    """Accept an appeal from a signed-in caller; an enterprise appeals for itself, an office for whoever called.

    Answers the tracking code, which is kept as a hash only. Raises CategoryNotOfKind, UnknownReference,
    UnknownRegion, NotFound, Forbidden, EnvironmentRuleMissing, UnknownCalendarYear.
    """
    demand_category(draft.kind, draft.category)
    enterprise_id = draft.enterprise_id
    if ctx.principal.is_enterprise_bound:
        enterprise_id = enterprise_id or ctx.principal.enterprise_id
        if enterprise_id is None:
            raise Forbidden
    region_code = draft.region_code
    if enterprise_id is not None:
        region_code = (await open_enterprise(ctx, enterprise_id)).region_code
    elif region_code is None:
        raise UnknownRegion(region_code="–", errors=[FieldError("fact.required", "/region_code")])
    else:
        await demand_region(ctx, region_code)
    known = Identity(
        identity.name, identity.phone, identity.email, enterprise_id, ctx.principal.subject if anonymous else None
    )
    return await _accept(
        ctx, identities, draft, known, region_code=region_code, enterprise_id=enterprise_id, anonymous=anonymous
    )


async def lodge_unseen(
    ctx: Context, identities: Identities, draft: Draft, identity: Identity, sender: str
) -> tuple[OpenedAppeal, str]:
    """Accept an anonymous appeal from somebody who is not signed in. ``sender`` is a keyed hash of the address.

    Raises CategoryNotOfKind, MalformedRequest, UnknownRegion, UnknownReference, TooManyRequests,
    EnvironmentRuleMissing, UnknownCalendarYear.
    """
    demand_category(draft.kind, draft.category)
    region_code = draft.region_code or ""
    demand_region_form(region_code)
    if not await has_region(ctx.session, region_code):
        raise UnknownRegion(region_code=region_code, errors=[FieldError("reference.unknown", "/region_code")])
    hour = ctx.now.replace(minute=0, second=0, microsecond=0)
    allowed = (await value_of(ctx, RuleKind.ANONYMOUS_HOURLY, region_code)).value
    if await count_anonymous(ctx.session, sender, hour) > allowed:
        raise TooManyRequests(retry_after_seconds=3600 - (ctx.now - hour).seconds)
    return await _accept(
        ctx, identities, draft, identity, region_code=region_code, enterprise_id=None, anonymous=True
    )


async def _accept(
    ctx: Context,
    identities: Identities,
    draft: Draft,
    identity: Identity,
    *,
    region_code: str,
    enterprise_id: UUID | None,
    anonymous: bool,
) -> tuple[OpenedAppeal, str]:
    await demand_known(ctx, [("/target_unit_id", draft.target_unit_id, has_unit)])
    # In a township of two plants the township's code would be a name.
    region = _county_of(region_code) if anonymous else region_code
    rule = await value_of(ctx, RuleKind.APPEAL_DISPATCH, region)
    today, code, appeal_id = today_of(ctx), new_code(), ctx.new_id()
    row = AppealRow(
        id=appeal_id,
        code=await give_code(ctx, SERIES),
        region_code=region,
        kind=draft.kind.value,
        category=draft.category.value,
        title=draft.title,
        content=draft.content,
        anonymous=anonymous,
        enterprise_id=None if anonymous else enterprise_id,
        target_unit_id=draft.target_unit_id,
        sealed_identity=identities.seal(appeal_id, identity),
        tracking_hash=hash_of(code),
        status=AppealStatus.ACCEPTED.value,
        accepted_on=today,
        accepted_at=ctx.now,
        filed_by=None if anonymous else ctx.principal.subject,
        due_on=(await load_calendar(ctx.session)).add_working_days(today, rule.value),
        level2_days=rule.level2_value,
        version=0,
        updated_at=ctx.now,
    )
    assert row.due_on is not None, "just set"
    payload = AppealAcceptedV1(
        appeal_id=row.id,
        code=row.code,
        kind=row.kind,
        category=row.category,
        anonymous=anonymous,
        due_on=row.due_on,
        target_unit_id=row.target_unit_id,
    )
    opened = OpenedAppeal(row, [])
    await store(ctx, opened, payload, "accepted", "", actor=COMPLAINANT if anonymous else None)
    return opened, code


async def store(
    ctx: Context,
    opened: OpenedAppeal,
    payload: EventPayload,
    action: str,
    note: str,
    *,
    facts: dict[str, object] | None = None,
    actor: str | None = None,
) -> None:
    """Store the appeal with its event and a step of its trail."""
    row = opened.row
    await tell(ctx, row, payload, subject=row.id, region_code=row.region_code, enterprise_id=row.enterprise_id)
    await note_step(ctx, row.id, action, note, facts, actor=actor)


async def disclose(ctx: Context, identities: Identities, opened: OpenedAppeal, reason: str) -> Identity:
    """Open the identity for somebody outside of every unit concerned; the trail keeps who, when and why.

    Raises NoIdentity, OwnCause (also for a supervisor whose unit is not known: it might be one of them).
    """
    concerned = {*opened.unit_ids, opened.row.target_unit_id}
    unit_id = ctx.principal.unit_id
    if unit_id in concerned - {None} or (unit_id is None and ctx.principal.role is not Role.ADMIN):
        raise OwnCause
    identity = identities.open(opened.row)
    await note_step(ctx, opened.row.id, "identity_disclosed", reason)
    return identity


def contact_for(ctx: Context, identities: Identities, row: AppealRow) -> Identity | None:
    """The contact of an appeal that was made openly, for offices that handle it and for whoever made it.

    The unit it is about does not get it.
    """
    concerned = row.target_unit_id is not None and row.target_unit_id == ctx.principal.unit_id
    if row.anonymous or concerned or row.sealed_identity is None:
        return None
    offices = {Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.ENTERPRISE}
    return identities.open(row) if ctx.principal.role in offices else None


def ensure_complainant(ctx: Context, row: AppealRow) -> None:
    """The enterprise that made it openly; whoever stayed unnamed uses the code. Raises NotFound."""
    if row.enterprise_id is None or ctx.principal.enterprise_id != row.enterprise_id:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)


def _county_of(region_code: str) -> str:
    return regions.ancestors(region_code)[0] if len(region_code) > 6 else region_code
