"""Work that is carried out, or only tried: in one savepoint, which a trial rolls back at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession


class _TrialOver(Exception):
    """Ends a trial: what it wrote is rolled back."""


@asynccontextmanager
async def on_trial(session: AsyncSession, *, dry_run: bool) -> AsyncIterator[None]:
    """A savepoint around the block; in a dry run everything is done and taken back, and the block's names tell."""
    try:
        async with session.begin_nested():
            yield
            if dry_run:
                raise _TrialOver
    except _TrialOver:
        session.expire_all()
