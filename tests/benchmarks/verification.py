"""Verifying 500 enterprises of one event of orderly use against five usual days, beside bare SQL for the figures.

``python -m tests.benchmarks --only verification``: a database of its own, curves put in as the worker writes them.
``read`` judges (days, outages, activations, curves, baselines, verdicts) and writes nothing; ``whole`` is the job
as it runs, with editions, events, situations and what was borne. The reference computes achieved and missed energy
of each enterprise from the same rows by one statement that knows the five days already.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import numpy as np

from libs.common.context import Context
from libs.common.database import Database, migrate
from libs.common.ids import new_id
from libs.common.registry.tables import EnterpriseReplicaRow
from libs.common.security.principal import SYSTEM
from services.energy.activations import repository
from services.energy.activations.domain.order import ActivationState
from services.energy.activations.service.editions import gather
from services.energy.activations.service.notifying import notify
from services.energy.activations.service.ordering import WantedActivation, WantedOrder, order_activation
from services.energy.activations.service.rules import rule_of_activation
from services.energy.activations.service.verifying import verify_ended
from services.energy.bootstrap import MIGRATIONS
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.domain.slots import day_number
from services.energy.metering.packing import COLUMNS, CurveRows, pack
from services.energy.metering.rank_packing import no_gaps
from services.energy.metering.tables import MeterRow
from tests.benchmarks.arrays import spread
from tests.benchmarks.results import Case, paired
from tests.support.stack import running_stack

ENTERPRISES: Final = 500
EVENT: Final = date(2026, 9, 15)
DAYS: Final = tuple(date(2026, 9, day) for day in (8, 9, 10, 11, 14))
FIRST: Final = 72
END: Final = 80
ORDERED_KW: Final = 200.0
_QUANTITY: Final = Quantity.ACTIVE_IMPORT_KW.number
_START: Final = datetime(2026, 9, 15, 10, tzinfo=UTC)

_SQL: Final = """
WITH base AS (
    SELECT c.meter_index, v.slot, avg(v.kw::float8) AS kw
    FROM bench_arrays c, unnest(c.load_kw) WITH ORDINALITY v (kw, slot)
    WHERE c.quantity = $1 AND c.day = ANY($2::date[]) AND v.slot > $4 AND v.slot <= $5 GROUP BY 1, 2
), event AS (
    SELECT c.meter_index, v.slot, v.kw::float8 AS kw
    FROM bench_arrays c, unnest(c.load_kw) WITH ORDINALITY v (kw, slot)
    WHERE c.quantity = $1 AND c.day = $3 AND v.slot > $4 AND v.slot <= $5
)
SELECT meter_index, sum(base.kw - event.kw) / 4, sum(greatest($6 - (base.kw - event.kw), 0)) / 4
FROM base JOIN event USING (meter_index, slot) GROUP BY 1 ORDER BY 1
"""


def run(rounds: int) -> list[Case]:
    with (
        tempfile.TemporaryDirectory(prefix="duban-bench-") as directory,
        running_stack(Path(directory), "--no-services") as stack,
    ):
        return asyncio.run(_measure(stack.dsn("energy"), rounds))


async def _measure(dsn: str, rounds: int) -> list[Case]:
    await migrate(dsn, MIGRATIONS)
    database = Database(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        await _fill(database, connection)
        await _order(database)
        reading, whole = [], []
        for turn in range(rounds + 1):
            beside = await _reference(connection)
            read = await _read(database)
            done = await _whole(database, keep=turn == rounds)
            # The first turn warms both.
            if turn:
                reading.append((read, beside))
                whole.append((done, beside))
        return [
            paired("verification.read", "s", "energies by one statement of bare SQL, s", reading),
            paired("verification.whole", "s", "energies by one statement of bare SQL, s", whole),
        ]
    finally:
        await connection.close()
        await database.close()


async def _fill(database: Database, connection: asyncpg.Connection) -> None:
    async with database.transaction() as session:
        for number in range(ENTERPRISES):
            enterprise_id = UUID(int=number + 1)
            session.add(
                EnterpriseReplicaRow(
                    subject=str(enterprise_id),
                    version=1,
                    enterprise_id=enterprise_id,
                    credit_code=f"91421224{number:010d}",
                    name=f"企业{number:04d}",
                    region_code="421224",
                    sector_code="3110",
                    key_energy_user=True,
                )
            )
            session.add(_meter(number, enterprise_id))
    for begin, end in ((date(2026, 7, 1), date(2026, 8, 1)), (date(2026, 8, 1), EVENT.replace(day=1)), _month()):
        await connection.execute(
            f"CREATE TABLE IF NOT EXISTS curve_day_p_{begin:%Y%m} PARTITION OF curve_day "
            f"FOR VALUES FROM ('{begin}') TO ('{end}')"
        )
    random = np.random.default_rng(5)
    level = random.uniform(500, 5000, ENTERPRISES)
    for back in range(46):
        day = EVENT - timedelta(days=back)
        values = (level[:, None] * random.normal(1, 0.02, (ENTERPRISES, 96))).astype(np.float32)
        if not back:
            values[:, FIRST:END] -= np.float32(ORDERED_KW) * random.uniform(0.5, 1.3, (ENTERPRISES, 1))
        await connection.copy_to_table("curve_day", source=_pieces(day, values), format="binary", columns=COLUMNS)
    await spread(connection)
    await connection.execute("VACUUM ANALYZE curve_day")


def _month() -> tuple[date, date]:
    return EVENT.replace(day=1), EVENT.replace(month=10, day=1)


def _meter(number: int, enterprise_id: UUID) -> MeterRow:
    return MeterRow(
        meter_id=UUID(int=100_000 + number),
        meter_no=f"V{number:05d}",
        meter_index=number,
        name="总表",
        kind="interval",
        quantity=Quantity.ACTIVE_IMPORT_KW.value,
        profile="consumption",
        interval_minutes=15,
        offset_minutes=480,
        multiplier=1.0,
        ct_ratio=1.0,
        pt_ratio=1.0,
        region_code="421224",
        enterprise_id=enterprise_id,
        valid_from=date(2025, 1, 1),
        owned_from=date(2025, 1, 1),
        periods=1,
        version=1,
        created_at=_START,
        changed_at=_START,
        change_mark=0,
    )


async def _pieces(day: date, values: Any) -> AsyncIterator[bytes]:
    rows = CurveRows(
        quantity=_QUANTITY,
        meter_index=np.arange(ENTERPRISES),
        day=np.full(ENTERPRISES, day_number(day), np.int64),
        values=values,
        quality=np.ones(values.shape, np.uint8),
        rank=np.ones(ENTERPRISES, np.int64),
        revision=np.zeros(ENTERPRISES, np.int64),
        rank_gaps=no_gaps(96),
    )
    for piece in pack(rows):
        yield piece


async def _order(database: Database) -> None:
    """Ordered and told before it begins; then it is over."""
    async with database.transaction() as session:
        ctx = Context(session, _START - timedelta(hours=2), new_id, SYSTEM)
        orders = tuple(WantedOrder(UUID(int=number + 1), ORDERED_KW) for number in range(ENTERPRISES))
        wanted = WantedActivation("421224", _START, _START + timedelta(hours=2), "缺口", orders)
        activation = await order_activation(ctx, wanted)
        await notify(ctx, activation)
        activation.state = ActivationState.ENDED.value
        activation.ended_at = activation.ends_at


async def _reference(connection: asyncpg.Connection) -> float:
    started = time.perf_counter()
    found = await connection.fetch(_SQL, _QUANTITY, list(DAYS), EVENT, FIRST, END, ORDERED_KW)
    assert len(found) == ENTERPRISES
    return time.perf_counter() - started


async def _read(database: Database) -> float:
    async with database.session() as session:
        ctx = Context(session, _START + timedelta(hours=3), new_id, SYSTEM)
        (activation,) = await repository.lock_in_state(session, ActivationState.ENDED)
        rule = await rule_of_activation(ctx, activation)
        orders = await repository.orders_of(session, [activation.id])
        started = time.perf_counter()
        facts = await gather(ctx, orders, rule.baseline, rule.standard, only_complete=True)
        taken = time.perf_counter() - started
        assert {tuple(days) for days in facts.made.days} == {DAYS}
        return taken


async def _whole(database: Database, *, keep: bool) -> float:
    async with database.session() as session:
        ctx = Context(session, _START + timedelta(hours=3), new_id, SYSTEM)
        started = time.perf_counter()
        await verify_ended(ctx)
        await (session.commit() if keep else session.rollback())
        taken = time.perf_counter() - started
    if keep:
        await _agree(database)
    return taken


async def _agree(database: Database) -> None:
    """Both came to the same energies."""
    async with database.direct() as connection:
        ours = await connection.fetch(
            "SELECT m.meter_index, v.energy_kwh, v.shortfall_kwh FROM activation_verification v "
            "JOIN activation_meter m USING (order_id) ORDER BY 1"
        )
        theirs = await connection.fetch(_SQL, _QUANTITY, list(DAYS), EVENT, FIRST, END, ORDERED_KW)
    one, other = (np.array([tuple(row) for row in rows], float) for rows in (ours, theirs))
    assert np.allclose(one, other)
