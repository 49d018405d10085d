"""SQL of sealing, of the list of seals and of the proofs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.remember import remembered
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.seals.domain.merkle import Leaf
from services.alerts.seals.domain.seal import Seal
from services.alerts.seals.tables import SealKeyRow, SealLeafRow, SealPolicyRow, SealRow

# Arbitrary but fixed; see the locks of libs.common.
_SEAL_LOCK = 7_310_500_041

# A note is visible only when its entry is, and entries of one alert commit in the order of their numbers: whatever
# is taken is a beginning of each trail, so its last entry stands for all of it.
_TAKE = text(
    """
    WITH chosen AS (SELECT alert_id, seq FROM trail_unsealed JOIN alert_trail USING (alert_id, seq)
                    ORDER BY alert_id, seq LIMIT :limit),
         taken AS (DELETE FROM trail_unsealed AS note USING chosen
                   WHERE note.alert_id = chosen.alert_id AND note.seq = chosen.seq
                   RETURNING note.alert_id, note.seq),
         tops AS (SELECT alert_id, max(seq) AS length, count(*) AS entries FROM taken GROUP BY alert_id)
    SELECT tops.alert_id, tops.length, entry.digest, tops.entries
    FROM tops JOIN alert_trail AS entry ON entry.alert_id = tops.alert_id AND entry.seq = tops.length
    ORDER BY tops.alert_id
    """
)

SEALS = Listing(
    fields={
        "sequence": FilterField(col(SealRow.sequence), int),
        "sealed_at": FilterField(col(SealRow.sealed_at), datetime),
        "key_id": FilterField(col(SealRow.key_id)),
    },
    sortable=("sequence",),
    default_sort="-sequence",
    key="sequence",
)


async def lock(session: AsyncSession) -> None:
    """Wait until this transaction alone seals."""
    await session.execute(select(func.pg_advisory_xact_lock(_SEAL_LOCK)))


async def try_lock(session: AsyncSession) -> bool:
    """Whether this transaction alone seals; somebody else does when not."""
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(_SEAL_LOCK))))


@remembered
async def policy_in_force(session: AsyncSession, at: datetime) -> SealPolicyRow | None:
    statement = (
        select(SealPolicyRow)
        .where(col(SealPolicyRow.valid_from) <= at)
        .order_by(col(SealPolicyRow.valid_from).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).one_or_none()


async def newest_seal(session: AsyncSession) -> SealRow | None:
    return (await session.scalars(select(SealRow).order_by(col(SealRow.sequence).desc()).limit(1))).one_or_none()


async def find_seal(session: AsyncSession, sequence: int) -> SealRow | None:
    return await session.get(SealRow, sequence)


async def take_unsealed(session: AsyncSession, limit: int) -> tuple[list[Leaf], int]:
    """Leaves by alert over up to `limit` waiting entries, which wait no longer, and how many entries those are."""
    rows = (await session.execute(_TAKE, {"limit": limit})).all()
    leaves = [Leaf(str(alert_id), length, head) for alert_id, length, head, _ in rows]
    return leaves, sum(entries for *_, entries in rows)


async def add_seal(session: AsyncSession, seal: Seal, public_key: str, leaves: Sequence[Leaf]) -> None:
    await session.execute(
        upsert(SealKeyRow)
        .values(key_id=seal.key_id, public_key=public_key, first_used_at=seal.sealed_at)
        .on_conflict_do_nothing()
    )
    await session.execute(
        insert(SealRow).values(
            sequence=seal.sequence,
            sealed_at=seal.sealed_at,
            algorithm=seal.algorithm,
            previous=seal.previous,
            root=seal.root,
            alerts=seal.alerts,
            entries=seal.entries,
            entries_total=seal.entries_total,
            key_id=seal.key_id,
            digest=seal.digest,
            signature=seal.signature,
        )
    )
    await session.execute(
        insert(SealLeafRow),
        [
            {"sequence": seal.sequence, "alert_id": UUID(leaf.alert_id), "length": leaf.length, "head": leaf.head}
            for leaf in leaves
        ],
    )


async def list_keys(session: AsyncSession) -> Sequence[SealKeyRow]:
    """All public keys, in the order of their first use."""
    return (await session.scalars(select(SealKeyRow).order_by(col(SealKeyRow.first_used_at)))).all()


async def list_policies(session: AsyncSession) -> Sequence[SealPolicyRow]:
    """All policies, newest first."""
    return (await session.scalars(select(SealPolicyRow).order_by(col(SealPolicyRow.valid_from).desc()))).all()


async def page_seals(session: AsyncSession, query: ListQuery) -> Page[Any]:
    return await query.page(session, select(SealRow))


async def newest_leaf(session: AsyncSession, alert_id: UUID) -> SealLeafRow | None:
    statement = (
        select(SealLeafRow)
        .where(col(SealLeafRow.alert_id) == alert_id)
        .order_by(col(SealLeafRow.length).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).one_or_none()


async def leaves_of(session: AsyncSession, sequence: int) -> list[Leaf]:
    """The leaves of a seal in the order of its tree."""
    statement = (
        select(col(SealLeafRow.alert_id), col(SealLeafRow.length), col(SealLeafRow.head))
        .where(col(SealLeafRow.sequence) == sequence)
        .order_by(col(SealLeafRow.alert_id))
    )
    return [Leaf(str(alert_id), length, head) for alert_id, length, head in await session.execute(statement)]
