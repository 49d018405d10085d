"""三权分立, a setting of the site: who runs the system, who keeps accounts and who audits are three people.

See docs/decisions/0045-three-administrators.md.
"""

from uuid import UUID

from libs.common.context import Context
from libs.common.security.principal import ADMINISTRATORS, Role
from libs.common.web.problems import FieldError
from services.projects.identity import repository
from services.projects.identity.errors import DutiesApart, OwnGrants


async def demand_apart(
    ctx: Context, role: Role, person_id: UUID | None, *, account_id: UUID | None = None, active: bool = True
) -> None:
    """What is granted makes nobody two of the three, and is not for the one who grants it.

    ``account_id`` is the account that is changed, None for a new one; one that is closed gives nobody a duty.
    Raises OwnGrants, DutiesApart.
    """
    caller = ctx.principal
    is_own = account_id is not None and account_id == caller.account_id
    if is_own or (person_id is not None and person_id == caller.person_id):
        raise OwnGrants
    if role not in ADMINISTRATORS or not active:
        return
    if person_id is None:
        # An account without a person behind it could be anybody's second one.
        raise DutiesApart(role=role, errors=[FieldError("grant.person_required", "/person_id")])
    held = await repository.roles_of_person(ctx.session, person_id, but=account_id)
    others = sorted((held & ADMINISTRATORS) - {role})
    if others:
        fault = FieldError("grant.another_duty", "/person_id", {"roles": others})
        raise DutiesApart(role=role, errors=[fault])


def demand_no_machine(role: Role) -> None:
    """A key of one of the three would be a second duty of whoever holds it. Raises DutiesApart."""
    if role in ADMINISTRATORS:
        raise DutiesApart(role=role, errors=[FieldError("grant.another_duty", "/role", {"roles": [role.value]})])
