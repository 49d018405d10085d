"""Trails as files: JSON Lines that prove themselves without us, and tables for people.

Each line of the JSON Lines is an object with a ``type``: ``header``; ``key`` and ``seal``, each before the first
line that needs it; then for each alert ``alert``, its ``entry`` lines and a ``proof`` of what was sealed of it; at
last ``end`` with the SHA-256 of all lines before. A reader needs SHA-256 (or SM3) and Ed25519, nothing of ours.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import Database
from libs.common.security.principal import Principal
from libs.common.sheets.writing import Row
from services.alerts.seals import repository
from services.alerts.seals.domain.merkle import Leaf, leaf_hash, path_of
from services.alerts.seals.reading import EVERYTHING, Period
from services.alerts.seals.service import seal_of
from services.alerts.seals.tables import SealLeafRow
from services.alerts.trail.domain.chain import instant_text
from services.alerts.trail.repository import alert_scope
from services.alerts.trail.tables import AlertRow, TrailRow

FORMAT = "duban.trail.v1"
# What a workbook or a table for people is allowed to hold.
MAX_TABLE_ROWS = 200_000
_PAGE = 100
_ROWS = 2_000
_TREES = 32


@dataclass(frozen=True, slots=True)
class TrailQuestion:
    """Whose eyes, and which alerts: those with an entry in the period, or one of them; trails are always whole."""

    principal: Principal
    period: Period = EVERYTHING
    alert_id: UUID | None = None

    def alerts(self) -> Select[Any]:
        statement = select(AlertRow).where(alert_scope(self.principal))
        if self.alert_id is not None:
            statement = statement.where(col(AlertRow.id) == self.alert_id)
        if self.period.is_everything:
            return statement
        start, end = self.period.bounds()
        return statement.where(
            select(TrailRow)
            .where(col(TrailRow.alert_id) == col(AlertRow.id), col(TrailRow.at) >= start, col(TrailRow.at) < end)
            .exists()
        )


async def count_entries(session: AsyncSession, question: TrailQuestion) -> int:
    lengths = question.alerts().with_only_columns(func.coalesce(func.sum(col(AlertRow.trail_length)), 0))
    return int(await session.scalar(lengths) or 0)


async def lines(database: Database, question: TrailQuestion, header: dict[str, object]) -> AsyncIterator[bytes]:
    """The JSON Lines, in short transactions of their own."""
    export = _Export(database, question)
    total = hashlib.sha256()
    async for line in export.lines(header):
        total.update(line)
        yield line
    yield _line("end", alerts=export.alerts, entries=export.entries, sha256=total.hexdigest())


async def table(
    database: Database, question: TrailQuestion, kinds: dict[str, str]
) -> AsyncIterator[Sequence[Row]]:
    """Rows for people, with the names of kinds in their language; columns are those of :data:`COLUMNS`."""
    last = 0
    while True:
        async with database.session() as session:
            alerts = await _page(session, question, last)
            if not alerts:
                return
            last = alerts[-1].number or 0
            entries = await _entries(session, [alert.id for alert in alerts])
        rows: list[Row] = []
        for alert in alerts:
            rows += [
                (
                    alert.number,
                    alert.title_zh,
                    alert.region_code,
                    alert.severity,
                    entry.seq,
                    entry.at,
                    kinds.get(entry.kind, entry.kind),
                    entry.actor,
                    entry.facts,
                    entry.digest,
                )
                for entry in entries.get(alert.id, [])
            ]
        for start in range(0, len(rows), _ROWS):
            yield rows[start : start + _ROWS]


COLUMNS = ("number", "title", "region", "severity", "seq", "at", "kind", "actor", "facts", "digest")


class _Export:
    def __init__(self, database: Database, question: TrailQuestion) -> None:
        self._database = database
        self._question = question
        self._trees: OrderedDict[int, tuple[str, list[Leaf], list[bytes]]] = OrderedDict()
        self._told: set[tuple[str, object]] = set()
        self.alerts = 0
        self.entries = 0

    async def lines(self, header: dict[str, object]) -> AsyncIterator[bytes]:
        yield _line("header", format=FORMAT, **header)
        async with self._database.session() as session:
            keys = {key.key_id: key.public_key for key in await repository.list_keys(session)}
        last = 0
        while True:
            async with self._database.session() as session:
                alerts = await _page(session, self._question, last)
                if not alerts:
                    return
                last = alerts[-1].number or 0
                entries = await _entries(session, [alert.id for alert in alerts])
                for alert in alerts:
                    for line in await self._alert(session, alert, entries.get(alert.id, []), keys):
                        yield line

    async def _alert(
        self, session: AsyncSession, alert: AlertRow, entries: Sequence[TrailRow], keys: dict[str, str]
    ) -> list[bytes]:
        self.alerts += 1
        self.entries += len(entries)
        written = [
            _line(
                "alert",
                id=str(alert.id),
                number=alert.number,
                severity=alert.severity,
                status=alert.status,
                region_code=alert.region_code,
                title_zh=alert.title_zh,
                title_en=alert.title_en,
                length=alert.trail_length,
                head=alert.trail_head,
            )
        ]
        written += [
            _line(
                "entry",
                alert_id=str(alert.id),
                seq=entry.seq,
                kind=entry.kind,
                at=instant_text(entry.at),
                actor=entry.actor,
                facts=entry.facts,
                previous=entry.previous,
                digest=entry.digest,
            )
            for entry in entries
        ]
        newest = await repository.newest_leaf(session, alert.id)
        if newest is None:
            return written
        return [*await self._seal(session, newest.sequence, keys), *written, await self._proof(session, newest)]

    async def _seal(self, session: AsyncSession, sequence: int, keys: dict[str, str]) -> list[bytes]:
        if ("seal", sequence) in self._told:
            return []
        self._told.add(("seal", sequence))
        row = await repository.find_seal(session, sequence)
        assert row is not None
        written = []
        if ("key", row.key_id) not in self._told:
            self._told.add(("key", row.key_id))
            written.append(_line("key", key_id=row.key_id, public_key=keys[row.key_id]))
        seal = seal_of(row)
        return [
            *written,
            _line("seal", sequence=sequence, body=seal.body(), digest=seal.digest, signature=seal.signature),
        ]

    async def _proof(self, session: AsyncSession, newest: SealLeafRow) -> bytes:
        algorithm, leaves, hashes = await self._tree(session, newest.sequence)
        leaf = Leaf(str(newest.alert_id), newest.length, newest.head)
        path = path_of(algorithm, hashes, leaves.index(leaf))
        return _line(
            "proof",
            alert_id=leaf.alert_id,
            length=leaf.length,
            head=leaf.head,
            seal=newest.sequence,
            path=[[step.side, step.hash] for step in path],
        )

    async def _tree(self, session: AsyncSession, sequence: int) -> tuple[str, list[Leaf], list[bytes]]:
        if sequence not in self._trees:
            row = await repository.find_seal(session, sequence)
            assert row is not None
            leaves = await repository.leaves_of(session, sequence)
            self._trees[sequence] = row.algorithm, leaves, [leaf_hash(row.algorithm, leaf) for leaf in leaves]
            if len(self._trees) > _TREES:
                self._trees.popitem(last=False)
        self._trees.move_to_end(sequence)
        return self._trees[sequence]


async def _page(session: AsyncSession, question: TrailQuestion, after: int) -> Sequence[AlertRow]:
    statement = question.alerts().where(col(AlertRow.number) > after).order_by(col(AlertRow.number)).limit(_PAGE)
    return (await session.scalars(statement)).all()


async def _entries(session: AsyncSession, alert_ids: Sequence[UUID]) -> dict[UUID, list[TrailRow]]:
    statement = (
        select(TrailRow)
        .where(col(TrailRow.alert_id).in_(alert_ids))
        .order_by(col(TrailRow.alert_id), col(TrailRow.seq))
    )
    found: dict[UUID, list[TrailRow]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.alert_id, []).append(row)
    return found


def _line(kind: str, /, **facts: object) -> bytes:
    return (json.dumps({"type": kind, **facts}, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
