"""Use cases of an override."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.projects import GateOverrideGrantedV1, GateOverrideRevokedV1
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError, NotFound
from services.projects.gate.domain import overrides
from services.projects.gate.domain.gate import GatePoint
from services.projects.gate.domain.overrides import Override
from services.projects.gate.domain.standards import ReviewKind
from services.projects.gate.errors import OverrideAuthorityRequired
from services.projects.gate.repository import reviews as repository
from services.projects.gate.service.admission import shortcomings
from services.projects.gate.service.recording import override_told, project_at_gate, store_override
from services.projects.gate.service.watching import state_of
from services.projects.gate.tables import GateOverrideRow
from services.projects.ledger.domain.project import Project
from services.projects.registry.domain.records import Post
from services.projects.registry.repository import person_of

# Whoever answers for an override leads the project's region or one above it.
_LEADING = frozenset({Post.LEADER.value, Post.SUPERVISION_GROUP.value, Post.LEADING_GROUP.value})


@dataclass(frozen=True, slots=True)
class OpenedOverride:
    """An override as it stands and its project, whose row is locked when it is to be written."""

    row: GateOverrideRow
    override: Override
    project: Project

    @property
    def version(self) -> int:
        return self.row.version


async def read_override(ctx: Context, override_id: UUID, *, lock: bool = False) -> OpenedOverride:
    """Raises NotFound, also for an override of a project that the caller may not see."""
    row = await repository.find_override(ctx.session, override_id)
    if row is None:
        raise NotFound
    project = await project_at_gate(ctx, row.project_id, lock=lock)
    row = await repository.find_override(ctx.session, override_id)
    assert row is not None, "overrides are never deleted"
    return OpenedOverride(row, repository.override_of(row), project)


async def grant_override(
    ctx: Context,
    project_id: UUID,
    point: GatePoint,
    *,
    reviews: tuple[ReviewKind, ...],
    reason: str,
    make_good_by: date,
    approver_person_id: UUID | None,
) -> OpenedOverride:
    """Let one step pass although reviews are lacking today; without ``reviews``, all that are lacking.

    Raises NotFound, OverrideAuthorityRequired, OverrideDeadlinePast, NothingToOverride.
    """
    project, today = await project_at_gate(ctx, project_id, lock=True), today_of(ctx)
    approver = await _approver(ctx, approver_person_id, project)
    lacking = shortcomings(await state_of(ctx, project), point, today)
    number = await repository.count_overrides(ctx.session, project_id) + 1
    override = Override(
        id=ctx.new_id(),
        code=f"OV-{project.code}-{number}",
        project_id=project_id,
        point=point,
        reviews=tuple(dict.fromkeys(reviews)) or tuple(one.review for one in lacking),
        reason=reason,
        approver_person_id=approver,
        granted_on=today,
        make_good_by=make_good_by,
    )
    overrides.demand_grantable(override, lacking, today)
    payload = GateOverrideGrantedV1(
        **override_told(override, project), reason=reason, approver_person_id=approver, make_good_by=make_good_by
    )
    row = await store_override(ctx, project, None, None, override, payload, action="granted", reason=reason)
    return OpenedOverride(row, override, project)


async def revoke_override(ctx: Context, opened: OpenedOverride, reason: str) -> OpenedOverride:
    """Take an override back before it is used. Raises OverrideSpent."""
    today = today_of(ctx)
    after = overrides.revoke(opened.override, today, reason)
    payload = GateOverrideRevokedV1(**override_told(after, opened.project), on=today, reason=reason)
    row = await store_override(
        ctx, opened.project, opened.row, opened.override, after, payload, action="revoked", reason=reason
    )
    return OpenedOverride(row, after, opened.project)


async def _approver(ctx: Context, person_id: UUID | None, project: Project) -> UUID:
    person_id = person_id or ctx.principal.person_id
    person = None if person_id is None else await person_of(ctx.session, person_id)
    answers_for_it = (
        person is not None
        and person.active
        and person.post in _LEADING
        and regions.contains(person.region_code, project.region_code)
    )
    if person is None or not answers_for_it:
        raise OverrideAuthorityRequired(errors=[FieldError("override.authority", "/approver_person_id")])
    return person.person_id
