"""Sealing what trails have grown by, and the proof of one trail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.trail import TrailSealedV1
from libs.common.outbox.record import record_event
from libs.common.security.digests import SHA256, zero
from services.alerts.seals import repository
from services.alerts.seals.domain.merkle import Leaf, Step, leaf_hash, path_of, root_of
from services.alerts.seals.domain.seal import Seal
from services.alerts.seals.keys import SealKey
from services.alerts.seals.tables import SealPolicyRow, SealRow
from services.alerts.trail.service import actor_of

# Of one transaction: what more waits is sealed by the next.
BATCH = 50_000
# All seals are one aggregate: one key on Kafka, versions that rise by one.
SUBJECT = "trail"


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that a trail stood like this when it was sealed: leaf, way to the root, seal, public key."""

    leaf: Leaf
    place: int
    path: list[Step]
    seal: Seal
    public_key: str


async def beginning(ctx: Context) -> str:
    """What a new trail begins with, by the algorithm in force."""
    policy = await repository.policy_in_force(ctx.session, ctx.now)
    return zero(SHA256 if policy is None else policy.algorithm)


async def seal_due(ctx: Context, key: SealKey) -> int:
    """Seal if the interval has passed since the last seal and anything waits; returns how many seals were made."""
    policy = await repository.policy_in_force(ctx.session, ctx.now)
    last = await repository.newest_seal(ctx.session)
    if policy is not None and last is not None:
        # A clock that was set back must not stop the sealing.
        elapsed = ctx.now - last.sealed_at
        if timedelta(0) <= elapsed < timedelta(minutes=policy.interval_minutes):
            return 0
    return await seal_all(ctx, key)


async def seal_all(ctx: Context, key: SealKey, *, batch: int = BATCH, wait: bool = False) -> int:
    """Seal everything that waits; returns how many seals were made, 0 also when somebody else is at it.

    With `wait` it is done after the other: nothing that is committed now is left.
    """
    made = 0
    if wait:
        await repository.lock(ctx.session)
    elif not await repository.try_lock(ctx.session):
        return made
    while (await _seal(ctx, key, batch)) is not None:
        made += 1
    return made


async def _seal(ctx: Context, key: SealKey, batch: int) -> Seal | None:
    leaves, entries = await repository.take_unsealed(ctx.session, batch)
    if not leaves:
        return None
    policy = await repository.policy_in_force(ctx.session, ctx.now)
    algorithm = SHA256 if policy is None else policy.algorithm
    last = await repository.newest_seal(ctx.session)
    root = root_of(algorithm, [leaf_hash(algorithm, leaf) for leaf in leaves])
    seal = Seal(
        sequence=1 if last is None else last.sequence + 1,
        sealed_at=ctx.now,
        algorithm=algorithm,
        previous=zero(algorithm) if last is None else last.digest,
        root=f"{algorithm}:{root.hex()}",
        alerts=len(leaves),
        entries=entries,
        entries_total=entries + (0 if last is None else last.entries_total),
        key_id=key.key_id,
    )
    seal = replace(seal, digest=seal.computed_digest())
    seal = replace(seal, signature=key.sign(seal.digest))
    await repository.add_seal(ctx.session, seal, key.public_key, leaves)
    await record_event(
        ctx,
        TrailSealedV1(
            sequence=seal.sequence,
            sealed_at=seal.sealed_at,
            algorithm=seal.algorithm,
            previous=seal.previous,
            root=seal.root,
            alerts=seal.alerts,
            entries=seal.entries,
            entries_total=seal.entries_total,
            key_id=seal.key_id,
            public_key=key.public_key,
            digest=seal.digest,
            signature=seal.signature,
        ),
        subject=SUBJECT,
        aggregate_version=seal.sequence,
        region_code=None,
    )
    return seal


async def proof_of(ctx: Context, alert_id: UUID) -> Proof | None:
    """The proof of the newest sealed state of a trail; None while no seal covers any of it."""
    leaf_row = await repository.newest_leaf(ctx.session, alert_id)
    if leaf_row is None:
        return None
    row = await repository.find_seal(ctx.session, leaf_row.sequence)
    assert row is not None
    leaves = await repository.leaves_of(ctx.session, leaf_row.sequence)
    keys = {key.key_id: key.public_key for key in await repository.list_keys(ctx.session)}
    leaf = Leaf(str(alert_id), leaf_row.length, leaf_row.head)
    place = leaves.index(leaf)
    hashes = [leaf_hash(row.algorithm, each) for each in leaves]
    return Proof(leaf, place, path_of(row.algorithm, hashes, place), seal_of(row), keys[row.key_id])


async def save_policy(
    ctx: Context, algorithm: str, interval_minutes: int, valid_from: datetime | None
) -> SealPolicyRow:
    """Add a policy; in force from `valid_from` (default: now)."""
    row = SealPolicyRow(
        valid_from=valid_from or ctx.now,
        algorithm=algorithm,
        interval_minutes=interval_minutes,
        changed_by=actor_of(ctx.principal),
        changed_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


def seal_of(row: SealRow) -> Seal:
    return Seal(
        row.sequence,
        row.sealed_at,
        row.algorithm,
        row.previous,
        row.root,
        row.alerts,
        row.entries,
        row.entries_total,
        row.key_id,
        row.digest,
        row.signature,
    )
