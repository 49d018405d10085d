"""Thousands of red alerts whose timers fall due together."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import insert, select

from services.alerts.escalation.tables import TimerRow
from services.alerts.trail.domain.chain import BEGINNING
from services.alerts.trail.tables import AlertRow
from tests.support.alerts import MORNING, World, spike


async def open_many(world: World, count: int) -> None:
    """One alert opened as always, and copies of it, each with a timer of its own that is due a second later."""
    await world.handle(spike(uuid4(), level=3))
    due = MORNING + timedelta(minutes=15)
    async with world.database.transaction() as session:
        first = (await session.scalars(select(AlertRow))).one()
        columns = [column.name for column in AlertRow.__table__.columns]  # type: ignore[attr-defined]
        known = {name: getattr(first, name) for name in columns if name != "number"}
        copies, timers = [], []
        for number in range(2, count + 1):
            own = {"id": uuid4(), "object_id": f"load-{number}", "trail_length": 0, "trail_head": BEGINNING}
            if "dedup_key" in known:
                own["dedup_key"] = f"load:{number}"
            copies.append(known | own)
            timers.append(
                {
                    "id": uuid4(),
                    "alert_id": own["id"],
                    "kind": "rung",
                    "rung": 1,
                    "number": 0,
                    "due_at": due + timedelta(milliseconds=number),
                    "counted_from": MORNING,
                    "state": "pending",
                    "created_at": MORNING,
                    "failures": 0,
                }
            )
        await session.execute(insert(AlertRow), copies)
        await session.execute(insert(TimerRow), timers)
