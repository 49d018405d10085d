"""SQL of sign-ins that the site's issuer ended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.projects.logouts.tables import EndedIssuerSessionRow, IssuerRevocationRow, UsedLogoutTokenRow


async def use_token(session: AsyncSession, jti_hash: str, forget_at: datetime) -> bool:
    """Whether this is the token's first use. Of two at once, the second waits for the first's transaction."""
    statement = insert(UsedLogoutTokenRow).values(jti_hash=jti_hash, forget_at=forget_at)
    used = statement.on_conflict_do_nothing().returning(col(UsedLogoutTokenRow.jti_hash))
    return await session.scalar(used) is not None


async def end_session(session: AsyncSession, row: EndedIssuerSessionRow) -> bool:
    """Whether the sign-in went on until now."""
    statement = insert(EndedIssuerSessionRow).values(row.model_dump())
    ended = statement.on_conflict_do_nothing().returning(col(EndedIssuerSessionRow.session_id))
    return await session.scalar(ended) is not None


async def revoke(session: AsyncSession, holder_id: UUID, not_before: datetime) -> int | None:
    """How many revocations the holder has had, this one included; None when a later one stands."""
    statement = insert(IssuerRevocationRow).values(holder_id=holder_id, not_before=not_before, revocations=1)
    revoked = statement.on_conflict_do_update(
        index_elements=[col(IssuerRevocationRow.holder_id)],
        set_={"not_before": not_before, "revocations": col(IssuerRevocationRow.revocations) + 1},
        where=col(IssuerRevocationRow.not_before) < not_before,
    )
    return await session.scalar(revoked.returning(col(IssuerRevocationRow.revocations)))


async def forget(session: AsyncSession, now: datetime) -> None:
    """Delete what no token that may still live depends on."""
    await session.execute(delete(UsedLogoutTokenRow).where(col(UsedLogoutTokenRow.forget_at) < now))
    await session.execute(delete(EndedIssuerSessionRow).where(col(EndedIssuerSessionRow.not_after) < now))
