"""How bulletins are found, written and told of."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import NotFound
from services.projects.bulletins.errors import BulletinFrozen
from services.projects.bulletins.repository import bulletins as repository
from services.projects.bulletins.tables import BulletinRow, BulletinStepRow
from services.projects.duties.service import step_facts
from services.projects.identity.repository import find_account
from services.projects.registry.repository import names_of_entries


async def get_bulletin(ctx: Context, bulletin_id: UUID, *, lock: bool = False) -> BulletinRow:
    """One that the caller may see. Raises NotFound."""
    row = await repository.find_visible(ctx.session, ctx.principal, bulletin_id, lock=lock)
    if row is None:
        raise NotFound
    return row


async def get_own(ctx: Context, bulletin_id: UUID) -> BulletinRow:
    """One of the caller's subtree: a published one goes down, the enterprises behind it and its trail do not.

    Raises NotFound.
    """
    row = await get_bulletin(ctx, bulletin_id)
    ensure_region(ctx.principal, row.region_code)
    return row


async def draft_to_change(ctx: Context, bulletin_id: UUID) -> BulletinRow:
    """Locked; a reviewed one is a draft again once it is changed. Raises NotFound, BulletinFrozen."""
    row = await get_bulletin(ctx, bulletin_id, lock=True)
    ensure_region(ctx.principal, row.region_code)
    if row.status not in repository.IN_WORK:
        raise BulletinFrozen(status=row.status)
    return row


def note_writer(ctx: Context, row: BulletinRow) -> None:
    """Whoever changes it is one of its writers, and a review of before does not count any more."""
    if ctx.principal.subject not in row.writers:
        row.writers = [*row.writers, ctx.principal.subject]
    row.status, row.reviewed_by, row.reviewed_at = "draft", None, None


async def store(ctx: Context, row: BulletinRow, action: str, note: str = "", **facts: Any) -> None:
    """Write the changed bulletin with the step that changed it; its version is the new one already."""
    await ctx.session.flush()
    ctx.session.add(BulletinStepRow(bulletin_id=row.id, **step_facts(ctx, row.version, action, note, facts)))
    await ctx.session.flush()


async def name_of_caller(ctx: Context) -> str:
    """Who the caller is to readers: the person's name; the account's where it is nobody's; a machine's subject."""
    subject, person_id = ctx.principal.subject, ctx.principal.person_id
    if person_id is not None:
        names = await names_of_entries(ctx.session, "person", [str(person_id)])
        return names.get(str(person_id), subject)
    try:
        account = await find_account(ctx.session, UUID(subject))
    except ValueError:
        return subject
    return subject if account is None else account.username
