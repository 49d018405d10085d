"""SQL of registered feeds and of how they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.registry.tables import ApiKeyReplicaRow
from libs.common.security.principal import Principal, Role
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.feeds.tables import FeedSourceRow, ReceiptRow
from services.energy.sources.domain.connection import Transport
from services.energy.sources.domain.schedule import FeedState
from services.energy.sources.errors import FeedNotFound

FEEDS: Final = Listing(
    fields={
        "id": FilterField(FeedSourceRow.id, UUID),
        "code": FilterField(FeedSourceRow.code, str),
        "name": FilterField(FeedSourceRow.name, str),
        "owner": FilterField(FeedSourceRow.owner, str),
        "region_code": FilterField(FeedSourceRow.region_code, str),
        "enterprise_id": FilterField(FeedSourceRow.enterprise_id, UUID),
        "transport": FilterField(FeedSourceRow.transport, Transport),
        "state": FilterField(FeedSourceRow.state, FeedState),
        "is_active": FilterField(FeedSourceRow.is_active, bool),
        "priority": FilterField(FeedSourceRow.priority, int),
        "last_received_at": FilterField(FeedSourceRow.last_received_at, datetime),
    },
    sortable=("code", "name", "last_received_at", "priority"),
    default_sort="code",
)

# A receipt is put into the table before its transaction ends: another look a little further back finds it.
_OVERLAP: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Tally:
    """What a feed delivered within a time; ``refused`` counts whole bodies, the others readings and rows."""

    receipts: int = 0
    refused: int = 0
    accepted: int = 0
    quarantined: int = 0
    rejected: int = 0

    @property
    def error_rate(self) -> float | None:
        """The share of what came that was not taken: rejected rows, and each refused body as one."""
        faults = self.rejected + self.refused
        total = faults + self.accepted + self.quarantined
        return None if total == 0 else faults / total


@dataclass(frozen=True, slots=True)
class Heard:
    """The last of a feed's readable receipts, and how far its readings reach."""

    receipt_id: UUID
    received_at: datetime
    newest_at: datetime | None


def _visible(principal: Principal) -> ColumnElement[bool]:
    if principal.role is Role.FEED:
        # A feed's key knows of itself, not of the other feeds of its region.
        return col(FeedSourceRow.source).startswith(principal.subject + "/", autoescape=True)
    return and_(
        region_scope(col(FeedSourceRow.region_code), principal),
        enterprise_scope(col(FeedSourceRow.enterprise_id), principal),
    )


