"""The whole story of the first spike of the live feed, told from the services' own records."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.demo.client import DemoClient
from deploy.demo.feed import PositionFile
from deploy.demo.mailbox import letters
from deploy.demo.receipts import ReceiptFile
from deploy.demo.script import ZONE, slot_name
from deploy.demo.stack import DemoError, Stack
from deploy.demo.texts import Language, colour, condition, post, reason, words
from deploy.demo.transport import Transport

_POLL_SECONDS = 0.5
_FEED_SECONDS = 120.0
_NEVER = datetime.max.replace(tzinfo=ZONE)
# One instant can hold several steps; this is how they follow from each other.
_CHAIN = (
    "reading", "receipt", "stored", "detection", "alert", "acknowledgement", "escalation", "notification",
    "delivery", "cleared", "resolved",
)  # fmt: skip
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the story; `at` is the stack's time, None for what has none."""

    at: datetime | None
    step: str
    lines: tuple[str, ...]


@dataclass(slots=True)
class Evidence:
    """Everything the services say about one alert."""

    alert: Json
    trail: list[Json]
    notifications: list[Json]
    stored_kw: float | None = None
    receipt: Json | None = None
    condition: Json | None = None
    mailbox: dict[str, list[tuple[str, datetime | None]]] = field(default_factory=dict)


async def tell(stack: Stack, console: Console, *, language: Language, wait: float) -> None:
    """Wait for the alert and its escalation, at most `wait` real seconds, and print the story.

    Raises DemoError when no alert came; an alert that has not climbed in time is told as it stands.
    """
    give_up = time.monotonic() + wait
    since = await _feed_begun(stack, min(give_up, time.monotonic() + _FEED_SECONDS))
    login = stack.login("admin")
    transport = Transport(stack.urls(), username=login.username, password=login.password, patience=30.0)
    client = DemoClient(transport)
    try:
        with console.status(words("waiting", language)):
            alert = await _first_spike(client, since, give_up)
        if alert is None:
            raise DemoError(words("no_alert", language))
        with console.status(words("waiting_escalation", language)):
            climbed = await _climbed(client, str(alert["id"]), give_up)
        evidence = await collect(client, stack, str(alert["id"]))
        others = [other for other in await client.live_alerts() if other["id"] != alert["id"]]
    finally:
        await transport.close()
    console.print(drawn(evidence, language))
    if others:
        console.print(words("also_open", language), style="bold")
        for line in also_open(others, language):
            console.print(line, soft_wrap=True, highlight=False)
    if not climbed:
        console.print(f"[yellow]{words('no_escalation', language)}[/yellow]")


async def _feed_begun(stack: Stack, give_up: float) -> datetime:
    """When the feed's script began; the feed may have been started a moment ago. Raises DemoError."""
    while True:
        position = PositionFile(stack).read()
        if position is not None and position.script_from is not None:
            return position.script_from
        if time.monotonic() >= give_up:
            raise DemoError("No live feed has run on this stack yet; start one: python -m deploy.demo feed")
        await asyncio.sleep(_POLL_SECONDS)


async def _first_spike(client: DemoClient, since: datetime, give_up: float) -> Json | None:
    while True:
        found = await client.spike_alerts(since)
        if found or time.monotonic() >= give_up:
            return min(found, key=lambda alert: int(alert["number"]), default=None)
        await asyncio.sleep(_POLL_SECONDS)


async def _climbed(client: DemoClient, alert_id: str, give_up: float) -> bool:
    """Whether the alert climbed and everybody told so far was reached, or somebody took it up."""
    while True:
        kinds = [entry["kind"] for entry in await client.trail(alert_id)]
        told = await client.notifications(alert_id)
        pending = any(d["status"] == "pending" for n in told for d in n["deliveries"])
        if "escalated" in kinds and not pending:
            return True
        if "resolved" in kinds or time.monotonic() >= give_up:
            return "escalated" in kinds
        await asyncio.sleep(_POLL_SECONDS)


async def collect(client: DemoClient, stack: Stack, alert_id: str) -> Evidence:
    """Read alert, trail, notifications, reading, receipt and condition; look into the mailbox."""
    evidence = Evidence(
        alert=await client.alert(alert_id),
        trail=await client.trail(alert_id),
        notifications=await client.notifications(alert_id),
    )
    facts = evidence.alert["facts"]
    slot = datetime.fromisoformat(facts["opened_at"])
    evidence.stored_kw = await client.stored_value(facts["meter_no"], slot)
    evidence.condition = await client.energy_condition(facts["condition_id"])
    receipt_id = ReceiptFile(stack).find(slot_name(slot))
    if receipt_id is not None:
        evidence.receipt = await client.receipt(receipt_id)
    for delivery in (d for n in evidence.notifications for d in n["deliveries"]):
        arrived = letters(stack.mailbox, str(delivery["id"]))
        evidence.mailbox[delivery["id"]] = [(letter.file.name, letter.stack_time) for letter in arrived]
    return evidence


