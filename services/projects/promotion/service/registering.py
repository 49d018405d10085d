"""What referrals and introductions have in common: the graph's lock, and when something counts as registered."""

from datetime import date

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.principal import Role
from libs.common.web.problems import FieldError
from services.projects.promotion.errors import BackdatingForbidden, BackdatingNeedsEvidence, RegisteredAhead
from services.projects.registry.repository import lock_key

_MAY_BACKDATE = frozenset({Role.ADMIN, Role.SUPERVISOR})


async def lock_graph(ctx: Context) -> None:
    """One at a time adds to the graph: two referrals that are harmless alone may close a circle together.

    Taken after the locks of rows, never before them.
    """
    await lock_key(ctx.session, "referral_graph", "")


def registered_on(ctx: Context, said_on: date | None, evidence: str, pointer: str = "") -> date:
    """The day a registration counts from: today, or an earlier one that a paper shows.

    Credit hangs on being registered before the signing, so nobody gets there by typing a date.
    Raises RegisteredAhead, BackdatingForbidden, BackdatingNeedsEvidence.
    """
    today = today_of(ctx)
    if said_on is None or said_on == today:
        return today
    if said_on > today:
        fault = FieldError("date.in_future", f"{pointer}/registered_on")
        raise RegisteredAhead(registered_on=said_on, today=today, errors=[fault])
    if ctx.principal.role not in _MAY_BACKDATE:
        raise BackdatingForbidden(registered_on=said_on)
    if not evidence.strip():
        raise BackdatingNeedsEvidence(
            registered_on=said_on, errors=[FieldError("fact.required", f"{pointer}/evidence")]
        )
    return said_on
