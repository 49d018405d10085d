"""Keeping the ledger: following the sealed trails, correcting, freezing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from libs.common.context import Context
from libs.common.contracts.accountability import AccountabilityFrozenV1
from libs.common.outbox.record import record_event
from libs.common.security.digests import SHA256, digest
from libs.common.workdays import SHANGHAI
from services.alerts.accountability import repository
from services.alerts.accountability.domain.misses import Miss, TrailEntry, misses_of
from services.alerts.accountability.domain.target_misses import NOT_COUNTED
from services.alerts.accountability.errors import (
    CorrectionPointless,
    EditionNotFound,
    MissLifted,
    MissNotFound,
    NothingToFreeze,
    UnknownPerson,
    YearNotOver,
)
from services.alerts.accountability.tables import EditionRow, MissRow
from services.alerts.trail.service import actor_of
from services.alerts.trail.tables import AlertRow, TrailRow

_ALERTS = 200
# Of one occurrence of the job; what more waits is followed by the next.
_SEALS = 50
# Came later: where they say nothing, an edition has the digest that it had before they came.
_LATER = ("target",)


def year_of(at: datetime) -> int:
    """The year an instant belongs to where the office works."""
    return at.astimezone(SHANGHAI).year


async def follow(ctx: Context, *, seals: int | None = _SEALS) -> int:
    """Take the misses of what was sealed since into the ledger; returns how many are new.

    Only sealed entries count: each number stands on rows that cannot be changed any more.
    """
    if not await repository.try_lock(ctx.session):
        return 0
    return await _follow(ctx, seals)


async def _follow(ctx: Context, seals: int | None) -> int:
    added, followed = 0, 0
    place = await repository.place(ctx.session)
    while (seal := await repository.next_seal(ctx.session, place)) is not None:
        lengths = await repository.leaves_of(ctx.session, seal)
        for start in range(0, len(lengths), _ALERTS):
            added += await _take(ctx, dict(lengths[start : start + _ALERTS]))
        place = seal
        await repository.move_place(ctx.session, place)
        followed += 1
        if seals is not None and followed >= seals:
            break
    return added


async def correct(ctx: Context, row: MissRow, act: str, person_id: UUID | None, reason: str) -> MissRow:
    """Decide on a locked miss: it counts for nobody, for somebody else, or as it was found again.

    The decision stays beside it for ever. Raises CorrectionPointless, MissLifted, UnknownPerson.
    """
    if row.status == "lifted":
        raise MissLifted
    before = {name: getattr(row, name) for name in ("status", "person_id", "person_name", "unit_id", "unit_name")}
    if act == "exclude":
        if row.status == "excluded":
            raise CorrectionPointless
        row.status = "excluded"
    elif act == "reassign":
        if person_id is None or row.person_id == person_id:
            raise CorrectionPointless
        row.status = "reassigned"
        await _put_on(ctx, row, person_id)
    else:
        if row.status == "counted":
            raise CorrectionPointless
        row.status = "counted"
        await _restore(ctx, row)
    row.version += 1
    await ctx.session.flush()
    await repository.add_correction(
        ctx.session,
        {
            "id": ctx.new_id(),
            "miss_id": row.id,
            "act": act,
            "person_id": person_id,
            "reason": reason,
            "before": json.loads(json.dumps(before, default=str)),
            "decided_by": actor_of(ctx.principal),
            "decided_at": ctx.now,
        },
    )
    return row


async def freeze(ctx: Context, year: int, reason: str) -> EditionRow:
    """Freeze the year's ledger as its next edition. Raises YearNotOver, NothingToFreeze."""
    if year >= year_of(ctx.now):
        raise YearNotOver(year=year)
    await repository.lock(ctx.session)
    await _follow(ctx, None)
    editions = await repository.list_editions(ctx.session, year)
    rows = await repository.misses_of_year(ctx.session, year)
    found = _digest_of(rows)
    if editions and editions[0].digest == found:
        raise NothingToFreeze(year=year, edition=editions[0].edition)
    edition = EditionRow(
        year=year,
        edition=editions[0].edition + 1 if editions else 1,
        frozen_at=ctx.now,
        frozen_by=actor_of(ctx.principal),
        reason=reason,
        seal=await repository.place(ctx.session),
        misses=len(rows),
        digest=found,
    )
    await repository.freeze(ctx.session, edition)
    counted = [row for row in rows if row.status not in NOT_COUNTED]
    await record_event(
        ctx,
        AccountabilityFrozenV1(
            year=year,
            edition=edition.edition,
            frozen_at=ctx.now,
            reason=reason,
            seal=edition.seal,
            misses=len(counted),
            persons=len({row.person_id or row.person_name for row in counted if row.person_id or row.person_name}),
            units=len({row.unit_id for row in counted if row.unit_id}),
            digest=edition.digest,
        ),
        subject=str(year),
        aggregate_version=edition.edition,
        region_code=None,
    )
    return edition


