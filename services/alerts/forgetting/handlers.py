"""A person's tombstone: the replica's row ends, and so does what was copied from it."""

from __future__ import annotations

from uuid import UUID

from libs.common.context import Context
from libs.common.contracts import projects
from libs.common.contracts.base import Tombstone
from libs.common.inbox.subscription import Subscription
from libs.common.registry.handlers import on_person_recorded, on_tombstone
from services.alerts.forgetting import repository


async def on_person_gone(ctx: Context, tombstone: Tombstone) -> None:
    """End the replica's row, and forget the person; one who was recorded again since is left alone."""
    await on_tombstone(ctx, tombstone)
    try:
        person_id = UUID(tombstone.subject)
    except ValueError:
        return
    if not await repository.is_known(ctx.session, person_id):
        await repository.forget(ctx.session, person_id, ctx.now)


PERSONS = Subscription(projects.PERSON, {projects.PersonRecordedV1: on_person_recorded}, on_person_gone)
