"""Parents and phases, and key projects."""

from dataclasses import replace

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.scope import reaches_region
from libs.common.web.problems import FieldError
from services.projects.ledger import repository
from services.projects.ledger.domain.project import KeyLevel, Project
from services.projects.ledger.errors import KeyUnchanged, ParentCycle, UnknownReference
from services.projects.ledger.service.ledger import Ledger, Opened, amended
from services.projects.registry.repository import lock_key


async def demand_parent(ctx: Context, project: Project, before: Project | None = None) -> None:
    """Whether the project may be a phase or part of the one it names.

    Raises UnknownReference for one the ledger does not hold or the caller may not see, ParentCycle.
    """
    parent_id = project.parent_id
    if parent_id is None or (before is not None and parent_id == before.parent_id):
        return
    # Two changes that each are harmless could close a circle together.
    await lock_key(ctx.session, "project_tree", "parent")
    row = await repository.find_project(ctx.session, parent_id)
    if row is None or not reaches_region(ctx.principal, row.region_code):
        raise UnknownReference(fields=["parent_id"], errors=[FieldError("reference.unknown", "/parent_id")])
    if await repository.is_below(ctx.session, parent_id, project.id):
        raise ParentCycle(parent_code=row.code, errors=[FieldError("parent.below", "/parent_id")])


async def designate_key(
    ledger: Ledger, ctx: Context, opened: Opened, level: KeyLevel | None, reason: str
) -> Opened:
    """Make it a key project of a level, or with None no key project any more. Raises KeyUnchanged.

    Another level is no new beginning: what a key project owes is counted from the day it became one.
    """
    if opened.project.key_level is level:
        raise KeyUnchanged
    if level is None:
        project = replace(opened.project, is_key=False, key_level=None, key_since=None, key_by=None)
    else:
        since = opened.project.key_since or today_of(ctx)
        by = opened.project.key_by or ctx.principal.subject
        project = replace(opened.project, is_key=True, key_level=level, key_since=since, key_by=by)
    payload = amended(project, ("is_key", "key_level", "key_since", "key_by"))
    action = "key_withdrawn" if level is None else "key_designated"
    return await ledger.store(ctx, opened, project, payload, action=action, reason=reason)