async def get_miss(ctx: Context, miss_id: UUID, *, lock: bool = False) -> MissRow:
    """Raises MissNotFound."""
    row = await repository.find_miss(ctx.session, ctx.principal, miss_id, locked=lock)
    if row is None:
        raise MissNotFound
    return row


async def edition_for(ctx: Context, year: int, wanted: int | None) -> int | None:
    """The edition to read: the wanted, else the newest, None while the year has none. Raises EditionNotFound."""
    editions = [row.edition for row in await repository.list_editions(ctx.session, year)]
    if wanted is not None and wanted not in editions:
        raise EditionNotFound(year=year, edition=wanted)
    return wanted if wanted is not None else next(iter(editions), None)


async def _take(ctx: Context, lengths: dict[UUID, int]) -> int:
    found = [
        (alert, miss)
        for alert, entries in await repository.alerts_with_entries(ctx.session, lengths)
        for miss in misses_of([_entry(row) for row in entries])
    ]
    person_ids = {identity for _, miss in found if (identity := _person_id(miss)) is not None}
    people = await repository.people(ctx.session, sorted(person_ids))
    unit_ids = {person.unit_id for person in people.values()}
    unit_ids |= {alert.responsible_unit_id for alert, _ in found if alert.responsible_unit_id is not None}
    units = await repository.unit_names(ctx.session, sorted(unit_ids))
    rows = []
    for alert, miss in found:
        person_id = _person_id(miss)
        person = None if person_id is None else people.get(person_id)
        unit_id = alert.responsible_unit_id if person is None else person.unit_id
        rows.append(
            _miss_values(ctx, alert, miss)
            | {
                "person_id": person_id,
                "person_name": miss.party.name if person is None else person.name,
                "unit_id": unit_id,
                "unit_name": None if unit_id is None else units.get(unit_id),
            }
        )
    return await repository.add_misses(ctx.session, rows)


def _miss_values(ctx: Context, alert: AlertRow, miss: Miss) -> dict[str, Any]:
    party = miss.party
    return {
        "id": ctx.new_id(),
        "version": 1,
        "found_key": party.person_id or party.name or f"post:{party.post}",
        "recorded_at": ctx.now,
        "year": year_of(miss.at),
        "kind": miss.kind.value,
        "status": "counted",
        "post": party.post,
        "region_code": alert.region_code,
        "alert_id": alert.id,
        "alert_number": alert.number,
        "severity": alert.severity,
        "title_zh": alert.title_zh,
        "title_en": alert.title_en,
        "trail_seq": miss.seq,
        "basis_seq": miss.basis_seq,
        "at": miss.at,
        "late_minutes": miss.late_minutes,
    }


async def _put_on(ctx: Context, row: MissRow, person_id: UUID) -> None:
    person = (await repository.people(ctx.session, [person_id])).get(person_id)
    if person is None or person.deleted:
        raise UnknownPerson(person_id=person_id)
    row.person_id, row.person_name, row.unit_id = person.person_id, person.name, person.unit_id
    row.unit_name = (await repository.unit_names(ctx.session, [person.unit_id])).get(person.unit_id)


async def _restore(ctx: Context, row: MissRow) -> None:
    """As it was found: what stood before the first decision."""
    corrections = await repository.list_corrections(ctx.session, row.id)
    found = corrections[0].before
    for name in ("person_id", "unit_id"):
        setattr(row, name, None if found[name] is None else UUID(found[name]))
    row.person_name, row.unit_name = found["person_name"], found["unit_name"]


def _entry(row: TrailRow) -> TrailEntry:
    return TrailEntry(row.seq, row.kind, row.at, row.actor, orjson.loads(row.facts))


def _person_id(miss: Miss) -> UUID | None:
    try:
        return None if miss.party.person_id is None else UUID(miss.party.person_id)
    except ValueError:
        return None


def _columns_of(row: MissRow) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in repository.COLUMNS}
    return {name: value for name, value in values.items() if value is not None or name not in _LATER}


def _digest_of(rows: Sequence[MissRow]) -> str:
    lines = [
        json.dumps(
            {"id": str(row.id), **_columns_of(row)},
            sort_keys=True,
            ensure_ascii=False,
            separators=(",", ":"),
            default=lambda value: value.isoformat() if isinstance(value, datetime) else str(value),
        )
        for row in rows
    ]
    return digest(SHA256, "\n".join(lines).encode())
