"""What must be, beside what is: rows that disagree, from tables and receivers and not from what the software says.

Acknowledged = stored, value by value; planted = detected; detected = alerted; what fell due = done; promised =
received, inside once in effect, outside by distinct ids.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import numpy as np

from tests.support.faults.load import Spikes
from tests.support.killing import Count, count_independently
from tests.support.mixed_feeds import MixedFeeds
from tests.support.outside import BY_ID, KINDS, Post
from tests.support.stored import Stored, stored_since

_SHOWN = 12


@dataclass
class Findings:
    """``wrong``: rows by what is wrong with them; ``figures``: how many of what were compared."""

    wrong: dict[str, list[str]] = field(default_factory=dict)
    figures: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, rows: Iterator[str]) -> None:
        found = list(rows)
        if found:
            self.wrong[what] = found

    def told(self) -> str:
        lines = []
        for what, rows in self.wrong.items():
            lines.append(f"{len(rows)} {what}:")
            lines += [f"  {row}" for row in rows[:_SHOWN]]
        return "\n".join(lines)


@dataclass(frozen=True)
class _Tables:
    stored: Stored
    receipts: dict[str, asyncpg.Record]
    conditions: list[asyncpg.Record]
    alerted: list[asyncpg.Record]
    live: list[asyncpg.Record]
    timers: list[asyncpg.Record]
    rungs: Counter[tuple[UUID, int]]
    deliveries: list[asyncpg.Record]
    unreached: list[asyncpg.Record]
    letters: list[asyncpg.Record]


def compared(spikes: Spikes, mixed: MixedFeeds, post: Post) -> Findings:
    """The count, when nothing moves any more."""
    tables = asyncio.run(_read(spikes))
    count = asyncio.run(count_independently(spikes))
    found = Findings()
    _stored(found, spikes, mixed, tables, count)
    _alerted(found, spikes, tables)
    _fell_due(found, tables, spikes.world.stack.now())
    _received(found, tables, count, post)
    return found


async def _read(spikes: Spikes) -> _Tables:
    stack = spikes.world.stack
    energy, alerts = await asyncpg.connect(stack.dsn("energy")), await asyncpg.connect(stack.dsn("alerts"))
    try:
        return _Tables(
            stored=await stored_since(energy, datetime(2020, 1, 1, tzinfo=UTC).date()),
            receipts={str(row["id"]): row for row in await energy.fetch("SELECT * FROM receipt")},
            conditions=await energy.fetch("SELECT * FROM condition"),
            alerted=await alerts.fetch("SELECT condition_id, alert_id FROM alert_condition"),
            live=await alerts.fetch(
                "SELECT dedup_key, count(*) FROM alert WHERE status <> 'resolved' GROUP BY 1 HAVING count(*) > 1"
            ),
            timers=await alerts.fetch("SELECT * FROM escalation_timer"),
            rungs=Counter(
                (row["alert_id"], row["rung"])
                for row in await alerts.fetch(
                    "SELECT alert_id, (facts::jsonb ->> 'rung')::int AS rung FROM alert_trail"
                    " WHERE kind = 'nobody_to_notify' AND facts::jsonb ? 'rung' OR kind = 'escalated'"
                )
            ),
            deliveries=await alerts.fetch("SELECT id, kind, status, attempts, last_error FROM delivery"),
            unreached=await alerts.fetch(
                "SELECT id, reason, recipient_name FROM notification AS n WHERE unreachable_at IS NULL"
                " AND NOT EXISTS (SELECT 1 FROM delivery WHERE notification_id = n.id)"
            ),
            letters=[
                row
                for connection in (energy, alerts)
                for row in await connection.fetch("SELECT * FROM dead_letter")
            ],
        )
    finally:
        await energy.close()
        await alerts.close()


def _stored(found: Findings, spikes: Spikes, mixed: MixedFeeds, tables: _Tables, count: Count) -> None:
    def during(key: tuple[str, datetime]) -> str:
        number = spikes.at_hand.get(key, 0)
        return f"acknowledged during fault #{number}" if number else "acknowledged before the first fault"

    found.figures["readings acknowledged"] = len(spikes.acknowledged)
    found.add(
        "acknowledged readings are not stored as acknowledged",
        (
            f"{key[0]} {key[1].isoformat()}: {value} is {count.curves.get(key)}; {during(key)}"
            for key, value in sorted(spikes.acknowledged.items())
            if key not in count.curves or not np.isclose(np.float32(value), count.curves[key], rtol=1e-6)
        ),
    )
    meters = set(mixed.all_meters())
    theirs = {cell: value for cell, value in tables.stored.values.items() if cell[0] in meters}
    found.figures["slots of mixed feeds"] = len(mixed.expected)
    found.figures["bodies of mixed feeds"] = sum(mixed.sent.values())
    found.figures["bodies sent again"] = mixed.repeats + spikes.repeats
    found.figures["duplicates known again"] = mixed.duplicates + spikes.duplicates
    found.add(
        "slots are not as last sent",
        (
            f"{cell[0]} {cell[1]} slot {cell[2]}: sent {mixed.expected.get(cell)}, stands {theirs.get(cell)}"
            for cell in sorted(mixed.expected.keys() | theirs.keys())
            if mixed.expected.get(cell) != theirs.get(cell)
        ),
    )
    rows = tables.stored.rows_a_day
    found.add("days have several rows", (f"{key}: {number}" for key, number in rows.items() if number != 1))
    found.add(
        "receipts are not merged in full",
        (
            f"{receipt_id}: {row and dict(row)}"
            for receipt_id, readings in mixed.acknowledged.items()
            if (row := tables.receipts.get(receipt_id)) is None
            or (row["status"], row["accepted"]) != ("merged", readings)
        ),
    )
    found.add("events were set aside", (str(dict(row)) for row in tables.letters))


def _alerted(found: Findings, spikes: Spikes, tables: _Tables) -> None:
    planted = Counter((meter_no, at.astimezone(UTC)) for meter_no, at in spikes.spikes)
    ours = [row for row in tables.conditions if row["meter_no"] in spikes.meters]
    detected = Counter((row["meter_no"], row["opened_at"]) for row in ours)
    found.figures["spikes"] = len(spikes.spikes)
    found.figures["conditions"] = len(tables.conditions)
    found.add(
        "spikes were not detected", (f"{key} ×{times}" for key, times in sorted((planted - detected).items()))
    )
    found.add(
        "conditions that nobody planted",
        (
            f"{row['kind']} {row['meter_no']} {row['opened_at'].isoformat()} {row['clear_reason']}"
            for row in ours
            if (row["meter_no"], row["opened_at"]) not in planted
        ),
    )
    doubled = (key for key, times in sorted((detected - planted).items()) if key in planted)
    found.add("spikes were detected twice", (str(key) for key in doubled))
    # The alerts service keeps ids of others as they came in their events: as text.
    alerted = Counter(row["condition_id"] for row in tables.alerted)
    alerts_of = {row["condition_id"]: alerted[str(row["condition_id"])] for row in tables.conditions}
    found.figures["alerts"] = len({row["alert_id"] for row in tables.alerted})
    found.add(
        "conditions have not one alert",
        (
            f"{row['kind']} {row['meter_no']} {row['opened_at'].isoformat()}: {alerts_of[row['condition_id']]}"
            for row in tables.conditions
            if row["announced"] and alerts_of[row["condition_id"]] != 1
        ),
    )
    found.add("objects have several live alerts", (str(dict(row)) for row in tables.live))


def _fell_due(found: Findings, tables: _Tables, now: datetime) -> None:
    found.figures["deadlines fired"] = sum(row["state"] == "fired" for row in tables.timers)
    found.add(
        "deadlines passed and nothing happened",
        (
            f"{row['kind']} {row['rung']} of {row['alert_id']} due {row['due_at']}: {row['last_error']}"
            for row in tables.timers
            if row["state"] == "pending" and row["due_at"] <= now
        ),
    )
    found.add(
        "deadlines fired before they were due",
        (
            f"{row['kind']} of {row['alert_id']} due {row['due_at']}, fired {row['ended_at']}"
            for row in tables.timers
            if row["state"] == "fired" and row["ended_at"] < row["due_at"]
        ),
    )
    fired = Counter(
        (row["alert_id"], row["kind"], row["rung"], row["number"], row["counted_from"])
        for row in tables.timers
        if row["state"] == "fired"
    )
    climbed = Counter((row["alert_id"], row["rung"]) for row in tables.timers if row["state"] == "fired")
    climbed = Counter({key: times for key, times in climbed.items() if key[1]})
    found.add(
        "rungs that fell due are not once in the trail",
        (
            f"rung {rung} of {alert_id}: {tables.rungs[alert_id, rung]}"
            for alert_id, rung in sorted(climbed.keys() | tables.rungs.keys())
            # What nobody stands on is climbed at once when an alert opens, without a timer.
            if tables.rungs[alert_id, rung] != 1 or climbed[alert_id, rung] > 1
        ),
    )
    found.add("deadlines fired twice", (str(key) for key, times in fired.items() if times != 1))
    found.add("notifications have no way to anybody", (str(dict(row)) for row in tables.unreached))


def _received(found: Findings, tables: _Tables, count: Count, post: Post) -> None:
    taken = post.outside.taken
    found.figures["deliveries promised"] = len(tables.deliveries)
    arrived = [count.received, count.mails, *taken.values()]
    found.figures["received, by distinct ids"] = sum(len(each) for each in arrived)
    found.figures["received again"] = sum(sum(each.values()) - len(each) for each in arrived)
    found.figures["attempts cut off"] = count.cut_off
    found.add(
        "deliveries are not delivered",
        (str(dict(row)) for row in tables.deliveries if row["status"] != "delivered"),
    )
    _same(found, "webhooks", count.promised, set(count.received))
    _same(found, "mails", count.promised_mails, set(count.mails))
    for kind in sorted(KINDS):
        wanted, came = count.promised_outside[kind], taken[kind]
        if kind in BY_ID:
            _same(found, kind, set(wanted), set(came))
        elif len(wanted) != len(came) or sum(came.values()) < sum(wanted.values()):
            found.wrong[f"kinds differ: {kind}"] = [
                f"promised {len(wanted)} different of {sum(wanted.values())}, "
                f"arrived {len(came)} different of {sum(came.values())}"
            ]


def _same(found: Findings, kind: str, wanted: set[str], came: set[str]) -> None:
    found.add(f"promised by {kind} never arrived", (each for each in sorted(wanted - came)))
    found.add(f"arrived by {kind} and nobody promised it", (each for each in sorted(came - wanted)))
