"""The whole story of the first spike of the live feed, told from the services' own records."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.demo.client import DemoClient
from deploy.demo.feed import PositionFile
from deploy.demo.mailbox import letters
from deploy.demo.receipts import ReceiptFile
from deploy.demo.script import ZONE, slot_name
from deploy.demo.stack import DemoError, Stack
from deploy.demo.texts import Language, colour, pair, post, words
from deploy.demo.transport import Transport

_POLL_SECONDS = 0.5
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the story; `at` is the stack's time, None for what has none."""

    at: datetime | None
    step: str
    text: str
    note: str = ""


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
    position = PositionFile(stack).read()
    if position is None or position.script_from is None:
        raise DemoError("No live feed has run on this stack yet; start one: python -m deploy.demo feed")
    login = stack.login("admin")
    transport = Transport(stack.urls(), username=login.username, password=login.password, patience=30.0)
    client = DemoClient(transport)
    give_up = time.monotonic() + wait
    try:
        with console.status(words("waiting", language)):
            alert = await _first_spike(client, position.script_from, give_up)
        if alert is None:
            raise DemoError(words("no_alert", language))
        with console.status(words("waiting_escalation", language)):
            climbed = await _climbed(client, str(alert["id"]), give_up)
        evidence = await collect(client, stack, str(alert["id"]))
    finally:
        await transport.close()
    console.print(drawn(evidence, language))
    if not climbed:
        console.print(f"[yellow]{words('no_escalation', language)}[/yellow]")


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
    """The story's lines in the order in which things happened."""
    lines = [*_measured(evidence, language), *_told(evidence, language), *_chased(evidence, language)]
    # What has the same instant stays in the order of the chain.
    return sorted(lines, key=lambda line: line.at or datetime.max.replace(tzinfo=ZONE))


def _measured(evidence: Evidence, language: Language) -> list[Moment]:
    alert, facts = evidence.alert, evidence.alert["facts"]
    slot = datetime.fromisoformat(facts["opened_at"])
    end = slot + timedelta(minutes=facts["interval_minutes"])
    value = facts["value_kw"] if evidence.stored_kw is None else evidence.stored_kw
    local = slot.astimezone(ZONE)
    lines = [
        Moment(
            end,
            "reading",
            f"{facts['meter_name']}  {value:,.0f} kW",
            pair(f"{local:%H:%M}–{end.astimezone(ZONE):%H:%M} 时段", f"slot {local:%H:%M}", language),
        )
    ]
    if evidence.receipt is not None:
        at = _instant(evidence.receipt.get("received_at"))
        count = evidence.receipt.get("accepted")
        text = f"{evidence.receipt['receipt_id']}"
        lines.append(Moment(at or end, "receipt", text, f"{words('taken', language)} {count}"))
        merged = _instant(evidence.receipt.get("merged_at"))
        if merged is not None:
            counts = ", ".join(f"{name} {evidence.receipt[name]}" for name in ("stored", "unchanged", "revised"))
            lines.append(Moment(merged, "stored", counts))
    band = f"{facts['expected_low_kw']:,.0f}–{facts['expected_high_kw']:,.0f} kW"
    deviation = facts.get("deviation_percent")
    share = f"{deviation:+.0f} %, " if deviation is not None else ""
    text = f"{words('usual', language)} {facts['expected_kw']:,.0f} kW, {words('band', language)} {band}"
    seen = _instant((evidence.condition or {}).get("detected_at")) or _instant(alert.get("received_at"))
    lines.append(Moment(seen, "detection", text, f"{share}{facts['score']:.0f} σ"))
    title = pair(alert["title_zh"], alert["title_en"], language)
    number = f"#{alert['number']} {colour(alert['severity'], language)}"
    lines.append(Moment(_instant(alert["received_at"]), "alert", title, number))
    return lines


def _told(evidence: Evidence, language: Language) -> list[Moment]:
    lines = []
    for notification in evidence.notifications:
        who = notification["recipient_name"]
        if notification.get("post"):
            who = f"{who} ({post(notification['post'], language)})"
        text = f"{words('to', language)} {who}"
        lines.append(Moment(_instant(notification["created_at"]), "notification", text, notification["reason"]))
        for delivery in notification["deliveries"]:
            told = f"{delivery['kind']} → {delivery.get('target') or delivery.get('address')}"
            state = f"{delivery['status']}, {delivery['attempts']}×"
            at = _instant(delivery.get("completed_at") or delivery["created_at"])
            lines.append(Moment(at, "delivery", told, state))
            for name, arrived in evidence.mailbox.get(delivery["id"], []):
                lines.append(Moment(arrived or at, "mailbox", f"mailbox/{name}"))
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
        if step is None:
            continue
        facts = entry["facts"]
        told = post(facts["post"], language) if facts.get("post") else str(facts.get("reason") or "")
        lines.append(Moment(_instant(entry["at"]), step, told, entry["actor"]))
    return lines


def drawn(evidence: Evidence, language: Language) -> Table:
    """The story as a table."""
    table = Table(title=words("title", language), title_justify="left", expand=False, show_lines=False)
    table.add_column(words("stack_time", language), no_wrap=True, style="cyan")
    table.add_column(words("step", language), no_wrap=True)
    table.add_column(words("what", language), overflow="fold")
    table.add_column("", overflow="fold", style="dim")
    grave = {"alert", "escalation"}
    for line in moments(evidence, language):
        at = line.at.astimezone(ZONE).strftime("%m-%d %H:%M:%S") if line.at else ""
        step = Text(words(line.step, language), style="bold red" if line.step in grave else "bold")
        table.add_row(at, step, Text(line.text), Text(line.note))
    return table


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