def moments(evidence: Evidence, language: Language) -> list[Moment]:
    """The story's lines in the order in which things happened; what has one instant, in the chain's order."""
    lines = [*_measured(evidence, language), *_told(evidence, language), *_chased(evidence, language)]
    return sorted(lines, key=lambda line: (line.at or _NEVER, _CHAIN.index(line.step)))


def _measured(evidence: Evidence, language: Language) -> list[Moment]:
    alert, facts = evidence.alert, evidence.alert["facts"]
    slot = datetime.fromisoformat(facts["opened_at"])
    end = slot + timedelta(minutes=facts["interval_minutes"])
    value = facts["value_kw"] if evidence.stored_kw is None else evidence.stored_kw
    span = f"{slot.astimezone(ZONE):%H:%M}–{end.astimezone(ZONE):%H:%M}"
    lines = [Moment(end, "reading", (f"{facts['meter_name']} ({facts['meter_no']})", f"{span}  {value:,.0f} kW"))]
    if evidence.receipt is not None:
        lines += _received(evidence.receipt, language)
    deviation = facts.get("deviation_percent")
    share = f"{deviation:+.0f} %, " if deviation is not None else ""
    band = f"{facts['expected_low_kw']:,.0f}–{facts['expected_high_kw']:,.0f} kW"
    usual = f"{words('usual', language)} {facts['expected_kw']:,.0f} kW, {words('band', language)} {band}"
    seen = _instant((evidence.condition or {}).get("detected_at")) or _instant(alert["received_at"])
    lines.append(Moment(seen, "detection", (usual, f"{share}{facts['score']:.0f} σ")))
    titles = {Language.ZH_CN: (alert["title_zh"],), Language.EN: (alert["title_en"],)}
    title = titles.get(language, (alert["title_zh"], alert["title_en"]))
    number = f"#{alert['number']} {colour(alert['severity'], language)}"
    lines.append(Moment(_instant(alert["received_at"]), "alert", (number, *title)))
    return lines


def _received(receipt: Json, language: Language) -> list[Moment]:
    taken = f"{words('taken', language)} {receipt['accepted']}"
    lines = [Moment(_instant(receipt["received_at"]), "receipt", (f"{receipt['receipt_id']}", taken))]
    merged = _instant(receipt.get("merged_at"))
    if merged is not None:
        counts = ", ".join(f"{name} {receipt[name]}" for name in ("stored", "unchanged", "revised"))
        lines.append(Moment(merged, "stored", (counts,)))
    return lines


def _told(evidence: Evidence, language: Language) -> list[Moment]:
    lines = []
    for notification in evidence.notifications:
        who = notification["recipient_name"]
        if notification.get("post"):
            who = f"{who} · {post(notification['post'], language)}"
        told = (who, reason(notification["reason"], language))
        lines.append(Moment(_instant(notification["created_at"]), "notification", told))
        for delivery in notification["deliveries"]:
            way = f"{delivery['kind']} → {delivery['target']}"
            state = f"{delivery['status']}, {delivery['attempts']}×"
            files = [
                f"mailbox/{name}" + (f" ({at.astimezone(ZONE):%H:%M:%S})" if at else "")
                for name, at in evidence.mailbox.get(delivery["id"], [])
            ]
            done = _instant(delivery.get("completed_at") or delivery["created_at"])
            lines.append(Moment(done, "delivery", (way, state, *files)))
    return lines


def _chased(evidence: Evidence, language: Language) -> list[Moment]:
    steps = {
        "escalated": "escalation",
        "acknowledged": "acknowledgement",
        "condition_cleared": "cleared",
        "resolved": "resolved",
    }
    lines = []
    for entry in evidence.trail:
        step = steps.get(entry["kind"])
        if step is not None:
            facts = entry["facts"]
            told = post(facts["post"], language) if facts.get("post") else str(facts.get("reason") or "")
            lines.append(Moment(_instant(entry["at"]), step, (told,)))
    return lines


def drawn(evidence: Evidence, language: Language) -> Table:
    """The story as a table that fits a terminal of 80 columns."""
    table = Table(title=words("title", language), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(words("stack_time", language).replace(" · ", "\n"), no_wrap=True, style="cyan")
    table.add_column(words("step", language).replace(" · ", "\n"), no_wrap=True)
    table.add_column(words("what", language), overflow="fold")
    for line in moments(evidence, language):
        at = line.at.astimezone(ZONE).strftime("%m-%d %H:%M:%S") if line.at else ""
        style = "bold red" if line.step in ("alert", "escalation") else "bold"
        step = Text(words(line.step, language).replace(" · ", "\n"), style=style)
        first, *rest = line.lines
        what = Text(first)
        for more in rest:
            what.append("\n" + more, style="dim")
        table.add_row(at, step, what)
    return table


def also_open(alerts: list[Json], language: Language) -> list[str]:
    """A line for each other kind of live alert: how many, and the first of them."""
    lines = []
    for kind in sorted({alert["condition_kind"] for alert in alerts}):
        same = [alert for alert in alerts if alert["condition_kind"] == kind]
        first = min(same, key=lambda alert: int(alert["number"]))
        title = first["title_en"] if language is Language.EN else first["title_zh"]
        lines.append(f"{len(same):>3}  {condition(kind, language)}: #{first['number']} {title}")
    return lines


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
