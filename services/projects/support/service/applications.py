"""An application with its policy and enterprise, and how its steps are stored."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import SupportApplicationAdvancedV1
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import NotFound
from services.projects.duties.service import step_facts
from services.projects.ledger.domain.people import Actor
from services.projects.registry.tables import EnterpriseRow
from services.projects.support.domain.application import ApplicationStatus
from services.projects.support.domain.policy import Policy
from services.projects.support.repository import applications as repository
from services.projects.support.repository.policies import policy_of
from services.projects.support.tables import ApplicationRow, ApplicationStepRow, PolicyRow


@dataclass(frozen=True, slots=True)
class Application:
    """Its row is locked when it is to be written."""

    row: ApplicationRow
    policy: PolicyRow
    enterprise: EnterpriseRow

    @property
    def status(self) -> ApplicationStatus:
        return ApplicationStatus(self.row.status)

    @property
    def rules(self) -> Policy:
        return policy_of(self.policy)

    @property
    def reviewers(self) -> list[Actor]:
        """Who applied, and who decided in this round."""
        return [_actor(one) for one in self.row.reviewers]

    @property
    def unpaid_yuan(self) -> int:
        return (self.row.approved_yuan or 0) - self.row.paid_yuan


def _actor(stored: dict[str, Any]) -> Actor:
    person_id = stored.get("person_id")
    return Actor(stored["subject"], None if person_id is None else UUID(person_id))


def as_reviewer(ctx: Context, step: str) -> dict[str, Any]:
    """The caller, as a round keeps who took part."""
    person_id = ctx.principal.person_id
    return {
        "subject": ctx.principal.subject,
        "person_id": None if person_id is None else str(person_id),
        "step": step,
    }


async def read_application(ctx: Context, application_id: UUID) -> Application:
    """Raises NotFound."""
    return await _find(ctx, application_id, lock=False)


async def open_application(ctx: Context, application_id: UUID) -> Application:
    """The application, locked until the transaction ends. Raises NotFound."""
    return await _find(ctx, application_id, lock=True)


async def _find(ctx: Context, application_id: UUID, *, lock: bool) -> Application:
    found = await repository.find_application(ctx.session, application_id, lock=lock)
    if found is None:
        raise NotFound
    row, policy, enterprise = found
    ensure_region(ctx.principal, row.region_code)
    ensure_enterprise(ctx.principal, row.enterprise_id)
    return Application(row, policy, enterprise)


async def store_application(
    ctx: Context, application: Application, action: str, note: str = "", *, action_yuan: int | None = None
) -> Application:
    """The next version of an application with its step and event."""
    row, policy = application.row, application.policy
    row.advance(ctx.now)
    await ctx.session.flush()
    facts = {
        "status": row.status,
        "round": row.round,
        "step": row.step,
        "computed_yuan": row.computed_yuan,
        "approved_yuan": row.approved_yuan,
        "paid_yuan": row.paid_yuan,
        "action_yuan": action_yuan,
    }
    trail = step_facts(ctx, row.version, action, note, facts)
    ctx.session.add(ApplicationStepRow(application_id=row.id, **trail))
    payload = SupportApplicationAdvancedV1(
        application_id=row.id,
        code=row.code,
        policy_id=policy.id,
        policy_code=policy.code,
        policy_name=policy.name,
        kind=policy.kind,
        enterprise_id=row.enterprise_id,
        project_id=row.project_id,
        year=row.year,
        action=action,
        action_yuan=action_yuan,
        status=row.status,
        requested_yuan=row.requested_yuan,
        computed_yuan=row.computed_yuan,
        approved_yuan=row.approved_yuan,
        paid_yuan=row.paid_yuan,
        clawed_back_yuan=row.clawed_back_yuan,
        reason=note,
    )
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )
    return application
