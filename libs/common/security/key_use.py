"""The last day on which an API key was used, without a write a request: one a day, key and process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.context import Context
from libs.common.contracts.key_uses import ApiKeyUsePayload
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.outbox.record import record_event
from libs.common.security.principal import SYSTEM
from libs.common.security.tables import ApiKeyUseRow
from libs.common.workdays import SHANGHAI

log = structlog.get_logger(__name__)


def _today() -> date:
    return datetime.now(SHANGHAI).date()


class KeyUses:
    """Notes uses of keys; ``payload`` is the event by which another service than the keys' owner tells of them."""

    def __init__(
        self,
        database: Database,
        payload: type[ApiKeyUsePayload] | None = None,
        *,
        today: Callable[[], date] = _today,
    ) -> None:
        self._database = database
        self._payload = payload
        self._today = today
        self._noted: dict[UUID, date] = {}

    async def note(self, key_id: UUID) -> None:
        """The key was used now. A database that does not answer costs the note, never the request."""
        day = self._today()
        if self._noted.get(key_id) == day:
            return
        # Before the write: of a thousand requests at once, one writes.
        self._noted[key_id] = day
        try:
            async with self._database.transaction() as session:
                await self._keep(session, key_id, day)
        except (SQLAlchemyError, OSError) as error:
            self._noted.pop(key_id, None)
            log.warning("api_key.use_not_noted", key_id=str(key_id), cause=type(error).__name__)

    async def _keep(self, session: AsyncSession, key_id: UUID, day: date) -> None:
        days = await keep_use(session, key_id, day)
        if days is None or self._payload is None:
            return
        ctx = Context(session, datetime.now(UTC), new_id, SYSTEM)
        payload = self._payload(key_id=key_id, used_on=day)
        await record_event(ctx, payload, subject=str(key_id), aggregate_version=days, region_code=None)


async def keep_use(session: AsyncSession, key_id: UUID, day: date) -> int | None:
    """Keep the day if it is later than the one that is known; answers how many days there were, None if not."""
    statement = insert(ApiKeyUseRow).values(key_id=key_id, used_on=day, days=1)
    later = statement.on_conflict_do_update(
        index_elements=["key_id"],
        set_={"used_on": day, "days": ApiKeyUseRow.__table__.c.days + 1},  # type: ignore[attr-defined]  # SQLModel
        where=col(ApiKeyUseRow.used_on) < day,
    )
    return await session.scalar(later.returning(col(ApiKeyUseRow.days)))