async def list_feeds(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[FeedSourceRow]:
    page: Page[FeedSourceRow] = await query.page(session, select(FeedSourceRow).where(_visible(principal)))
    return page


async def get_feed(session: AsyncSession, principal: Principal, code: str, *, lock: bool = False) -> FeedSourceRow:
    """Raises FeedNotFound."""
    statement = select(FeedSourceRow).where(col(FeedSourceRow.code) == code, _visible(principal))
    if lock:
        statement = statement.with_for_update()
    row = (await session.scalars(statement)).first()
    if row is None:
        raise FeedNotFound(code=code)
    return row


async def find_rival(session: AsyncSession, row: FeedSourceRow) -> FeedSourceRow | None:
    """Another feed that has the row's code, source or certificate."""
    same = (col(FeedSourceRow.code) == row.code) | (col(FeedSourceRow.source) == row.source)
    if row.certificate_sha256 is not None:
        same |= col(FeedSourceRow.certificate_sha256) == row.certificate_sha256
    statement = select(FeedSourceRow).where(same, col(FeedSourceRow.id) != row.id)
    return (await session.scalars(statement.limit(1))).first()


async def find_by_certificate(session: AsyncSession, sha256: str) -> FeedSourceRow | None:
    """The active feed whose caller shows this certificate."""
    statement = select(FeedSourceRow).where(
        col(FeedSourceRow.certificate_sha256) == sha256, col(FeedSourceRow.is_active)
    )
    return (await session.scalars(statement)).first()


async def find_key(session: AsyncSession, key_id: UUID) -> ApiKeyReplicaRow | None:
    statement = select(ApiKeyReplicaRow).where(
        col(ApiKeyReplicaRow.key_id) == key_id, col(ApiKeyReplicaRow.deleted).is_(False)
    )
    return (await session.scalars(statement)).first()


async def fetched_feeds(session: AsyncSession) -> list[FeedSourceRow]:
    """Active feeds that are to be fetched."""
    statement = select(FeedSourceRow).where(
        col(FeedSourceRow.transport) != Transport.HTTP.value, col(FeedSourceRow.is_active)
    )
    return list(await session.scalars(statement.order_by(col(FeedSourceRow.code))))


async def topics_fetched(session: AsyncSession) -> set[str]:
    """The topics of other Kafkas that registered feeds name, those that rest included."""
    topic = col(FeedSourceRow.connection)["topic"].astext
    return set(await session.scalars(select(topic).where(col(FeedSourceRow.transport) == Transport.KAFKA.value)))


async def feeds_of_topic(session: AsyncSession, topic: str) -> list[FeedSourceRow]:
    """Active feeds that read this topic of another Kafka."""
    found = await fetched_feeds(session)
    return [row for row in found if row.transport == Transport.KAFKA and row.connection["topic"] == topic]


async def all_feeds(session: AsyncSession) -> list[FeedSourceRow]:
    """All of them, locked: one scan at a time judges them."""
    statement = select(FeedSourceRow).order_by(col(FeedSourceRow.id)).with_for_update()
    return list(await session.scalars(statement))


async def heard(session: AsyncSession, row: FeedSourceRow) -> Heard | None:
    """What came since the feed was heard last; None for nothing new."""
    since = row.watched_from if row.last_received_at is None else row.last_received_at - _OVERLAP
    own = (
        col(ReceiptRow.source) == row.source,
        col(ReceiptRow.received_at) >= since,
        col(ReceiptRow.status).in_(("acknowledged", "merged")),
    )
    last = (
        await session.execute(
            select(col(ReceiptRow.id), col(ReceiptRow.received_at))
            .where(*own)
            .order_by(col(ReceiptRow.received_at).desc(), col(ReceiptRow.id).desc())
            .limit(1)
        )
    ).first()
    if last is None:
        return None
    newest = await session.scalar(select(func.max(col(ReceiptRow.newest_at))).where(*own))
    return Heard(last.id, last.received_at, newest)


async def tallies(session: AsyncSession, sources: Sequence[str], since: datetime) -> dict[str, Tally]:
    """Figures by source of all that came since."""
    receipt: Any = ReceiptRow
    refused = col(ReceiptRow.status) == "refused"
    rows = await session.execute(
        select(
            receipt.source,
            func.count().label("receipts"),
            func.count().filter(refused).label("refused"),
            func.coalesce(func.sum(receipt.accepted), 0).label("accepted"),
            func.coalesce(func.sum(receipt.quarantined), 0).label("quarantined"),
            func.coalesce(func.sum(receipt.rejected), 0).label("rejected"),
        )
        .where(receipt.source.in_(sources), receipt.received_at > since)
        .group_by(receipt.source)
    )
    return {
        row.source: Tally(row.receipts, row.refused, int(row.accepted), int(row.quarantined), int(row.rejected))
        for row in rows
    }


async def note_connection(session: AsyncSession, feed_id: UUID, at: datetime, error: str | None) -> None:
    """What the gateway met: a connection that stands, or why none does."""
    values: dict[str, Any] = (
        {"connected_at": at, "last_error": None}
        if error is None
        else {"last_error": error, "last_error_at": at, "connected_at": None}
    )
    await session.execute(update(FeedSourceRow).where(col(FeedSourceRow.id) == feed_id).values(**values))
